"""AWS's own Runtime Interface Client for Node.js as an independent client of Lambent's Runtime API.

It is deployed in a custom runtime, unmodified, as it came from npm. Before: npm ci in this folder.
"""

import base64
import json
import pathlib
import re
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "boto3"))

from support import CUSTOM, ConformanceTest, arn, create, invoke  # noqa: E402

CLIENT = HERE / "node_modules" / "aws-lambda-ric"
# All that runs; the package's sources and build tools (hundreds of megabytes with its dependencies) stay behind.
PACKED = ["package.json", "bin/index.mjs", "dist/index.mjs", "dist/rapid-client.node"]


def files():
    missing = [name for name in PACKED if not (CLIENT / name).is_file()]
    if missing:
        raise unittest.TestCase.failureException(
            f"aws-lambda-ric is not built ({', '.join(missing)} missing): run npm ci in {HERE} "
            "(needs apt-get install g++ make cmake autoconf automake libtool python3).")
    return {
        "bootstrap": (HERE / "bootstrap").read_bytes(),
        "handlers.js": (HERE / "handlers.js").read_bytes(),
        **{f"node_modules/aws-lambda-ric/{name}": (CLIENT / name).read_bytes() for name in PACKED},
    }


class RuntimeInterfaceClient(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.files = files()
        cls.echo = cls.deploy("echo", cls.addClassCleanup)
        cls.fails = cls.deploy("fails", cls.addClassCleanup)

    @classmethod
    def deploy(cls, export, add_cleanup, **settings):
        settings = {"Timeout": 15, "MemorySize": 256, **settings}
        return create(add_cleanup, "ric-" + export, cls.files, "handlers." + export, CUSTOM, **settings)

    def test_it_answers_with_the_event_and_its_context(self):
        answer = invoke(self.echo, {"text": "zażółć 🦆"})
        self.assertIsNone(answer.error, answer.payload)
        found = answer.json
        self.assertEqual((found["event"], found["requestId"], found["arn"]),
                         ({"text": "zażółć 🦆"}, answer.request_id, arn(self.echo)))
        self.assertTrue(10000 < found["remaining"] <= 15000, found["remaining"])
        self.assertRegex(found["trace"], r"^Root=1-[0-9a-f]{8}-[0-9a-f]{24}")
        self.assertNotIn("clientContext", found)

    def test_the_next_invoke_meets_the_same_process(self):
        first, second, third = (self.call(self.echo, n) for n in range(3))
        self.assertEqual(first["pid"], second["pid"])
        self.assertEqual([second["count"] - first["count"], third["count"] - second["count"]], [1, 1])
        self.assertEqual([first["event"], second["event"], third["event"]], [0, 1, 2])

    def test_the_client_context_arrives(self):
        given = {"custom": {"foo": "bar"}}
        found = self.call(self.echo, {}, ClientContext=base64.b64encode(json.dumps(given).encode()).decode())
        self.assertEqual(found["clientContext"], given)

    def test_a_thrown_error_is_answered_with_its_trace_and_the_process_goes_on(self):
        before = self.call(self.fails, "fine")
        found = self.call_failing(self.fails, "compute").json
        self.assertEqual((found["errorType"], found["errorMessage"]), ("RangeError", "cannot compute"))
        self.assertEqual(found["trace"][0], "RangeError: cannot compute")
        self.assertRegex(found["trace"][1], r"/var/task/handlers\.js:\d+:\d+")
        self.assertEqual(self.call(self.fails, "fine"), {"count": before["count"] + 1, "pid": before["pid"]})

    def test_a_thrown_text_is_answered_with_its_type(self):
        self.assertEqual(self.call_failing(self.fails, "text").json,
                         {"errorType": "string", "errorMessage": "only text", "trace": []})

    def test_an_unhandled_rejection_is_answered_and_the_next_invoke_starts_anew(self):
        found = self.call_failing(self.fails, "unhandled").json
        self.assertEqual((found["errorType"], found["errorMessage"]),
                         ("Runtime.UnhandledPromiseRejection", "Error: nobody waits"))
        self.assertEqual(self.call(self.fails, "fine")["count"], 1)

    def test_an_exit_is_answered_and_the_next_invoke_starts_anew(self):
        answer = self.call_failing(self.fails, "exit")
        self.assertEqual(answer.json, {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 5"})
        self.assertEqual(self.call(self.fails, "fine")["count"], 1)

    def test_megabytes_go_both_ways(self):
        name = self.deploy("large", self.addCleanup, MemorySize=512)
        self.assertEqual(self.call(name, {"text": "x" * 5_000_000}), {"length": 5_000_000, "text": ""})
        self.assertEqual(len(self.call(name, {"answer": 5_000_000})["text"]), 5_000_000)
        self.assertEqual(self.call_failing(name, {"answer": 7_000_000}).json["errorType"], "Function.ResponseSizeTooLarge")
        self.assertEqual(self.call(name, {"answer": 3})["text"], "yyy")

    def test_its_console_writes_to_the_log(self):
        name = self.deploy("logs", self.addCleanup)
        answer = invoke(name, {}, tail=True)
        self.assertRegex(answer.log, rf"T[\d:.]+Z\t{re.escape(answer.request_id)}\tINFO\twritten by the client's console\n")

    def test_a_handler_that_is_not_there_is_reported(self):
        found = self.call_failing(self.deploy("nope", self.addCleanup), {}).json
        self.assertEqual((found["errorType"], found["errorMessage"]),
                         ("Runtime.HandlerNotFound", "handlers.nope is undefined or not exported"))


if __name__ == "__main__":
    unittest.main()
