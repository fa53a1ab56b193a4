"""The Node.js runtime: every way to write a handler, the context object, and errors as AWS's runtime client words them."""

import base64
import json
import unittest

from support import NODEJS, ConformanceTest, arn, create, invoke, source

ECHO = source("echo.js")


class NodejsTest(ConformanceTest):
    """One function per handler, made when a test first asks for it and shared by the class."""

    @classmethod
    def setUpClass(cls):
        cls.names = {}

    def named(self, export):
        if export not in self.names:
            self.names[export] = create(type(self).addClassCleanup, "js-" + export[:12].lower(), {"index.js": ECHO},
                                        "index." + export, NODEJS, Timeout=5)
        return self.names[export]

    def failure(self, export, event=None):
        return self.call_failing(self.named(export), event if event is not None else {})


class Handlers(NodejsTest):
    def test_an_async_handler_answers(self):
        self.assertEqual(self.call(self.named("handler"), {"a": "żółć"})["event"], {"a": "żółć"})

    def test_a_callback_answers(self):
        self.assertEqual(self.call(self.named("callback"), 5), {"called": 5})

    def test_a_promise_answers(self):
        self.assertEqual(self.call(self.named("promise"), 5), "promised")

    def test_context_succeed_answers(self):
        self.assertEqual(self.call(self.named("succeed"), 5), {"through": "succeed"})

    def test_undefined_is_null(self):
        self.assertEqual(invoke(self.named("nothing"), {}).payload, b"null")

    def test_a_handler_that_never_calls_back_answers_null(self):
        self.assertEqual(invoke(self.named("neverCallsBack"), {}).payload, b"null")

    def test_the_value_of_a_handler_that_is_not_async_is_ignored(self):
        self.assertEqual(invoke(self.named("syncValueIsIgnored"), {}).payload, b"null")

    def test_a_callback_waits_for_the_event_loop_to_be_empty(self):
        answer = invoke(self.named("waits"), {}, tail=True)
        self.assertEqual(answer.json, "answered")
        self.assertIn("timer fired after 3", answer.log)

    def test_a_callback_need_not_wait_when_told_so(self):
        for _ in range(2):
            self.assertEqual(self.call(self.named("doesNotWait"), {}), "answered")

    def test_the_module_stays_loaded_between_invokes(self):
        found = [self.call(self.named("count"), {}) for _ in range(3)]
        self.assertEqual([one["count"] for one in found], [1, 2, 3])
        self.assertEqual(len({one["sandbox"] for one in found}), 1)

    def test_an_es_module_may_await_at_its_top(self):
        name = self.function("esm", {"app.mjs": source("module.mjs"), "note.txt": "read first"}, "app.handler", NODEJS)
        found = self.call(name, {"n": 1})
        self.assertEqual((found["text"], found["event"]), ("read first", {"n": 1}))

    def test_a_package_of_type_module_makes_js_an_es_module(self):
        files = {"package.json": '{"type":"module"}', "index.js": "export const handler = async () => import.meta.url;\n"}
        name = self.function("typemod", files, "index.handler", NODEJS)
        self.assertEqual(self.call(name, {}), "file:///var/task/index.js")

    def test_a_cjs_file_is_found(self):
        name = self.function("cjs", {"index.cjs": ECHO}, "index.promise", NODEJS)
        self.assertEqual(self.call(name, {}), "promised")

    def test_a_handler_in_a_folder_and_a_nested_export_are_found(self):
        code = "exports.deep = { er: { handler: async () => require('./helper') } };\n"
        files = {"src/app/main.js": code, "src/app/helper.js": "module.exports = 'found';\n"}
        name = self.function("nested", files, "src/app/main.deep.er.handler", NODEJS)
        self.assertEqual(self.call(name, {}), "found")

    def test_a_package_of_node_modules_can_be_required(self):
        files = {"index.js": "exports.handler = async () => require('pkg').value;\n",
                 "node_modules/pkg/index.js": "exports.value = 'from a package';\n"}
        self.assertEqual(self.call(self.function("nodemods", files, "index.handler", NODEJS), {}), "from a package")


class Context(NodejsTest):
    def test_every_field_has_its_value(self):
        answer = invoke(self.named("context"), {})
        name, found = self.named("context"), answer.json
        self.assertRegex(found["context"].pop("logStreamName"), r"^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$")
        self.assertEqual(found["context"], {
            "callbackWaitsForEmptyEventLoop": True, "functionVersion": "$LATEST", "functionName": name,
            "memoryLimitInMB": "128", "logGroupName": "/aws/lambda/" + name, "invokedFunctionArn": arn(name),
            "awsRequestId": answer.request_id})
        self.assertEqual(found["methods"], ["getRemainingTimeInMillis", "done", "succeed", "fail"])
        self.assertTrue(4000 < found["remaining"] <= 5000, found["remaining"])

    def test_the_client_context_arrives_unchanged(self):
        given = {"custom": {"foo": "bar"}, "client": {"snap": ["crackle", "pop"]}, "env": {"fizz": "buzz"}}
        found = self.call(self.named("context"), {}, ClientContext=base64.b64encode(json.dumps(given).encode()).decode())
        self.assertEqual(found["context"]["clientContext"], given)


