"""Invoke: its three kinds, the ways to name a function, payloads and their limits, warm sandboxes."""

import json
import unittest
from concurrent.futures import ThreadPoolExecutor

import wire
from botocore.exceptions import ClientError
from support import LAMBDA, UUID, ConformanceTest, account, arn, client, create_probe, eventually, invoke, \
    wait_until_updated

SIX_MEGABYTES = 6 * 1024 * 1024
RESPONSE_LIMIT = SIX_MEGABYTES + 100


class InvokeTest(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, cls.__name__.lower(), Timeout=30, MemorySize=512)


class KindsOfInvoke(InvokeTest):
    def test_a_request_response_answers_200_with_the_executed_version(self):
        answer = invoke(self.name, {"a": 1}, InvocationType="RequestResponse")
        self.assertEqual((answer.status, answer.error, answer.version, answer.json), (200, None, "$LATEST", {"a": 1}))

    def test_request_response_is_the_default(self):
        self.assertEqual(self.call(self.name, [1]), [1])

    def test_the_answer_on_the_wire_has_the_headers_of_aws(self):
        reply = wire.signed("POST", f"/2015-03-31/functions/{self.name}/invocations", b'{"do":"count"}')
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers["content-type"], "application/json")
        self.assertEqual(reply.headers["x-amz-executed-version"], "$LATEST")
        self.assertRegex(reply.headers["x-amzn-trace-id"], r"^[Rr]oot=1-[0-9a-f]{8}-[0-9a-f]{24}")
        self.assertNotIn("x-amz-function-error", reply.headers)
        self.assertNotIn("x-amz-log-result", reply.headers)
        self.assertEqual(reply.headers["x-amzn-requestid"], reply.json["request_id"])

    def test_every_invoke_has_its_own_request_id(self):
        ids = [self.call(self.name, {"do": "count"})["request_id"] for _ in range(3)]
        self.assertEqual(len(set(ids)), 3)
        for request_id in ids:
            self.assertRegex(request_id, f"^{UUID}$")

    def test_a_dry_run_answers_204_and_runs_nothing(self):
        before = self.call(self.name, {"do": "count"})
        answer = invoke(self.name, {"do": "count"}, InvocationType="DryRun")
        self.assertEqual((answer.status, answer.payload, answer.version), (204, b"", None))
        after = self.call(self.name, {"do": "count"})
        self.assertEqual((after["sandbox"], after["count"]), (before["sandbox"], before["count"] + 1))

    def test_an_unknown_kind_of_invoke_is_refused(self):
        with self.assertRaises(ClientError) as caught:
            invoke(self.name, {}, InvocationType="Whenever")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)


class Events(InvokeTest):
    def test_an_event_answers_202_with_an_empty_body(self):
        answer = invoke(self.name, {"do": "echo"}, InvocationType="Event")
        self.assertEqual((answer.status, answer.payload, answer.error, answer.version), (202, b"", None, None))

    def test_an_event_really_runs_and_once(self):
        mark = self.id()
        self.assertEqual(invoke(self.name, {"do": "remember", "mark": mark}, InvocationType="Event").status, 202)

        def times_seen():
            # Four at once, held for a while, meet every idle sandbox: also the one that ran the event.
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda _: self.call(self.name, {"do": "recall", "hold": 0.2}), range(4)))
            return sum(seen.count(mark) for seen in {one["sandbox"]: one["seen"] for one in found}.values())

        self.assertEqual(eventually(times_seen), 1)

    def test_an_event_for_a_function_that_will_fail_is_accepted(self):
        self.assertEqual(invoke(self.name, {"do": "no_such_action"}, InvocationType="Event").status, 202)

    def test_an_event_with_an_invalid_payload_is_refused_at_once(self):
        self.assert_refused(400, "InvalidRequestContentException", "^Could not parse request body into json", LAMBDA.invoke,
                            FunctionName=self.name, InvocationType="Event", Payload=b"{")

    def test_an_event_has_no_log(self):
        self.assertNotIn("LogResult", invoke(self.name, 1, tail=True, InvocationType="Event").response)

    def test_an_event_of_1_megabyte_is_accepted_and_one_byte_more_refused(self):
        megabyte = 1024 * 1024
        whole = b'"' + b"x" * (megabyte - 2) + b'"'
        self.assertEqual(invoke(self.name, Payload=whole, InvocationType="Event").status, 202)
        message = "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
        self.assert_refused(413, "RequestEntityTooLargeException", self.exactly(message), LAMBDA.invoke,
                            FunctionName=self.name, Payload=b" " + whole, InvocationType="Event")


