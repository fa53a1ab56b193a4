"""./lambent deploy, as a user types it, and what the AWS CLI sees afterwards."""

import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

from test_cli import CliError, aws

ROOT = pathlib.Path(__file__).resolve().parents[3]
HANDLER = "def handler(event, context):\n    return {'deployed': %d}\n"


def lambent(*arguments):
    program = next(ROOT.glob("artifacts/bin/Lambent/release*/lambent"))
    return subprocess.run([program, "deploy", *arguments], capture_output=True, text=True, timeout=60, env=os.environ)


class Deploy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lambent-deploy-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.name = f"conf-deploy-{uuid.uuid4().hex[:10]}"
        self.addCleanup(self.delete)
        (self.folder / "app.py").write_text(HANDLER % 1)

    def delete(self):
        try:
            aws("lambda", "delete-function", "--function-name", self.name)
        except CliError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    def deploy(self, *arguments):
        done = lambent(str(self.folder), "--name", self.name, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def configuration(self):
        return aws("lambda", "get-function-configuration", "--function-name", self.name)

    def invoke(self):
        out = self.folder.with_suffix(".out")
        self.addCleanup(out.unlink, missing_ok=True)
        aws("lambda", "invoke", "--function-name", self.name, str(out))
        return json.loads(out.read_text())

    def test_a_folder_becomes_a_function_and_then_its_new_version(self):
        printed = self.deploy("--memory", "256", "--timeout", "7", "--env", "STAGE=a=b", "--env", "OTHER=x")
        self.assertIn("created: python3.13, app.handler", printed)
        self.assertIn(f":function:{self.name}:1\n", printed)
        self.assertEqual(self.invoke(), {"deployed": 1})
        made = self.configuration()
        self.assertEqual((made["MemorySize"], made["Timeout"]), (256, 7))
        self.assertEqual(made["Environment"]["Variables"], {"STAGE": "a=b", "OTHER": "x"})

        (self.folder / "app.py").write_text(HANDLER % 2)
        self.assertIn("updated", self.deploy("--memory", "512"))
        self.assertEqual(self.invoke(), {"deployed": 2})
        changed = self.configuration()
        self.assertEqual((changed["MemorySize"], changed["Timeout"]), (512, 7))
        versions = aws("lambda", "list-versions-by-function", "--function-name", self.name)["Versions"]
        self.assertEqual([v["Version"] for v in versions], ["$LATEST", "1", "2"])

    def test_nothing_changes_when_nothing_changed(self):
        options = ("--memory", "256", "--env", "STAGE=test", "--url")
        self.deploy(*options)
        before = self.configuration()
        printed = self.deploy(*options)
        self.assertIn("unchanged", printed)
        self.assertIn("Version 1\n", printed)
        self.assertEqual(self.configuration(), before)

    def test_a_url_is_public(self):
        printed = self.deploy("--url")
        url = next(line for line in printed.split("\n") if line.startswith("http"))
        parts = urllib.parse.urlsplit(url)  # curl knows names below localhost; Python asks the system, which may not
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/", headers={"Host": parts.netloc})
        self.assertEqual(json.load(connection.getresponse()), {"deployed": 1})

    def test_what_cannot_be_told_is_refused(self):
        (self.folder / "app.py").rename(self.folder / "else.txt")
        done = lambent(str(self.folder), "--name", self.name)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--runtime", done.stderr)

    def test_lambdas_own_refusal_is_shown(self):
        done = lambent(str(self.folder), "--name", self.name, "--memory", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Member must have value greater than or equal to 128", done.stderr)


if __name__ == "__main__":
    unittest.main()