class Errors(NodejsTest):
    def assert_error(self, answer, error_type, message):
        found = answer.json
        self.assertEqual((found["errorType"], found["errorMessage"]), (error_type, message))
        self.assertEqual(set(found), {"errorType", "errorMessage", "trace"})
        self.assertEqual(found["trace"][0], f"{error_type}: {message}")
        return found["trace"]

    def test_a_rejection_has_type_message_and_trace(self):
        trace = self.assert_error(self.failure("rejects"), "Error", "rejected")
        self.assertRegex(trace[1], r"^    at .*\(?(file://)?/var/task/index\.js:\d+:\d+\)?$")

    def test_an_exception_has_type_message_and_trace(self):
        self.assert_error(self.failure("throws"), "TypeError", "thrown at once")

    def test_an_error_given_to_the_callback_has_type_message_and_trace(self):
        self.assert_error(self.failure("callbackError"), "RangeError", "out of range")

    def test_an_error_given_to_context_fail_has_type_message_and_trace(self):
        self.assert_error(self.failure("fail"), "Error", "through fail")

    def test_a_rejection_that_is_no_error_names_the_type_of_its_value(self):
        self.assertEqual(self.failure("rejectsText").json, {"errorType": "string", "errorMessage": "only text", "trace": []})

    def test_a_rejection_that_nobody_awaits_is_an_unhandled_promise_rejection(self):
        found = self.failure("unhandled").json
        self.assertEqual((found["errorType"], found["errorMessage"]),
                         ("Runtime.UnhandledPromiseRejection", "Error: nobody waits"))

    def test_an_exception_in_a_timer_is_the_answer(self):
        self.assert_error(self.failure("uncaught"), "Error", "thrown later")

    def test_process_exit_is_an_exit_error(self):
        answer = self.failure("exits")
        self.assertEqual(answer.json, {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 3"})

    def test_a_result_that_json_cannot_hold_says_so(self):
        for export in ("circular", "bigint"):
            found = self.failure(export).json
            self.assertEqual((found["errorType"], found["errorMessage"]), ("Error", "Unable to stringify response body"))


class LoadErrors(NodejsTest):
    def load_failure(self, handler, code=ECHO):
        return self.call_failing(self.function("jsload", {"index.js": code}, handler, NODEJS), {}).json

    def test_a_missing_handler_module_is_an_import_module_error(self):
        found = self.load_failure("absent.handler")
        self.assertEqual(found["errorType"], "Runtime.ImportModuleError")
        self.assertRegex(found["errorMessage"], r"^Error: Cannot find module 'absent'\nRequire stack:\n- ")

    def test_a_missing_dependency_is_an_import_module_error(self):
        found = self.load_failure("index.handler", "require('does-not-exist');\n")
        self.assertEqual(found["errorType"], "Runtime.ImportModuleError")
        self.assertRegex(found["errorMessage"],
                         r"^Error: Cannot find module 'does-not-exist'\nRequire stack:\n- /var/task/index\.js")

    def test_a_missing_export_is_handler_not_found(self):
        found = self.load_failure("index.nope")
        self.assertEqual((found["errorType"], found["errorMessage"]),
                         ("Runtime.HandlerNotFound", "index.nope is undefined or not exported"))

    def test_an_export_that_is_no_function_is_handler_not_found(self):
        found = self.load_failure("index.notAFunction")
        self.assertEqual((found["errorType"], found["errorMessage"]),
                         ("Runtime.HandlerNotFound", "index.notAFunction is not a function"))

    def test_a_handler_without_a_dot_is_malformed(self):
        found = self.load_failure("index")
        self.assertEqual((found["errorType"], found["errorMessage"]), ("Runtime.MalformedHandlerName", "Bad handler"))

    def test_a_syntax_error_says_so(self):
        found = self.load_failure("index.handler", "exports.handler = async () => {{;\n")
        self.assertEqual(found["errorType"], "Runtime.UserCodeSyntaxError")
        self.assertRegex(found["errorMessage"], "^SyntaxError: ")

    def test_an_exception_while_loading_is_the_answer(self):
        found = self.load_failure("index.handler", "throw new RangeError('at load');\n")
        self.assertEqual((found["errorType"], found["errorMessage"]), ("RangeError", "at load"))


if __name__ == "__main__":
    unittest.main()