class WaysToNameAFunction(InvokeTest):
    def context_of(self, name, **arguments):
        return self.call(name, {"do": "context"}, **arguments)

    def test_by_name_partial_arn_and_full_arn(self):
        for form in (self.name, f"function:{self.name}", f"{account()}:function:{self.name}", arn(self.name)):
            with self.subTest(form):
                found = self.context_of(form)
                self.assertEqual((found["invoked_function_arn"], found["function_version"]), (arn(self.name), "$LATEST"))

    def test_with_the_latest_qualifier_in_each_place(self):
        qualified = arn(self.name, "$LATEST")
        for form, arguments in ((self.name, {"Qualifier": "$LATEST"}), (self.name + ":$LATEST", {}), (qualified, {}),
                                (qualified, {"Qualifier": "$LATEST"})):
            with self.subTest(form):
                self.assertEqual(self.context_of(form, **arguments)["invoked_function_arn"], qualified)


class Payloads(InvokeTest):
    def test_any_json_value_arrives_and_comes_back(self):
        for value in ({}, [], "text", "", 0, -1.5, 1e21, True, False, None, {"deep": [{"er": [None]}]}, 2 ** 53):
            with self.subTest(value):
                self.assertEqual(self.call(self.name, value), value)

    def test_unicode_arrives_and_comes_back(self):
        text = "zażółć gęślą \U0001f986 \u2028 \x00 \" \\ \u0000 漢字"
        for raw in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
            self.assertEqual(self.call(self.name, Payload=raw.encode()), text)

    def test_no_payload_is_an_empty_object(self):
        for arguments in ({}, {"Payload": b""}):
            self.assertEqual(self.call(self.name, **arguments), {})

    def test_white_space_around_the_payload_is_allowed(self):
        self.assertEqual(self.call(self.name, Payload=b' \n{"a" : 1}\t '), {"a": 1})

    def test_a_payload_that_is_no_json_is_refused_and_does_not_run(self):
        before = self.call(self.name, {"do": "count"})["count"]
        broken = (b'{"do":', b"nonsense", b"{'do':'count'}", b'{"do":"count"} trailing', b"body-n\x87r\x9e", b"\x99\xeb,j")
        for raw in broken:
            with self.subTest(raw):
                answer = self.assert_refused(
                    400, "InvalidRequestContentException",
                    "^Could not parse request body into json: Could not parse payload into json: ",
                    LAMBDA.invoke, FunctionName=self.name, Payload=raw)
                self.assertEqual(answer["Type"], "User")
        self.assertEqual(self.call(self.name, {"do": "count"})["count"], before + 1)

    def test_a_payload_of_exactly_6_megabytes_is_accepted(self):
        wrapper = len(b'{"do":"measure","text":""}')
        text = "x" * (SIX_MEGABYTES - wrapper)
        raw = b'{"do":"measure","text":"' + text.encode() + b'"}'
        self.assertEqual(len(raw), SIX_MEGABYTES)
        self.assertEqual(self.call(self.name, Payload=raw), len(text))

    def test_a_payload_of_one_byte_more_is_refused(self):
        raw = b'"' + b"x" * (SIX_MEGABYTES - 1) + b'"'
        message = self.exactly("Request must be smaller than 6291456 bytes for the InvokeFunction operation")
        self.assert_refused(413, "RequestEntityTooLargeException", message, LAMBDA.invoke,
                            FunctionName=self.name, Payload=raw)

    def test_an_answer_of_exactly_the_limit_comes_through(self):
        answer = invoke(self.name, {"do": "give_bytes", "size": RESPONSE_LIMIT})
        self.assertEqual((answer.error, len(answer.payload)), (None, RESPONSE_LIMIT))

    def test_a_larger_answer_is_an_error_of_the_function(self):
        for size in (RESPONSE_LIMIT + 1, 8 * 1024 * 1024):
            answer = self.call_failing(self.name, {"do": "give_bytes", "size": size})
            self.assertEqual(answer.json, {
                "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
                "errorType": "Function.ResponseSizeTooLarge"})
        self.assertEqual(self.call(self.name, "still answers"), "still answers")


class WarmSandboxes(InvokeTest):
    def count(self):
        found = self.call(self.name, {"do": "count"})
        return found["sandbox"], found["count"]

    def test_one_invoke_after_the_other_meets_the_same_sandbox(self):
        sandbox, first = self.count()
        self.assertEqual([self.count() for _ in range(5)], [(sandbox, first + n) for n in range(1, 6)])

    def test_a_handled_error_keeps_the_sandbox(self):
        sandbox, first = self.count()
        self.call_failing(self.name, {"do": "no_such_action"})
        self.assertEqual(self.count(), (sandbox, first + 1))

    def test_a_new_configuration_gets_a_new_sandbox(self):
        sandbox, _ = self.count()
        LAMBDA.update_function_configuration(FunctionName=self.name, Environment={"Variables": {"NEW": self.id()}})
        wait_until_updated(self.name)
        fresh, count = self.count()
        self.assertEqual((fresh != sandbox, count), (True, 1))

    def test_two_functions_never_share_a_sandbox(self):
        other = create_probe(self.addCleanup, "other")
        self.assertNotEqual(self.call(other, {"do": "count"})["sandbox"], self.count()[0])

    def test_many_connections_see_the_same_function(self):
        found = {invoke(self.name, {"do": "count"}, using=client()).json["sandbox"] for _ in range(3)}
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    unittest.main()
