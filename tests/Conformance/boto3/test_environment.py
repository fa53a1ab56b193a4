"""The environment variables of a function: those that were recorded on AWS (recorded_environment.json), and where Lambent's APIs are."""

import json
import pathlib
import re
import unittest

from support import ACCESS_KEY, CUSTOM, LAMBDA, NODEJS, PYTHON, REGION, SECRET_KEY, ConformanceTest, create_probe, source, \
    wait_until_updated

RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded_environment.json").read_text())
SERVED_HERE = [f"AWS_ENDPOINT_URL_{service}" for service in ("LAMBDA", "IAM", "STS", "CLOUDWATCH_LOGS")]
SETTINGS = {"MemorySize": 1024, "Environment": {"Variables": {"TEST_KEY": "TEST_VAL"}}}
CUSTOM_FILES = {"bootstrap": source("bootstrap"), "function.sh": source("function.sh")}


class Environment(ConformanceTest):
    def assert_as_recorded(self, found, runtime, name):
        patterns = {**RECORDED["common"], **RECORDED[runtime]}
        ours = {key: found.pop(key, None) for key in SERVED_HERE}
        self.assertEqual(set(ours.values()), {"http://169.254.100.1"})
        self.assertEqual(sorted(found), sorted(patterns))
        for key, pattern in patterns.items():
            pattern = pattern.replace("NAME", re.escape(name)).replace("REGION", re.escape(REGION))
            with self.subTest(key):
                self.assertRegex(found[key], f"^(?:{pattern})$")

    def test_of_a_python_function(self):
        name = create_probe(self.addCleanup, "pyenv", **SETTINGS)
        self.assert_as_recorded(self.call(name, {"do": "env"}), PYTHON, name)

    def test_of_a_nodejs_function(self):
        name = self.function("jsenv", {"index.js": source("echo.js")}, "index.environment", NODEJS, **SETTINGS)
        self.assert_as_recorded(self.call(name, {}), NODEJS, name)

    def test_of_a_custom_runtime_before_its_bootstrap_adds_anything(self):
        name = self.function("shenv", CUSTOM_FILES, "function.environment", CUSTOM, **SETTINGS)
        found = self.call(name, {})
        found.pop("_X_AMZN_TRACE_ID", None)  # recorded from a runtime client that sets it itself, per invoke
        self.assert_as_recorded(found, CUSTOM, name)


class OwnVariables(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "ownenv")

    def set_variables(self, variables):
        LAMBDA.update_function_configuration(FunctionName=self.name, Environment={"Variables": variables})
        wait_until_updated(self.name)
        return self.call(self.name, {"do": "env"})

    def test_values_arrive_unchanged(self):
        values = {"EMPTY": "", "SPACES": "  a  b ", "EQUALS": "a=b=c", "UNICODE": "zażółć", "LINES": "a\nb",
                  "QUOTES": "'\"$HOME`"}
        found = self.set_variables(values)
        self.assertEqual({key: found.get(key) for key in values}, values)

    def test_a_variable_that_was_taken_away_is_gone(self):
        self.assertEqual(self.set_variables({"ONE": "1", "TWO": "2"})["ONE"], "1")
        found = self.set_variables({"TWO": "2"})
        self.assertEqual((found.get("ONE"), found.get("TWO")), (None, "2"))

    def test_a_function_may_set_its_own_path_and_time_zone(self):
        found = self.set_variables({"PATH": "/opt/mine:/usr/bin:/bin", "TZ": "Europe/Warsaw"})
        self.assertEqual((found["PATH"], found["TZ"]), ("/opt/mine:/usr/bin:/bin", "Europe/Warsaw"))

    def test_nothing_of_the_host_leaks_into_the_environment(self):
        found = self.set_variables({})
        self.assertEqual({"HOME", "USER", "HOSTNAME", "DOTNET_ROOT", "LOGNAME", "SHELL"} & set(found), set())

    def test_the_credentials_are_not_those_of_the_caller(self):
        found = self.set_variables({})
        self.assertNotEqual(found["AWS_SECRET_ACCESS_KEY"], SECRET_KEY)
        self.assertNotEqual(found["AWS_ACCESS_KEY_ID"], ACCESS_KEY)


if __name__ == "__main__":
    unittest.main()
