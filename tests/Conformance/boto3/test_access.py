"""Who may call: Signature Version 4, STS, and the account's own numbers."""

import unittest

import wire
from botocore.exceptions import ClientError
from support import LAMBDA, SECRET_KEY, ConformanceTest, account, client, create_probe

FUNCTIONS = "/2015-03-31/functions"
INVALID_SIGNATURE = "InvalidSignatureException"
MISMATCH = "^The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
STAMP = r"\d{8}T\d{6}Z"


class Signature(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "signed")
        cls.invocations = f"{FUNCTIONS}/{cls.name}/invocations"

    def assert_forbidden(self, reply, error_type, message):
        self.assertEqual((reply.status, reply.error_type), (403, error_type), reply.body)
        self.assertRegex(reply.message, message)

    def count(self):
        return self.call(self.name, {"do": "count"})["count"]

    def test_a_right_signature_is_let_in(self):
        reply = wire.signed("POST", self.invocations, b'{"n":1}')
        self.assertEqual((reply.status, reply.body), (200, b'{"n": 1}'))

    def test_an_unsigned_request_is_refused(self):
        self.assert_forbidden(wire.send("GET", FUNCTIONS), "MissingAuthenticationTokenException",
                              "Missing Authentication Token")

    def test_a_wrong_secret_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, secret="wrong" + SECRET_KEY), INVALID_SIGNATURE, MISMATCH)

    def test_an_unknown_key_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, key="AKIAIOSFODNN7UNKNOWN"), "UnrecognizedClientException",
                              "^The security token included in the request is invalid.?$")

    def test_boto3_sees_the_same_for_a_wrong_secret_and_an_unknown_key(self):
        for code, keys in (("InvalidSignatureException", {"secret": "wrong"}),
                           ("UnrecognizedClientException", {"key": "AKIAIOSFODNN7UNKNOWN"})):
            self.assert_refused(403, code, "", client(**keys).list_functions)

    def test_a_clock_ten_minutes_slow_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, skew_minutes=-10), INVALID_SIGNATURE,
                              rf"^Signature expired: {STAMP} is now earlier than {STAMP} \({STAMP} - 5 min\.\)$")

    def test_a_clock_ten_minutes_fast_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, skew_minutes=10), INVALID_SIGNATURE,
                              rf"^Signature not yet current: {STAMP} is still later than {STAMP} \({STAMP} \+ 5 min\.\)$")

    def test_a_clock_four_minutes_off_is_let_in(self):
        for minutes in (-4, 4):
            self.assertEqual(wire.signed("GET", FUNCTIONS, skew_minutes=minutes).status, 200)

    def test_a_body_changed_on_the_way_is_refused_and_does_not_run(self):
        before = self.count()
        reply = wire.signed("POST", self.invocations, b'{"do":"count"}',
                            change=lambda parts: parts.update(body=b'{"do": "count"}'))
        self.assert_forbidden(reply, INVALID_SIGNATURE, MISMATCH)
        self.assertEqual(self.count(), before + 1)

    def test_a_path_changed_on_the_way_is_refused(self):
        reply = wire.signed("GET", FUNCTIONS, change=lambda parts: parts.update(path=f"{FUNCTIONS}/{self.name}"))
        self.assert_forbidden(reply, INVALID_SIGNATURE, MISMATCH)

    def test_a_query_changed_on_the_way_is_refused(self):
        reply = wire.signed("GET", FUNCTIONS + "?MaxItems=1",
                            change=lambda parts: parts.update(path=FUNCTIONS + "?MaxItems=9"))
        self.assert_forbidden(reply, INVALID_SIGNATURE, MISMATCH)

    def test_a_signed_header_changed_on_the_way_is_refused(self):
        reply = wire.signed("POST", self.invocations, b"{}", {"X-Amz-Invocation-Type": "DryRun"},
                            change=lambda parts: parts["headers"].update({"X-Amz-Invocation-Type": "Event"}))
        self.assert_forbidden(reply, INVALID_SIGNATURE, MISMATCH)

    def test_a_signature_for_another_region_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, region="mars-north-1"), INVALID_SIGNATURE,
                              "^Credential should be scoped to a valid region")

    def test_a_signature_for_another_service_is_refused(self):
        self.assert_forbidden(wire.signed("GET", FUNCTIONS, service="s3"), INVALID_SIGNATURE,
                              "^Credential should be scoped to correct service: 'lambda'")

    def test_header_values_with_many_spaces_are_signed_as_one(self):
        reply = wire.signed("GET", FUNCTIONS, headers={"X-Amz-Note": "a   b"})
        self.assertEqual(reply.status, 200, reply.body)


class CallerIdentity(ConformanceTest):
    def test_sts_says_who_the_root_key_is(self):
        found = client("sts").get_caller_identity()
        self.assertRegex(account(), r"^\d{12}$")
        self.assertEqual({key: found[key] for key in ("Account", "Arn", "UserId")}, {
            "Account": account(), "Arn": f"arn:aws:iam::{account()}:root", "UserId": account()})

    def test_sts_refuses_a_wrong_secret_in_its_own_words(self):
        with self.assertRaises(ClientError) as caught:
            client("sts", secret="wrong").get_caller_identity()
        self.assertEqual(caught.exception.response["Error"]["Code"], "SignatureDoesNotMatch")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)

    def test_sts_refuses_an_unknown_key_in_its_own_words(self):
        with self.assertRaises(ClientError) as caught:
            client("sts", key="AKIAIOSFODNN7UNKNOWN").get_caller_identity()
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidClientTokenId")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)


class AccountSettings(ConformanceTest):
    def test_the_limits_are_those_of_a_new_account(self):
        self.assertEqual(LAMBDA.get_account_settings()["AccountLimit"], {
            "TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800,
            "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000})

    def test_the_usage_counts_functions_and_their_code(self):
        before = LAMBDA.get_account_settings()["AccountUsage"]
        name = create_probe(self.addCleanup, "usage")
        size = LAMBDA.get_function_configuration(FunctionName=name)["CodeSize"]
        after = LAMBDA.get_account_settings()["AccountUsage"]
        self.assertEqual(after, {"FunctionCount": before["FunctionCount"] + 1,
                                 "TotalCodeSize": before["TotalCodeSize"] + size})


if __name__ == "__main__":
    unittest.main()
