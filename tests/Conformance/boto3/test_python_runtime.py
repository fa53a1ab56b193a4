"""The Python runtime: handler rules, the context object, and the errors as AWS's runtime client words them."""

import base64
import json
import re
import unittest

from support import UUID, ConformanceTest, arn, create_probe, invoke, source

BROKEN_IMPORT = "import does_not_exist\n\ndef handler(event, context):\n    pass\n"
RAISES = 'def handler(event, context):\n    raise Exception("Handler fails")\n'
RAISES_AT_IMPORT = 'raise Exception("Runtime startup fails")\n'
OWN_ERROR = """
class OrderRefused(ValueError):
    pass

def check(order):
    raise OrderRefused(f"no such order: {order}")

def handler(event, context):
    check(event["order"])
"""


class Errors(ConformanceTest):
    def failure(self, code, handler="module.handler", event=None, **settings):
        name = self.function("pyerr", {"module.py": code}, handler, **settings)
        return self.call_failing(name, event if event is not None else {})

    def test_an_exception_is_answered_exactly_as_recorded(self):
        answer = self.failure(RAISES)
        self.assertEqual(answer.json, {
            "errorMessage": "Handler fails", "errorType": "Exception", "requestId": answer.request_id,
            "stackTrace": ['  File "/var/task/module.py", line 2, in handler\n    raise Exception("Handler fails")\n']})

    def test_an_own_exception_class_keeps_its_name_and_every_frame(self):
        found = self.failure(OWN_ERROR, event={"order": 7}).json
        self.assertEqual((found["errorType"], found["errorMessage"]), ("OrderRefused", "no such order: 7"))
        self.assertEqual([re.search(r"line \d+, in (\w+)", frame)[1] for frame in found["stackTrace"]], ["handler", "check"])

    def test_an_exception_while_importing_is_answered_without_request_id(self):
        found = self.failure(RAISES_AT_IMPORT).json
        self.assertEqual((found["errorMessage"], found["errorType"], found["requestId"]),
                         ("Runtime startup fails", "Exception", ""))
        self.assertEqual(found["stackTrace"][-1], '  File "/var/task/module.py", line 1, in <module>\n'
                                                  '    raise Exception("Runtime startup fails")\n')

    def test_a_missing_module_is_an_import_module_error(self):
        self.assertEqual(self.failure(BROKEN_IMPORT).json, {
            "errorMessage": "Unable to import module 'module': No module named 'does_not_exist'",
            "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []})

    def test_a_handler_module_that_is_not_there_is_an_import_module_error(self):
        self.assertEqual(self.failure(RAISES, "absent.handler").json, {
            "errorMessage": "Unable to import module 'absent': No module named 'absent'",
            "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []})

    def test_a_missing_function_is_handler_not_found(self):
        self.assertEqual(self.failure(RAISES, "module.nope").json, {
            "errorMessage": "Handler 'nope' missing on module 'module'",
            "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []})

    def test_a_handler_without_a_dot_is_malformed(self):
        self.assertEqual(self.failure(RAISES, "module").json, {
            "errorMessage": "Bad handler 'module': not enough values to unpack (expected 2, got 1)",
            "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []})

    def test_a_syntax_error_names_file_and_line(self):
        found = self.failure("def handler(:\n    pass\n").json
        self.assertEqual((found["errorType"], found["requestId"]), ("Runtime.UserCodeSyntaxError", ""))
        self.assertRegex(found["errorMessage"], r"^Syntax error in module 'module': .*\(module\.py, line 1\)$")
        self.assertRegex(found["stackTrace"][0], r'^  File "/var/task/module\.py" Line 1\n    def handler\(:')

    def test_a_result_that_json_cannot_hold_is_a_marshal_error(self):
        name = create_probe(self.addCleanup, "marshal")
        answer = self.call_failing(name, {"do": "give_set"})
        self.assertEqual(answer.json, {
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
            "errorType": "Runtime.MarshalError", "requestId": answer.request_id, "stackTrace": []})

    def test_a_failing_import_fails_again_at_the_next_invoke(self):
        name = self.function("again", {"module.py": BROKEN_IMPORT}, "module.handler")
        first, second = self.call_failing(name, {}), self.call_failing(name, {})
        self.assertEqual(first.json, second.json)


class HandlerRules(ConformanceTest):
    ECHO = "def handler(event, context):\n    return [__name__, event]\n"

    def test_a_handler_in_a_folder_may_be_named_with_a_slash_or_a_dot(self):
        for handler in ("shop/orders.handler", "shop.orders.handler"):
            with self.subTest(handler):
                name = self.function("folder", {"shop/orders.py": self.ECHO}, handler)
                self.assertEqual(self.call(name, 1), ["shop.orders", 1])

    def test_a_module_next_to_the_handler_can_be_imported(self):
        files = {"main.py": "import helper\n\ndef handler(event, context):\n    return helper.VALUE\n",
                 "helper.py": "VALUE = 'found'\n"}
        self.assertEqual(self.call(self.function("helper", files, "main.handler"), 1), "found")

    def test_a_module_may_have_the_name_of_one_of_the_runtime(self):
        files = {"bootstrap.py": self.ECHO}
        self.assertEqual(self.call(self.function("bootname", files, "bootstrap.handler"), 2), ["bootstrap", 2])

    def test_nothing_returned_is_null(self):
        name = create_probe(self.addCleanup, "none")
        self.assertEqual(invoke(name, {"do": "give"}).payload, b"null")

    def test_a_decimal_is_answered_as_a_number(self):
        name = create_probe(self.addCleanup, "decimal")
        self.assertEqual(self.call(name, {"do": "give_decimal"}), {"amount": 1.5})

    def test_files_of_the_package_are_readable_at_the_task_root(self):
        name = self.function("files", {"probe.py": source("probe.py"), "data/note.txt": "a note"}, "probe.handler")
        self.assertEqual(self.call(name, {"do": "read", "path": "/var/task/data/note.txt"}), "a note")
        self.assertEqual(self.call(name, {"do": "read", "path": "data/note.txt"}), "a note")


class Context(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "context", Timeout=7, MemorySize=256)

    def test_every_field_has_its_value(self):
        answer = invoke(self.name, {"do": "context"})
        found = answer.json
        self.assertRegex(found.pop("log_stream_name"), r"^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$")
        first, later = found.pop("remaining")
        self.assertTrue(6000 < first <= 7000, first)
        self.assertTrue(30 <= first - later <= 1000, (first, later))
        self.assertEqual(found, {
            "function_name": self.name, "function_version": "$LATEST", "invoked_function_arn": arn(self.name),
            "memory_limit_in_mb": "256", "aws_request_id": answer.request_id, "log_group_name": "/aws/lambda/" + self.name,
            "identity_id": None, "identity_pool_id": None, "client_context": None, "remaining_is_int": True})
        self.assertRegex(answer.request_id, f"^{UUID}$")

    def test_the_client_context_arrives(self):
        given = {"custom": {"foo": "bar"}, "env": {"fizz": "buzz"},
                 "client": {"app_title": "tests", "installation_id": "i-1"}}
        found = self.call(self.name, {"do": "context"}, ClientContext=base64.b64encode(json.dumps(given).encode()).decode())
        self.assertEqual(found["client_context"], given)

    def test_the_log_stream_is_the_same_for_one_sandbox(self):
        streams = {self.call(self.name, {"do": "context"})["log_stream_name"] for _ in range(3)}
        self.assertEqual(len(streams), 1)


if __name__ == "__main__":
    unittest.main()
