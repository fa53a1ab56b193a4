"""The whole life of a function, once per kind of runtime: create, invoke, new code, new configuration, delete, 404."""

import unittest

from support import (CUSTOM, LAMBDA, NODEJS, PYTHON, ConformanceTest, arn, delete_quietly, invoke, package, role, source,
                     unique, wait_until_active, wait_until_updated)

PYTHON_CODE = """
import os
VERSION = 1

def handler(event, context):
    return {"version": VERSION, "greeting": os.environ.get("GREETING", ""), "event": event}
"""


class WholeLife:
    """The steps, the same for every runtime. A subclass names runtime, handler and files(version)."""

    runtime = handler = None

    @staticmethod
    def files(version):
        raise NotImplementedError

    def test_a_function_lives_from_create_to_404(self):
        name = unique("life")
        first, second = package(self.files(1)), package(self.files(2))

        created = LAMBDA.create_function(FunctionName=name, Runtime=self.runtime, Role=role(), Handler=self.handler,
                                         Code={"ZipFile": first}, Timeout=10)
        self.addCleanup(delete_quietly, name)
        self.assertEqual(created["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(created["State"], "Pending")
        wait_until_active(name)
        self.assertEqual(self.call(name, {"n": 1}), {"version": 1, "greeting": "", "event": {"n": 1}})

        updated = LAMBDA.update_function_code(FunctionName=name, ZipFile=second)
        self.assertEqual((updated["State"], updated["LastUpdateStatus"]), ("Active", "InProgress"))
        self.assertNotEqual(updated["CodeSha256"], created["CodeSha256"])
        wait_until_updated(name)
        self.assertEqual(self.call(name, {"n": 2}), {"version": 2, "greeting": "", "event": {"n": 2}})

        changed = LAMBDA.update_function_configuration(FunctionName=name, Environment={"Variables": {"GREETING": "cześć"}})
        self.assertEqual(changed["LastUpdateStatus"], "InProgress")
        self.assertEqual(changed["Environment"], {"Variables": {"GREETING": "cześć"}})
        wait_until_updated(name)
        self.assertEqual(self.call(name, {"n": 3}), {"version": 2, "greeting": "cześć", "event": {"n": 3}})

        self.assertIn(LAMBDA.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"], (200, 204))
        gone = "Function not found: " + arn(name)
        self.assert_refused(404, "ResourceNotFoundException", self.exactly(gone), LAMBDA.get_function, FunctionName=name)
        self.assert_refused(404, "ResourceNotFoundException", self.exactly(gone), LAMBDA.delete_function, FunctionName=name)
        self.assert_refused(404, "ResourceNotFoundException", "Function not found: ", LAMBDA.invoke, FunctionName=name)


class PythonFunction(WholeLife, ConformanceTest):
    runtime, handler = PYTHON, "lambda_function.handler"

    @staticmethod
    def files(version):
        return {"lambda_function.py": PYTHON_CODE.replace("VERSION = 1", f"VERSION = {version}")}


class NodejsFunction(WholeLife, ConformanceTest):
    runtime, handler = NODEJS, "index.handler"

    @staticmethod
    def files(version):
        return {"index.js": source("echo.js").replace("version: 1", f"version: {version}")}


class CustomRuntimeFunction(WholeLife, ConformanceTest):
    runtime, handler = CUSTOM, "function.handler"

    @staticmethod
    def files(version):
        return {"bootstrap": source("bootstrap"),
                "function.sh": source("function.sh").replace("VERSION=1", f"VERSION={version}")}


class EveryRuntimeName(ConformanceTest):
    """Any supported name of the three languages is accepted and runs, on whichever interpreter the host has."""

    def test_each_supported_python_runtime_answers(self):
        for runtime in ("python3.10", "python3.11", "python3.13", "python3.14"):
            with self.subTest(runtime):
                name = self.function("py", {"f.py": PYTHON_CODE}, "f.handler", runtime)
                self.assertEqual(self.call(name, 1), {"version": 1, "greeting": "", "event": 1})
                self.assertEqual(LAMBDA.get_function_configuration(FunctionName=name)["Runtime"], runtime)

    def test_each_supported_nodejs_runtime_answers(self):
        for runtime in ("nodejs20.x", "nodejs24.x"):
            with self.subTest(runtime):
                name = self.function("js", {"index.js": source("echo.js")}, "index.handler", runtime)
                self.assertEqual(self.call(name, 1), {"version": 1, "greeting": "", "event": 1})

    def test_a_function_can_move_to_another_runtime(self):
        name = self.function("move", {"f.py": PYTHON_CODE, "f.js": source("echo.js")}, "f.handler")
        self.call(name, 1)
        LAMBDA.update_function_configuration(FunctionName=name, Runtime=NODEJS)
        wait_until_updated(name)
        self.assertEqual(invoke(name, {"now": "node"}).json["event"], {"now": "node"})

    def test_a_name_can_be_used_again_after_delete(self):
        name = self.function("again", {"f.py": PYTHON_CODE}, "f.handler")
        self.call(name, 1)
        LAMBDA.delete_function(FunctionName=name)
        code = PYTHON_CODE.replace("VERSION = 1", "VERSION = 7")
        LAMBDA.create_function(FunctionName=name, Runtime=PYTHON, Role=role(), Handler="f.handler",
                               Code={"ZipFile": package({"f.py": code})})
        wait_until_active(name)
        self.assertEqual(self.call(name, 2)["version"], 7)


if __name__ == "__main__":
    unittest.main()
