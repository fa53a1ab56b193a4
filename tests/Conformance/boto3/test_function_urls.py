"""Function URLs as their callers see them: by host name and by path, payload format 2.0 both ways, CORS, signatures."""

import http.client
import json
import unittest
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
import principals
from support import ACCESS_KEY, LAMBDA, REGION, SECRET_KEY, ConformanceTest, account, arn, split_endpoint

ECHO = """
import json
def handler(event, context):
    wish = json.loads(event["body"]) if event.get("body") and not event["isBase64Encoded"] else {}
    if "raise" in wish:
        raise ValueError("no")
    return wish.get("answer", event)
"""


class FunctionUrls(ConformanceTest):
    def url(self, **settings):
        name = self.function("url", {"app.py": ECHO}, "app.handler")
        settings.setdefault("AuthType", "NONE")
        made = LAMBDA.create_function_url_config(FunctionName=name, **settings)
        if settings["AuthType"] == "NONE":
            LAMBDA.add_permission(FunctionName=name, StatementId="public", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
        return name, made["FunctionUrl"]

    def send(self, url, method="GET", path="", body=None, headers=None, by_path=False):
        """A request to a function URL: the name of its host is sent, and need not resolve."""
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(*split_endpoint(), timeout=60)
        self.addCleanup(connection.close)
        host = {} if by_path else {"Host": parts.netloc}
        target = f"/lambda-url/{parts.netloc.split('.')[0]}/{path}" if by_path else "/" + path
        connection.request(method, target, body=body, headers={**host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def test_a_request_becomes_an_event_of_format_2(self):
        _, url = self.url()
        for by_path in (False, True):
            status, headers, body = self.send(url, "POST", "some/path?a=1&a=2&b=x%20y", b'{"x": 1}',
                                              {"Cookie": "one=1; two=2", "X-Custom": "v", "Content-Type": "application/json"}, by_path)
            self.assertEqual(status, 200, body)
            self.assertEqual(headers["content-type"], "application/json")
            self.assertIn("x-amzn-requestid", headers)
            event = json.loads(body)
            self.assertEqual((event["version"], event["routeKey"], event["rawPath"]), ("2.0", "$default", "/some/path"))
            self.assertEqual(event["rawQueryString"], "a=1&a=2&b=x%20y")
            self.assertEqual(event["queryStringParameters"], {"a": "1,2", "b": "x y"})
            self.assertEqual(event["cookies"], ["one=1", "two=2"])
            self.assertEqual(event["headers"]["x-custom"], "v")
            self.assertEqual((event["body"], event["isBase64Encoded"]), ('{"x": 1}', False))
            self.assertEqual(event["requestContext"]["http"]["method"], "POST")
            self.assertEqual(event["requestContext"]["domainPrefix"], urllib.parse.urlsplit(url).netloc.split(".")[0])

    def test_what_the_function_answers_becomes_http(self):
        _, url = self.url()
        answer = {"statusCode": 201, "headers": {"X-Mine": "yes"}, "cookies": ["a=1", "b=2"], "body": "aGVsbG8=", "isBase64Encoded": True}
        status, headers, body = self.send(url, "POST", body=json.dumps({"answer": answer}), headers={"Content-Type": "application/json"})
        self.assertEqual((status, headers["x-mine"], body), (201, "yes", b"hello"))
        status, headers, body = self.send(url, "POST", body=json.dumps({"answer": "plain"}), headers={"Content-Type": "application/json"})
        self.assertEqual((status, headers["content-type"], body), (200, "application/json", b"plain"))
        status, _, body = self.send(url, "POST", body=json.dumps({"raise": True}), headers={"Content-Type": "application/json"})
        self.assertEqual((status, body), (502, b"Internal Server Error"))

    def test_another_origin_is_let_in_as_the_configuration_says(self):
        _, url = self.url(Cors={"AllowOrigins": ["https://example.org"], "AllowMethods": ["POST"], "AllowHeaders": ["x-one"], "MaxAge": 60})
        status, headers, _ = self.send(url, "OPTIONS", headers={
            "Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-one"})
        self.assertEqual((status, headers["access-control-allow-origin"]), (200, "https://example.org"))
        _, headers, _ = self.send(url, headers={"Origin": "https://example.org"})
        self.assertEqual(headers["access-control-allow-origin"], "https://example.org")
        _, headers, _ = self.send(url, headers={"Origin": "https://evil.example"})
        self.assertNotIn("access-control-allow-origin", headers)

    def test_a_url_with_iam_wants_a_signature(self):
        _, url = self.url(AuthType="AWS_IAM")
        status, _, body = self.send(url)
        self.assertEqual(status, 403)
        self.assertRegex(json.loads(body)["Message"], "^Forbidden")
        request = AWSRequest("GET", url, headers={"Host": urllib.parse.urlsplit(url).netloc})
        SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "lambda", REGION).add_auth(request)
        status, _, body = self.send(url, headers=dict(request.headers))
        self.assertEqual(status, 200, body)
        self.assertIn("iam", json.loads(body)["requestContext"]["authorizer"])

    def test_a_public_url_needs_a_permission_for_everybody(self):
        name, url = self.url()
        LAMBDA.remove_permission(FunctionName=name, StatementId="public")
        self.assert_forbidden(url)
        LAMBDA.add_permission(FunctionName=name, StatementId="one", Action="lambda:InvokeFunctionUrl", Principal=account(), FunctionUrlAuthType="NONE")
        LAMBDA.add_permission(FunctionName=name, StatementId="two", Action="lambda:InvokeFunction", Principal="*")
        self.assert_forbidden(url)
        LAMBDA.add_permission(FunctionName=name, StatementId="three", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
        self.assertEqual(self.send(url)[0], 200)

    def test_a_url_with_iam_wants_a_permission_too(self):
        name, url = self.url(AuthType="AWS_IAM")
        user, who = principals.user(self.addCleanup)
        key = principals.key_of(user)
        self.assert_forbidden(url, key)
        LAMBDA.add_permission(FunctionName=name, StatementId="one", Action="lambda:InvokeFunctionUrl", Principal=who, FunctionUrlAuthType="AWS_IAM")
        self.assertEqual(self.send_signed(url, key)[0], 200)
        LAMBDA.remove_permission(FunctionName=name, StatementId="one")
        self.assert_forbidden(url, key)
        principals.IAM.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=principals.allow(
            "lambda:InvokeFunctionUrl", arn(name), Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}))
        self.assertEqual(self.send_signed(url, key)[0], 200)

    def send_signed(self, url, key):
        request = AWSRequest("GET", url, headers={"Host": urllib.parse.urlsplit(url).netloc})
        SigV4Auth(Credentials(key["key"], key["secret"]), "lambda", REGION).add_auth(request)
        return self.send(url, headers=dict(request.headers))

    def assert_forbidden(self, url, key=None):
        status, _, body = self.send_signed(url, key) if key else self.send(url)
        self.assertEqual(status, 403)
        self.assertRegex(json.loads(body)["Message"], "^Forbidden")

    def test_nobody_answers_where_no_url_is(self):
        status, _, _ = self.send(f"http://{'a' * 32}.lambda-url.{REGION}.localhost/")
        self.assertIn(status, (403, 404))
        name, url = self.url()
        LAMBDA.delete_function_url_config(FunctionName=name)
        self.assertIn(self.send(url)[0], (403, 404))


if __name__ == "__main__":
    unittest.main()
