"""Custom runtimes (provided.al2023), and through one of them the Runtime API itself."""

import json
import re
import unittest

from support import CUSTOM, UUID, ConformanceTest, arn, create, invoke, source

FILES = {"bootstrap": source("bootstrap"), "function.sh": source("function.sh")}
WRONG_STATE = "InvalidStateTransition"


class Bootstrap(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create(cls.addClassCleanup, "bash", FILES, "function.handler", CUSTOM)

    def test_a_bootstrap_in_bash_answers_every_time(self):
        for n in range(3):
            self.assertEqual(self.call(self.name, {"n": n}), {"version": 1, "greeting": "", "event": {"n": n}})

    def test_what_it_writes_is_in_the_tail(self):
        self.assertIn('\nbash saw {"n": 1}\n', invoke(self.name, {"n": 1}, tail=True).log)

    def test_an_error_it_reports_is_answered_as_it_is(self):
        name = self.function("bashfail", FILES, "function.failing", CUSTOM)
        self.assertEqual(self.call_failing(name, {}).json, {
            "errorType": "Conformance.Failed", "errorMessage": "asked to fail", "stackTrace": ["bash"]})

    def test_a_package_without_bootstrap_is_an_invalid_entrypoint(self):
        name = self.function("noboot", {"function.sh": source("function.sh")}, "function.handler", CUSTOM)
        answer = self.call_failing(name, {})
        self.assertEqual(answer.json["errorType"], "Runtime.InvalidEntrypoint")
        self.assertRegex(answer.json["errorMessage"], f"^RequestId: {answer.request_id} Error: ")

    def test_a_bootstrap_that_is_not_executable_is_an_error(self):
        name = self.function("noexec", {"bootstrap": "echo never\n"}, "x.y", CUSTOM)
        self.assertIn(self.call_failing(name, {}).json["errorType"], ("Runtime.InvalidEntrypoint", "Runtime.ExitError"))

    def test_a_bootstrap_that_exits_at_once_is_an_exit_error(self):
        name = self.function("bye", {"bootstrap": "#!/bin/bash\nexit 7\n"}, "x.y", CUSTOM)
        answer = self.call_failing(name, {})
        self.assertEqual(answer.json, {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 7"})

    def test_a_bootstrap_that_never_asks_for_work_times_out(self):
        sleeper = "#!/usr/bin/env python3\nimport time\ntime.sleep(120)\n"
        name = self.function("idle", {"bootstrap": sleeper}, "x.y", CUSTOM, Timeout=1)
        self.assertEqual(self.call_failing(name, {}).json["errorType"], "Sandbox.Timedout")


class RuntimeApi(ConformanceTest):
    """functions/runtime_api.py calls the Runtime API wrongly and rightly, and answers what it was told."""

    @classmethod
    def setUpClass(cls):
        cls.name = create(cls.addClassCleanup, "rapi", {"bootstrap": source("runtime_api.py")}, "x.y", CUSTOM, Timeout=10)
        cls.first = invoke(cls.name, "examine")
        cls.found = invoke(cls.name, "findings").json

    def assert_told(self, what, status, error_type):
        told = self.found[what]
        self.assertEqual(told["status"], status, told)
        self.assertEqual(json.loads(told["body"])["errorType"], error_type)
        self.assertTrue(told["headers"]["content-type"].startswith("application/json"))

    def test_next_gives_the_event_and_the_headers_of_aws(self):
        event = self.found["next"]
        headers = event["headers"]
        self.assertEqual((event["status"], event["body"]), (200, '"examine"'))
        self.assertEqual(headers["lambda-runtime-aws-request-id"], self.first.request_id)
        self.assertRegex(self.first.request_id, f"^{UUID}$")
        self.assertEqual(headers["lambda-runtime-invoked-function-arn"], arn(self.name))
        self.assertRegex(headers["lambda-runtime-deadline-ms"], r"^\d{13}$")
        self.assertRegex(headers["lambda-runtime-trace-id"],
                         r"^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]")
        self.assertTrue(headers["content-type"].startswith("application/json"))
        for absent in ("lambda-runtime-client-context", "lambda-runtime-cognito-identity"):
            self.assertNotIn(absent, headers)

    def test_next_without_an_answer_gives_the_same_event_again(self):
        again = self.found["next_again"]
        self.assertEqual((again["status"], again["body"]), (200, '"examine"'))
        self.assertEqual(again["headers"]["lambda-runtime-aws-request-id"], self.first.request_id)

    def test_a_response_is_accepted_with_202_and_ok(self):
        told = self.found["response"]
        self.assertEqual((told["status"], json.loads(told["body"])), (202, {"status": "OK"}))
        self.assertEqual(self.first.json, "first")

    def test_a_second_response_is_refused_with_403(self):
        self.assert_told("second_response", 403, WRONG_STATE)

    def test_an_init_error_after_init_is_refused_with_403(self):
        self.assert_told("init_error_too_late", 403, WRONG_STATE)

    def test_an_unknown_route_is_404(self):
        self.assertEqual(self.found["unknown_route"]["status"], 404)

    def test_ping_is_answered_with_pong(self):
        self.assertEqual((self.found["ping"]["status"], self.found["ping"]["body"]), (200, "pong"))

    def test_a_response_for_another_request_is_refused_with_400(self):
        answer = invoke(self.name, "wrong id", tail=True)
        told = json.loads(re.search(r"^FOUND (.*)$", answer.log, re.MULTILINE)[1])
        self.assertEqual((told["status"], json.loads(told["body"])), (
            400, {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}))

    def test_an_error_is_accepted_with_202_and_answered_as_it_is(self):
        answer = self.call_failing(self.name, "error")
        self.assertEqual(answer.payload, b'{"errorMessage":"said by the runtime","errorType":"My.Type"}')
        self.assertEqual(self.call(self.name, "findings")["error"]["status"], 202)

    def test_a_chunked_streaming_response_is_put_together_for_a_plain_invoke(self):
        self.assertEqual(self.call(self.name, "streaming"), "one two three")


if __name__ == "__main__":
    unittest.main()
