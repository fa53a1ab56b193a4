"""Debian's AWS CLI 2, unmodified, as a user types it: deploy, wait, invoke, update, list, delete."""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import uuid
import zipfile

for _needed in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    if not os.environ.get(_needed):
        # unittest turns an exception here into a traceback; one sentence is what helps.
        sys.stderr.write(f'{_needed} is not set: start Lambent and run eval "$(./lambent env)" first.\n')
        sys.stderr.flush()
        os._exit(2)

AWS = os.environ.get("LAMBENT_TEST_AWS_CLI", "/usr/bin/aws")
REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
CODE = """
VERSION = 1

def handler(event, context):
    print("cli says", event)
    return {"version": VERSION, "event": event}
"""


class CliError(Exception):
    pass


def aws(*arguments, **settings):
    """Runs the CLI; returns what it printed, parsed when it is JSON. The CLI of Debian predates AWS_ENDPOINT_URL."""
    environment = {**os.environ, "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                   "AWS_DEFAULT_REGION": REGION, "AWS_DEFAULT_OUTPUT": "json", "AWS_MAX_ATTEMPTS": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([AWS, "--endpoint-url", os.environ["AWS_ENDPOINT_URL"], *arguments],
                          capture_output=True, text=True, env=environment, timeout=60, **settings)
    if done.returncode:
        raise CliError(done.stderr.strip())
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout


