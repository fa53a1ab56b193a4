import json
import os
import re
import subprocess
import time
import unittest

from fake_api import ARN, BOOTSTRAP, PYTHON, FakeApi, Runtime

START = "/2018-06-01/runtime"


class RuntimeCase(unittest.TestCase):
    def start(self, code="", handler="index.handler", stock=None, env=None, files=None, connected=False, **api):
        self.api = FakeApi(**api)
        self.addCleanup(self.api.close)
        self.runtime = Runtime(self.api, files if files is not None else {"index.py": code}, handler, stock, env, connected)
        self.addCleanup(self.runtime.output)
        return self.api


CONTEXT = """
import os, sys
def handler(event, context):
    c = context
    return {
        "event": event, "repr": repr(c), "remaining": c.get_remaining_time_in_millis(), "tenant": c.tenant_id,
        "client": [c.client_context.client.installation_id, c.client_context.custom, c.client_context.env] if c.client_context else None,
        "identity": [c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id],
        "cwd": os.getcwd(), "path": sys.path[:5], "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "left": [k for k in os.environ if k.startswith("LAMBENT")], "pid": os.getpid(),
    }
"""


class Invocations(RuntimeCase):
    def test_context_and_environment(self):
        for stock in (None, {}):
            with self.subTest(stock=stock):
                api = self.start(CONTEXT, stock=stock)
                headers = {
                    "Lambda_Runtime_Trace_Id": "Root=1", "Lambda_Runtime_Aws_Tenant_Id": "t1",
                    "Lambda_Runtime_Client_Context": '{"client":{"installation_id":"i"},"custom":{"k":"v"},"env":{"e":1}}',
                    "Lambda_Runtime_Cognito_Identity": '{"cognitoIdentityId":"c","cognitoIdentityPoolId":"p"}',
                }  # fmt: skip
                post = api.invoke({"text": "é"}, **headers)
                self.assertEqual(post.path, f"{START}/invocation/req-0/response")
                self.assertEqual(post.headers["content-type"], "application/json")
                got = post.json
                self.assertEqual(got["event"], {"text": "é"})
                self.assertTrue(1000 < got["remaining"] <= 5000)
                self.assertEqual(got["client"], ["i", {"k": "v"}, {"e": 1}])
                self.assertEqual(got["identity"], ["c", "p"])
                self.assertEqual((got["tenant"], got["trace"], got["left"]), ("t1", "Root=1", []))
                self.assertEqual(got["cwd"], self.runtime.root)
                self.assertEqual(got["path"][0], self.runtime.root)
                self.assertRegex(got["path"][2], r"^/opt/python/lib/python3\.\d+/site-packages$")
                self.assertEqual(got["path"][3:], ["/opt/python", os.path.dirname(BOOTSTRAP)])
                self.assertTrue(
                    got["repr"].startswith(
                        "LambdaContext([aws_request_id=req-0,log_group_name=/aws/lambda/f,log_stream_name=stream,"
                        f"function_name=f,memory_limit_in_mb=128,function_version=$LATEST,invoked_function_arn={ARN},"
                        "client_context=ClientContext([custom={'k': 'v'},"
                    ),
                    got["repr"],
                )
                self.assertIsNone(api.invoke({}).json["trace"])
                self.assertEqual(got["pid"], self.runtime.process.pid)
                self.assertEqual(api.connections, 1)
                self.assertEqual(self.runtime.output(), "")

    def test_results(self):
        code = """
import collections, decimal
P = collections.namedtuple("P", "x y")
VALUES = [None, "é\\u2028", {"d": decimal.Decimal("1.10"), "s": '"'}, [P(1, b"b")], {b"k": decimal.Decimal("NaN")}, (1, 2.5, True), b"raw\\xff"]
def handler(event, context):
    return VALUES[event]
"""
        api = self.start(code)
        expected = ["null", '"é\u2028"', '{"d": 1.10, "s": "\\""}', '[{"x": 1, "y": "b"}]', '{"k": NaN}', "[1, 2.5, true]"]
        for i, text in enumerate(expected):
            self.assertEqual(api.invoke(i).body.decode(), text)
        raw = api.invoke(6)
        self.assertEqual((raw.body, raw.headers["content-type"]), (b"raw\xff", "application/unknown"))

    def test_older_runtimes_escape_non_ascii(self):
        api = self.start("def handler(e, c): return 'é'", env={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"})
        self.assertEqual(api.invoke({}).body, b'"\\u00e9"')

    def test_chunks_large_bodies_and_closing_answers(self):
        api = self.start("def handler(e, c): return e", chunked=True, closes=True)
        for size in (10, 300_000, 3_000_000):
            self.assertEqual(api.invoke({"text": "é" * size}).json, {"text": "é" * size})
        self.assertGreater(api.connections, 2)

    def test_a_connection_that_the_server_closed_during_a_handler(self):
        api = self.start("import time\ndef handler(e, c): return time.sleep(0.05)", closes_idle=True)
        for _ in range(3):
            self.assertEqual(api.invoke({}).body, b"null")

    def test_the_end_of_the_runtime_api_ends_the_process_quietly(self):
        for connected in (False, True):
            api = self.start("def handler(e, c): return 1", connected=connected)
            api.invoke({})
            api.hang_up()
            self.assertEqual(self.runtime.exit(), (1, ""))

    def test_too_large_is_reported(self):
        api = self.start("def handler(e, c): return 'x' * e", status_of=lambda r: 413 if len(r.body) > 500 else 202)
        for size in (600, 3_000_000):  # with the next GET in the same write, and without
            self.assertTrue(api.invoke(size).path.endswith("/response"))
            report = api.post()
            self.assertTrue(report.path.endswith("/error"))
            self.assertEqual(report.json["errorType"], "Function.ResponseSizeTooLarge")
            self.assertEqual(api.invoke(1).body, b'"x"')

    def test_a_refused_response_ends_the_process(self):
        api = self.start("def handler(e, c): return 1", status_of=lambda r: 403)
        api.invoke({})
        status, output = self.runtime.exit()
        self.assertEqual(status, 1)
        self.assertIn("RuntimeError: Failed to post invocation response", output)


class Connected(RuntimeCase):
    def test_invocations_need_no_other_connection(self):
        for stock in (None, {}):
            api = self.start("import os\ndef handler(e, c): return [e, [k for k in os.environ if k.startswith('LAMBENT')]]", stock=stock, connected=True)
            for n in range(3):
                self.assertEqual(api.invoke(n).json, [n, []])
            self.assertEqual(api.connections, 0)

    def test_large_events_and_responses(self):
        api = self.start("def handler(e, c): return e", chunked=True, connected=True)
        for size in (10, 300_000, 3_000_000):
            self.assertEqual(api.invoke({"text": "é" * size}).json, {"text": "é" * size})
        self.assertEqual(api.connections, 0)

    def test_once_closed_the_next_connection_is_made_over_tcp(self):
        for how in ({"closes": True}, {"closes_idle": True}):
            api = self.start("import time\ndef handler(e, c): return time.sleep(0.05)", connected=True, **how)
            for _ in range(3):
                self.assertEqual(api.invoke({}).body, b"null")
            self.assertGreater(api.connections, 1)

    def test_who_starts_anew_connects_over_tcp(self):
        api = self.start("def handler(e, c): return 1", stock={}, env={"PYTHONDONTWRITEBYTECODE": "1"}, connected=True)
        self.assertEqual(api.invoke({}).json, 1)
        self.assertEqual(api.connections, 1)

    def test_a_function_that_closes_it_connects_over_tcp(self):
        api = self.start("import os\nos.closerange(3, 256)\ndef handler(e, c): return 1", connected=True)
        self.assertEqual(api.invoke({}).json, 1)
        self.assertEqual(api.connections, 1)

    def test_no_child_has_it(self):
        code = "import subprocess\ndef handler(e, c): return subprocess.check_output(['ls', '/proc/self/fd'], close_fds=False, text=True).split()"
        for stock in (None, {}):
            self.assertEqual(self.start(code, stock=stock, connected=True).invoke({}).json, ["0", "1", "2", "3"])


class Handlers(RuntimeCase):
    def test_names(self):
        code = "def handler(e, c): return __name__"
        for handler, file, name in (
            ("a.b.mod.handler", "a/b/mod.py", "a.b.mod"),
            ("a/b/mod.handler", "a/b/mod.py", "a.b.mod"),
            ("bootstrap.handler", "bootstrap.py", "bootstrap"),
            ("client.handler", "client.py", "client"),
        ):
            with self.subTest(handler=handler):
                api = self.start(handler=handler, files={file: code})
                self.assertEqual(api.invoke({}).json, name)

    def test_a_module_named_as_one_that_the_stock_has_loaded(self):
        files = {"index.py": "import secrets, email\ndef handler(e, c): return [secrets.MINE, email.MINE]"}
        files.update({"secrets.py": "MINE = 1", "email/__init__.py": "MINE = 2"})
        for stock in (None, {}):
            api = self.start(files=files, stock=stock)
            self.assertEqual(api.invoke({}).json, [1, 2])

    def test_a_module_named_as_one_that_awss_runtime_has_loaded_is_hidden(self):
        files = {"index.py": "import logging, traceback\ndef handler(e, c): return [hasattr(m, 'MINE') for m in (logging, traceback)]"}
        files |= {f"{name}.py": "MINE = 1" for name in ("logging", "traceback", "string")}
        for stock in (None, {}):
            api = self.start(files=files, stock=stock)
            self.assertEqual(api.invoke({}).json, [False, False])

    def test_init_errors(self):
        cases = (
            ({}, "x.handler", "Runtime.ImportModuleError", "Unable to import module 'x': No module named 'x'"),
            ({"x.py": "import nothing"}, "x.handler", "Runtime.ImportModuleError", "Unable to import module 'x': No module named 'nothing'"),
            ({"x.py": ""}, "x.f", "Runtime.HandlerNotFound", "Handler 'f' missing on module 'x'"),
            ({}, "x", "Runtime.MalformedHandlerName", "Bad handler 'x': not enough values to unpack (expected 2, got 1)"),
            ({}, "sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
            ({"x.py": "def ("}, "x.f", "Runtime.UserCodeSyntaxError", None),
            ({"x.py": "raise KeyError('k')"}, "x.f", "KeyError", "'k'"),
        )
        for files, handler, error_type, message in cases:
            with self.subTest(handler=handler, error_type=error_type):
                api = self.start(handler=handler, files=files)
                post = api.post()
                self.assertEqual(post.path, f"{START}/init/error")
                self.assertEqual(post.headers["lambda-runtime-function-error-type"], error_type)
                self.assertEqual(list(post.json), ["errorMessage", "errorType", "requestId", "stackTrace"])
                self.assertEqual((post.json["errorType"], post.json["requestId"]), (error_type, ""))
                if message is not None:
                    self.assertEqual(post.json["errorMessage"], message)
                status, output = self.runtime.exit()
                self.assertEqual(status, 1)
                self.assertRegex(output, r"\A\[WARNING\]\t\S+Z\t\tLAMBDA_WARNING: Unhandled exception\. ")
                self.assertIn(f"\n[ERROR] {error_type}: {post.json['errorMessage']}\rTraceback", output)


class Errors(RuntimeCase):
    def test_of_a_handler(self):
        code = "class Bad(Exception): pass\ndef handler(e, c):\n    raise Bad('bröken\\nline')\n"
        for stock in (None, {}):
            api = self.start(code, stock=stock)
            for i in range(2):
                post = api.invoke({})
                self.assertEqual(post.path, f"{START}/invocation/req-{i}/error")
                self.assertEqual(post.headers["lambda-runtime-function-error-type"], "Bad")
                file = os.path.join(self.runtime.root, "index.py")
                self.assertEqual(
                    list(post.json.items()),
                    [
                        ("errorMessage", "bröken\nline"),
                        ("errorType", "Bad"),
                        ("requestId", f"req-{i}"),
                        ("stackTrace", [f"  File \"{file}\", line 3, in handler\n    raise Bad('bröken\\nline')\n"]),
                    ],
                )
            hard = "\u00a0"
            expected = (
                "[ERROR] Bad: bröken\nline\rTraceback (most recent call last):\r"
                f"{hard * 2}File \"{file}\", line 3, in handler\r{hard * 4}raise Bad('bröken\\nline')\n"
            )
            self.assertEqual(self.runtime.output(), expected * 2)

    def test_of_json(self):
        api = self.start("def handler(e, c):\n    a = []; a.append(a)\n    return {'set': {1}, 'cycle': a}[e]")
        cases = (
            ("set", "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"),
            ("cycle", "Runtime.MarshalError", "Unable to marshal response: Circular reference detected"),
        )
        for event, error_type, message in cases:
            got = api.invoke(event).json
            self.assertEqual((got["errorType"], got["errorMessage"], got["stackTrace"]), (error_type, message, []))
        got = api.invoke(b"{bad").json
        self.assertEqual(got["errorType"], "Runtime.UnmarshalError")
        self.assertTrue(got["errorMessage"].startswith("Unable to unmarshal input: Expecting property name"))
        got = api.invoke({}, Lambda_Runtime_Client_Context="{").json
        self.assertEqual(got["errorType"], "Runtime.LambdaContextUnmarshalError")

    def test_sys_exit_ends_the_process_with_its_status(self):
        api = self.start("import sys\ndef handler(e, c): sys.exit(e)")
        api._events.put(("req-0", b"7", {}))
        self.assertEqual(self.runtime.exit()[0], 7)


class Logs(RuntimeCase):
    CODE = """
import logging, sys
def handler(event, context):
    print("plain", end="")
    sys.stdout.buffer.write(b"bytes\\n")
    logging.getLogger().warning("two\\nlines")
    logging.getLogger("a").info("hidden")
"""

    def test_text(self):
        api = self.start(self.CODE)
        api.invoke({})
        pattern = r"\Aplainbytes\n\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\treq-0\ttwo\nlines\n\Z"
        self.assertRegex(self.runtime.output(), pattern)

    def test_logging_is_loaded_and_set_up_only_when_it_is_used(self):
        code = """
import sys
def handler(event, context):
    before = "logging" in sys.modules
    import logging
    return [before, len(logging.getLogger().handlers), logging.__spec__.loader.get_data.__name__]
"""
        self.assertEqual(self.start(code).invoke({}).json, [False, 1, "get_data"])
        self.assertEqual(self.start(code, stock={}).invoke({}).json, [True, 1, "get_data"])

    def test_json(self):
        code = """
import logging
def handler(event, context):
    try: 1 / 0
    except ZeroDivisionError: logging.getLogger("n").exception("é", extra={"k": 1})
    raise ValueError("v")
"""
        api = self.start(code, env={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"})
        api.invoke({})
        record, error = [json.loads(line) for line in self.runtime.output().splitlines()]
        self.assertEqual(list(record)[:4], ["timestamp", "level", "message", "logger"])
        self.assertEqual((record["level"], record["message"], record["k"]), ("ERROR", "é", 1))
        self.assertEqual((record["errorType"], record["requestId"]), ("ZeroDivisionError", "req-0"))
        self.assertRegex(record["timestamp"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
        self.assertEqual((error["level"], error["errorType"], error["errorMessage"]), ("ERROR", "ValueError", "v"))


class FramedLogs(RuntimeCase):
    """AWS's frames, written to the descriptor that the platform names: here that of stdout."""

    CODE = """
import logging
def handler(event, context):
    print("before")
    logging.getLogger().warning("two\\nlines")
    logging.getLogger().debug("hidden")
    print("after")
    if event: raise ValueError("v")
"""

    def run_framed(self, event, **env):
        api = self.start(self.CODE, env={"_LAMBDA_TELEMETRY_LOG_FD": "1", **env})
        api.invoke(event)
        return self.runtime.output_bytes()

    def frame(self, output):
        """Type, message and what follows, of the frame at the start of output."""
        length = int.from_bytes(output[4:8], "big")
        age = time.time() - int.from_bytes(output[8:16], "big") / 1e6
        self.assertTrue(0 <= age < 60, age)
        return output[:4].hex(), output[16 : 16 + length].decode(), output[16 + length :]

    def test_text_keeps_its_place_and_its_lines(self):
        output = self.run_framed({})
        self.assertEqual(output[:7], b"before\n")
        kind, message, rest = self.frame(output[7:])
        self.assertEqual(kind, "a55a0003")
        self.assertRegex(message, r"\A\[WARNING\]\t\S+Z\treq-0\ttwo\nlines\n\Z")
        self.assertEqual(rest, b"after\n")

    def test_json_frames_name_their_level(self):
        output = self.run_framed(1, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="WARN")
        kind, message, rest = self.frame(output[7:])
        self.assertEqual((kind, json.loads(message)["message"]), ("a55a0012", "two\nlines"))
        self.assertEqual(rest[:6], b"after\n")
        kind, message, rest = self.frame(rest[6:])
        self.assertEqual((kind, json.loads(message)["errorMessage"], rest), ("a55a0016", "v", b""))

    def test_children_keep_their_stdout(self):
        code = "import subprocess, logging\ndef handler(e, c): subprocess.run(['echo', 'child'], check=True)"
        api = self.start(code, env={"_LAMBDA_TELEMETRY_LOG_FD": "1"})
        self.assertEqual(api.invoke({}).json, None)
        self.assertEqual(self.runtime.output_bytes(), b"child\n")


class Starts(RuntimeCase):
    SHOW = "import os, sys, time\ndef handler(e, c): return [os.getpid(), time.localtime(0).tm_hour, sys.dont_write_bytecode]"

    def test_not_needed(self):
        reader, writer = os.pipe()
        env = {"PATH": os.environ["PATH"], "LAMBENT_SPECIALISE_FD": str(reader)}
        process = subprocess.Popen([PYTHON, BOOTSTRAP], env=env, pass_fds=[reader])
        os.close(reader)
        os.close(writer)
        self.assertEqual(process.wait(timeout=10), 0)

    def test_time_zone(self):
        api = self.start(self.SHOW, stock={"TZ": ":UTC"}, env={"TZ": "Asia/Tokyo"})
        self.assertEqual(api.invoke({}).json[:2], [self.runtime.process.pid, 9])

    def test_variables_of_the_interpreter_start_it_anew(self):
        api = self.start(self.SHOW, stock={}, env={"PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(api.invoke({}).json, [self.runtime.process.pid, 0, True])

    def test_wrapper(self):
        files = {"index.py": "import os\ndef handler(e, c): return [os.environ['ARGS'], os.environ.get('LAMBENT_EXEC_WRAPPED')]"}
        files["wrap"] = '#!/bin/sh\nexport ARGS="$#"\nexec "$@"\n'
        for stock in (None, {}):
            api = self.start(files=files, stock=stock, env={"AWS_LAMBDA_EXEC_WRAPPER": "{root}/wrap"})
            self.assertEqual(api.invoke({}).json, ["2", None])

    def test_missing_wrapper(self):
        self.start(env={"AWS_LAMBDA_EXEC_WRAPPER": "/nowhere/w"})
        self.assertEqual(self.runtime.exit(), (127, "/nowhere/w: does not exist\n"))

    def test_nothing_is_inherited_by_a_child(self):
        code = """
import os, subprocess, sys
def handler(e, c):
    return subprocess.check_output(["ls", "/proc/self/fd"], close_fds=False, text=True).split()
"""
        for stock in (None, {}):
            api = self.start(code, stock=stock)
            self.assertEqual(api.invoke({}).json, ["0", "1", "2", "3"])  # 3 is the folder that ls lists


if __name__ == "__main__":
    unittest.main()
