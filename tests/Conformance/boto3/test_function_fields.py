"""Every field that AWS returns for a function, and its form."""

import base64
import hashlib
import unittest
import urllib.error
import urllib.parse
import urllib.request

import wire
from support import LAMBDA, PYTHON, REGION, UUID, ConformanceTest, account, arn, create, delete_quietly, package, role, \
    source, unique, wait_until_active, wait_until_updated

LAST_MODIFIED = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$"
RUNTIME_VERSION = rf"^arn:aws:lambda:{REGION}::runtime:[0-9a-z.]+$"  # what really runs, for example python3.11
FILES = {"probe.py": source("probe.py")}
# What a function has from the first answer on, when nothing optional was asked for.
ALWAYS = {
    "Architectures", "CodeSha256", "CodeSize", "Description", "EphemeralStorage", "FunctionArn", "FunctionName", "Handler",
    "LastModified", "LoggingConfig", "MemorySize", "PackageType", "RevisionId", "Role", "Runtime", "RuntimeVersionConfig",
    "SnapStart", "State", "Timeout", "TracingConfig", "Version",
}


def given(found):
    """The fields that have a value: AWS sends null for the others, every SDK drops it, so both forms are right."""
    return {key for key, value in found.items() if value is not None}


class FunctionFields(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = unique("fields")
        cls.zip = package(FILES)
        body = {"FunctionName": cls.name, "Runtime": PYTHON, "Role": role(), "Handler": "probe.handler",
                "Code": {"ZipFile": base64.b64encode(cls.zip).decode()}}
        cls.created = wire.signed("POST", "/2015-03-31/functions", body)
        cls.addClassCleanup(delete_quietly, cls.name)
        wait_until_active(cls.name)
        cls.got = wire.signed("GET", f"/2015-03-31/functions/{cls.name}")

    def assert_default_configuration(self, found):
        expected = {
            "Architectures": ["x86_64"],
            "CodeSha256": base64.b64encode(hashlib.sha256(self.zip).digest()).decode(),
            "CodeSize": len(self.zip),
            "Description": "",
            "EphemeralStorage": {"Size": 512},
            "FunctionArn": arn(self.name),
            "FunctionName": self.name,
            "Handler": "probe.handler",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/" + self.name},
            "MemorySize": 128,
            "PackageType": "Zip",
            "Role": role(),
            "Runtime": PYTHON,
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "Timeout": 3,
            "TracingConfig": {"Mode": "PassThrough"},
            "Version": "$LATEST",
        }
        self.assertEqual({field: found.get(field) for field in expected}, expected)
        self.assertRegex(found["LastModified"], LAST_MODIFIED)
        self.assertRegex(found["RevisionId"], f"^{UUID}$")
        self.assertRegex(found["RuntimeVersionConfig"]["RuntimeVersionArn"], RUNTIME_VERSION)

    def test_create_answers_201_and_a_request_id(self):
        self.assertEqual(self.created.status, 201, self.created.body)
        self.assertEqual(self.created.headers["content-type"], "application/json")
        self.assertRegex(self.created.headers["x-amzn-requestid"], f"^{UUID}$")

    def test_create_answers_exactly_the_fields_of_aws(self):
        self.assertEqual(given(self.created.json), ALWAYS | {"StateReason", "StateReasonCode"})

    def test_create_answers_every_default_in_its_form(self):
        self.assert_default_configuration(self.created.json)

    def test_create_answers_pending_with_its_reason(self):
        found = self.created.json
        self.assertEqual((found["State"], found["StateReasonCode"], found["StateReason"]),
                         ("Pending", "Creating", "The function is being created."))

    def test_get_function_answers_code_and_configuration_alone(self):
        self.assertEqual(self.got.status, 200)
        self.assertEqual(given(self.got.json), {"Code", "Configuration"})
        self.assertEqual(given(self.got.json["Code"]), {"Location", "RepositoryType"})
        self.assertEqual(self.got.json["Code"]["RepositoryType"], "S3")

    def test_an_active_function_has_exactly_the_fields_of_aws(self):
        self.assertEqual(given(self.got.json["Configuration"]), ALWAYS | {"LastUpdateStatus"})
        self.assert_default_configuration(self.got.json["Configuration"])

    def test_an_active_function_says_active_and_successful(self):
        found = self.got.json["Configuration"]
        self.assertEqual((found["State"], found["LastUpdateStatus"]), ("Active", "Successful"))

    def test_becoming_active_makes_a_new_revision(self):
        self.assertNotEqual(self.got.json["Configuration"]["RevisionId"], self.created.json["RevisionId"])

    def test_get_function_configuration_answers_the_same_configuration(self):
        found = wire.signed("GET", f"/2015-03-31/functions/{self.name}/configuration")
        self.assertEqual(found.json, self.got.json["Configuration"])

    def test_the_latest_qualifier_appears_in_the_arn(self):
        found = LAMBDA.get_function_configuration(FunctionName=self.name, Qualifier="$LATEST")
        self.assertEqual(found["FunctionArn"], arn(self.name, "$LATEST"))

    def test_a_function_can_be_asked_for_by_every_form_of_its_name(self):
        for form in (self.name, arn(self.name), f"{account()}:function:{self.name}", f"function:{self.name}"):
            with self.subTest(form):
                self.assertEqual(LAMBDA.get_function(FunctionName=form)["Configuration"]["FunctionName"], self.name)

    def test_the_code_location_downloads_the_very_bytes(self):
        with urllib.request.urlopen(self.got.json["Code"]["Location"], timeout=30) as answer:
            self.assertEqual(answer.read(), self.zip)

    def test_the_code_location_without_its_signature_is_refused(self):
        bare = urllib.parse.urlsplit(self.got.json["Code"]["Location"])._replace(query="").geturl()
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(bare, timeout=30)
        self.assertEqual(caught.exception.code, 403)

    def test_the_code_location_with_a_changed_signature_is_refused(self):
        location = self.got.json["Code"]["Location"]
        last = "0" if location[-1] != "0" else "1"
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(location[:-1] + last, timeout=30)
        self.assertEqual(caught.exception.code, 403)


class FunctionSettings(ConformanceTest):
    def test_every_setting_given_at_create_comes_back(self):
        settings = {
            "Description": "zażółć", "Timeout": 42, "MemorySize": 640, "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 1024}, "Environment": {"Variables": {"ONE": "1", "EMPTY": ""}},
            "TracingConfig": {"Mode": "Active"}, "Tags": {"team": "conformance"},
        }
        name = self.function("settings", FILES, "probe.handler", **settings)
        found = LAMBDA.get_function(FunctionName=name)
        self.assertEqual(found.get("Tags"), settings.pop("Tags"))
        self.assertEqual({key: found["Configuration"].get(key) for key in settings}, settings)

    def test_an_empty_environment_is_answered_as_given(self):
        name = self.function("noenv", FILES, "probe.handler", Environment={"Variables": {}})
        self.assertEqual(LAMBDA.get_function_configuration(FunctionName=name)["Environment"], {"Variables": {}})


class FunctionUpdates(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create(cls.addClassCleanup, "updates", FILES, "probe.handler")

    def test_every_setting_can_be_updated_and_the_rest_stays(self):
        before = LAMBDA.get_function_configuration(FunctionName=self.name)
        settings = {"Description": "changed", "Timeout": 9, "MemorySize": 256, "EphemeralStorage": {"Size": 700},
                    "Environment": {"Variables": {"KEY": "v"}}, "TracingConfig": {"Mode": "Active"}}
        LAMBDA.update_function_configuration(FunctionName=self.name, **settings)
        wait_until_updated(self.name)
        after = LAMBDA.get_function_configuration(FunctionName=self.name)
        self.assertEqual({key: after[key] for key in settings}, settings)
        untouched = ("Handler", "Runtime", "Role", "CodeSha256", "CodeSize", "Architectures", "FunctionArn")
        self.assertEqual({key: after[key] for key in untouched}, {key: before[key] for key in untouched})

    def test_an_update_in_progress_says_so_with_its_reason(self):
        found = wire.signed("PUT", f"/2015-03-31/functions/{self.name}/configuration", {"Description": "in progress"}).json
        wait_until_updated(self.name)
        self.assertEqual((found["LastUpdateStatus"], found["LastUpdateStatusReasonCode"], found["LastUpdateStatusReason"]),
                         ("InProgress", "Creating", "The function is being created."))
        self.assertEqual(found["State"], "Active")

    def test_an_update_makes_new_revisions(self):
        before = LAMBDA.get_function_configuration(FunctionName=self.name)
        during = LAMBDA.update_function_configuration(FunctionName=self.name, Description="newer")
        wait_until_updated(self.name)
        after = LAMBDA.get_function_configuration(FunctionName=self.name)
        self.assertEqual(len({before["RevisionId"], during["RevisionId"], after["RevisionId"]}), 3)
        self.assertRegex(after["LastModified"], LAST_MODIFIED)  # AWS cuts it to whole seconds after an update

    def test_reading_makes_no_new_revision(self):
        revisions = {LAMBDA.get_function(FunctionName=self.name)["Configuration"]["RevisionId"] for _ in range(3)}
        self.assertEqual(len(revisions), 1)

    def test_the_right_revision_lets_an_update_through(self):
        revision = LAMBDA.get_function_configuration(FunctionName=self.name)["RevisionId"]
        LAMBDA.update_function_configuration(FunctionName=self.name, Description="revised", RevisionId=revision)
        wait_until_updated(self.name)
        self.assertEqual(LAMBDA.get_function_configuration(FunctionName=self.name)["Description"], "revised")

    def test_a_dry_run_of_new_code_changes_nothing(self):
        before = LAMBDA.get_function_configuration(FunctionName=self.name)
        answer = LAMBDA.update_function_code(FunctionName=self.name, ZipFile=package({"other.py": "x = 1"}), DryRun=True)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 200)
        after = LAMBDA.get_function_configuration(FunctionName=self.name)
        for field in ("CodeSha256", "CodeSize", "RevisionId", "LastModified"):
            self.assertEqual(after[field], before[field], field)


if __name__ == "__main__":
    unittest.main()