class CommandLine(unittest.TestCase):
    """Tests share one function; its name tells them apart from a user's own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lambent-cli-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.identity = aws("sts", "get-caller-identity")
        cls.names = []
        cls.addClassCleanup(cls.delete_all)
        cls.name, cls.created = cls.create("cli")

    @classmethod
    def delete_all(cls):
        for name in cls.names:
            try:
                aws("lambda", "delete-function", "--function-name", name)
            except CliError as error:
                if "ResourceNotFoundException" not in str(error):
                    raise

    @classmethod
    def zip(cls, code):
        path = cls.folder / f"{uuid.uuid4().hex}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("app.py", code)
        return f"fileb://{path}"

    @classmethod
    def create(cls, what):
        name = f"conf-{what}-{uuid.uuid4().hex[:10]}"
        created = aws("lambda", "create-function", "--function-name", name, "--runtime", "python3.12",
                      "--handler", "app.handler", "--zip-file", cls.zip(CODE),
                      "--role", f"arn:aws:iam::{cls.identity['Account']}:role/conformance")
        cls.names.append(name)
        aws("lambda", "wait", "function-active-v2", "--function-name", name)
        return name, created

    def invoke(self, *arguments, name=None):
        out = self.folder / "out.json"
        answer = aws("lambda", "invoke", "--function-name", name or self.name, *arguments, str(out))
        return answer, out.read_text()

    def test_sts_get_caller_identity_names_the_account(self):
        self.assertRegex(self.identity["Account"], r"^\d{12}$")
        self.assertEqual(self.identity["Account"], os.environ.get("LAMBENT_ACCOUNT_ID", self.identity["Account"]))
        self.assertEqual(set(self.identity), {"UserId", "Account", "Arn"})

    def test_create_function_prints_the_pending_function(self):
        self.assertEqual(self.created["State"], "Pending")
        prefix = f"arn:aws:lambda:{REGION}:{self.identity['Account']}:function:conf-cli"
        self.assertTrue(self.created["FunctionArn"].startswith(prefix), self.created["FunctionArn"])

    def test_a_raw_payload_is_invoked_and_answered(self):
        answer, out = self.invoke("--cli-binary-format", "raw-in-base64-out", "--payload", '{"text":"zażółć"}')
        self.assertEqual(answer, {"StatusCode": 200, "ExecutedVersion": "$LATEST"})
        self.assertEqual(json.loads(out), {"version": 1, "event": {"text": "zażółć"}})

    def test_a_base64_payload_is_invoked_and_answered(self):
        _, out = self.invoke("--payload", base64.b64encode(b"[1,2]").decode())
        self.assertEqual(json.loads(out)["event"], [1, 2])

    def test_a_payload_from_a_file_is_invoked_and_answered(self):
        (self.folder / "event.json").write_text('{"from":"a file"}')
        _, out = self.invoke("--payload", f"fileb://{self.folder}/event.json")
        self.assertEqual(json.loads(out)["event"], {"from": "a file"})

    def test_log_type_tail_shows_the_log(self):
        answer, _ = self.invoke("--log-type", "Tail", "--cli-binary-format", "raw-in-base64-out", "--payload", "7")
        log = base64.b64decode(answer["LogResult"]).decode()
        self.assertRegex(log, r"START RequestId: \S+ Version: \$LATEST\ncli says 7\nEND RequestId: \S+\nREPORT RequestId: ")

    def test_the_log_is_read_by_the_query_of_the_aws_documentation(self):
        printed = aws("lambda", "invoke", "--function-name", self.name, str(self.folder / "out"), "--log-type", "Tail",
                      "--query", "LogResult", "--output", "text")
        self.assertTrue(re.search("^END RequestId", base64.b64decode(printed).decode(), re.MULTILINE))

    def test_event_and_dry_run_print_202_and_204(self):
        self.assertEqual(self.invoke("--invocation-type", "Event")[0], {"StatusCode": 202})
        self.assertEqual(self.invoke("--invocation-type", "DryRun")[0], {"StatusCode": 204})

    def test_a_failing_function_is_shown_as_unhandled(self):
        name, _ = self.create("clifail")
        aws("lambda", "update-function-code", "--function-name", name, "--zip-file",
            self.zip("def handler(event, context):\n    raise ValueError('from the cli')\n"))
        aws("lambda", "wait", "function-updated-v2", "--function-name", name)
        answer, out = self.invoke(name=name)
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.loads(out)["errorType"], "ValueError")

    def test_code_and_configuration_are_updated_and_the_function_deleted(self):
        name, _ = self.create("clilife")
        updated = aws("lambda", "update-function-code", "--function-name", name, "--zip-file",
                      self.zip(CODE.replace("VERSION = 1", "import os\nVERSION = os.environ.get('STAGE')")))
        self.assertEqual(updated["LastUpdateStatus"], "InProgress")
        aws("lambda", "wait", "function-updated", "--function-name", name)
        aws("lambda", "update-function-configuration", "--function-name", name, "--timeout", "9", "--memory-size", "256",
            "--environment", "Variables={STAGE=two}")
        aws("lambda", "wait", "function-updated-v2", "--function-name", name)
        self.assertEqual(json.loads(self.invoke(name=name)[1])["version"], "two")
        found = aws("lambda", "get-function-configuration", "--function-name", name)
        self.assertEqual((found["Timeout"], found["MemorySize"]), (9, 256))
        self.assertEqual(found["Environment"], {"Variables": {"STAGE": "two"}})
        aws("lambda", "delete-function", "--function-name", name)
        with self.assertRaisesRegex(CliError, r"\(ResourceNotFoundException\) when calling the GetFunction"):
            aws("lambda", "get-function", "--function-name", name)

    def test_list_functions_goes_through_every_page(self):
        names = {self.name, self.create("clilist")[0], self.create("clilist")[0]}
        for size in ("1", "50"):
            found = aws("lambda", "list-functions", "--page-size", size)["Functions"]
            listed = [function["FunctionName"] for function in found]
            self.assertEqual({name: listed.count(name) for name in names}, dict.fromkeys(names, 1))

    def test_list_functions_goes_on_from_its_starting_token(self):
        self.create("clitoken")
        first = aws("lambda", "list-functions", "--max-items", "1")
        second = aws("lambda", "list-functions", "--max-items", "1", "--starting-token", first["NextToken"])
        self.assertEqual((len(first["Functions"]), len(second["Functions"])), (1, 1))
        self.assertNotEqual(first["Functions"][0]["FunctionName"], second["Functions"][0]["FunctionName"])

    def test_account_settings_are_shown(self):
        self.assertEqual(aws("lambda", "get-account-settings")["AccountLimit"]["ConcurrentExecutions"], 1000)


if __name__ == "__main__":
    unittest.main()
