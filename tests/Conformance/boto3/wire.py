"""Requests signed by hand, for what boto3 would not send or would not show."""

import datetime
import http.client
import json
import urllib.parse

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import ACCESS_KEY, ENDPOINT, REGION, SECRET_KEY


class ClockedSigV4(SigV4Auth):
    """Botocore's own signer with a clock that can be wrong."""

    def __init__(self, key, secret, service, region, skew_minutes=0):
        super().__init__(Credentials(key, secret), service, region)
        self.skew = datetime.timedelta(minutes=skew_minutes)

    def add_auth(self, request):
        now = datetime.datetime.now(datetime.timezone.utc) + self.skew
        request.context["timestamp"] = now.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)


class Reply:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error_type(self):
        """AWS appends a colon and a URL now and then; the type is what stands before it."""
        return self.headers.get("x-amzn-errortype", "").split(":")[0]

    @property
    def message(self):
        found = self.json
        return found.get("message", found.get("Message"))


def send(method, path, body=b"", headers=()):
    """One plain HTTP request to the server under test."""
    parts = urllib.parse.urlsplit(ENDPOINT)
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=60)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        return Reply(connection.getresponse())
    finally:
        connection.close()


def signed(method, path, body=b"", headers=(), key=ACCESS_KEY, secret=SECRET_KEY, service="lambda", region=REGION,
           skew_minutes=0, change=None):
    """A request signed with these keys. change(parts) may alter {"path", "body", "headers"} after signing."""
    body = json.dumps(body).encode() if not isinstance(body, bytes) else body
    request = AWSRequest(method=method, url=ENDPOINT + path, data=body, headers=dict(headers))
    ClockedSigV4(key, secret, service, region, skew_minutes).add_auth(request)
    parts = {"path": path, "body": body, "headers": dict(request.headers.items())}
    if change:
        change(parts)
    return send(method, parts["path"], parts["body"], parts["headers"])
