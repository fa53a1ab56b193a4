"""What was recorded on AWS of a function's settings: which members an answer has and has not, and what changes with what."""

import json
import os
import time
import unittest

import wire
from support import LAMBDA, PYTHON, REGION, UNCHECKED, ConformanceTest, account, create, create_probe, eventually, package, role, unique, \
    wait_until_updated

INVALID = "InvalidParameterValueException"
PROFILE = f"arn:aws:signer:{REGION}:{account()}:/signing-profiles/p"


class RecordedSettings(ConformanceTest):
    """One function with a version and an alias; each test is one rule."""

    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "recorded", Publish=True)
        LAMBDA.create_alias(FunctionName=cls.name, Name="live", FunctionVersion="1")

    def assert_untyped(self, status, code, message, operation, **arguments):
        """Refused with a body that has the message and no Type."""
        answer = self.assert_refused(status, code, self.exactly(message), operation, **arguments)
        self.assertNotIn("Type", answer)


class Concurrency(RecordedSettings):
    def test_limits_are_refused_without_a_type(self):
        most = LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        self.assert_untyped(
            400, INVALID, "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
            "minimum value of [100].", LAMBDA.put_function_concurrency, FunctionName=self.name, ReservedConcurrentExecutions=most)
        self.assert_untyped(
            400, INVALID, f"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{most}].",
            LAMBDA.put_provisioned_concurrency_config, FunctionName=self.name, Qualifier="1", ProvisionedConcurrentExecutions=most + 1)

    def test_a_reservation_that_is_too_small_for_environments_is_refused_with_a_type(self):
        self.addCleanup(LAMBDA.delete_function_concurrency, FunctionName=self.name)
        LAMBDA.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=1)
        answer = self.assert_refused(
            400, INVALID, self.exactly("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"),
            LAMBDA.put_provisioned_concurrency_config, FunctionName=self.name, Qualifier="1", ProvisionedConcurrentExecutions=2)
        self.assertEqual(answer["Type"], "User")

    def test_the_version_behind_an_alias_gets_a_new_revision_with_its_environments(self):
        before = LAMBDA.get_function_configuration(FunctionName=self.name, Qualifier="1")["RevisionId"]
        of = {"FunctionName": self.name, "Qualifier": "live"}
        LAMBDA.put_provisioned_concurrency_config(**of, ProvisionedConcurrentExecutions=1)
        self.addCleanup(LAMBDA.delete_provisioned_concurrency_config, **of)
        self.assertNotEqual(LAMBDA.get_function_configuration(**of)["RevisionId"], before)


    def test_a_version_that_its_alias_has_left_runs_on_demand(self):
        code = "import os\ndef handler(e, c):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
        name = self.function("moved", {"app.py": code}, "app.handler", Publish=True)
        of = {"FunctionName": name, "Qualifier": "live"}
        LAMBDA.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        LAMBDA.put_provisioned_concurrency_config(**of, ProvisionedConcurrentExecutions=1)

        def runs(qualifier, how):  # asked slowly: a unit of concurrency takes ten requests a second
            time.sleep(0.2)
            return self.call(name, {}, Qualifier=qualifier) == how

        self.assertTrue(eventually(lambda: runs("1", "provisioned-concurrency")))
        LAMBDA.update_function_configuration(FunctionName=name, Timeout=9)
        wait_until_updated(name)
        LAMBDA.publish_version(FunctionName=name)
        LAMBDA.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
        self.assertTrue(eventually(lambda: runs("live", "provisioned-concurrency")))
        self.assertTrue(eventually(lambda: runs("1", "on-demand")))


class DeadLetters(RecordedSettings):
    def test_only_an_empty_target_takes_the_target_away(self):
        target = {"TargetArn": f"arn:aws:sqs:{REGION}:{account()}:recorded"}
        name = create_probe(self.addCleanup, "letters", DeadLetterConfig=target)
        self.assertEqual(LAMBDA.update_function_configuration(FunctionName=name, DeadLetterConfig={})["DeadLetterConfig"], target)
        wait_until_updated(name)
        self.assertNotIn("DeadLetterConfig", LAMBDA.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""}))


class Permissions(RecordedSettings):
    PERMISSION = {"Action": "lambda:InvokeFunction", "StatementId": "s", "Principal": "s3.amazonaws.com"}

    def test_a_host_that_is_not_of_AWS_is_no_principal(self):
        self.assert_refused(
            400, INVALID, self.exactly("The provided principal was invalid. Please check the principal and try again."),
            LAMBDA.add_permission, FunctionName=self.name, **{**self.PERMISSION, "Principal": "invalid.nonaws.com"})

    def test_a_stale_revision_names_where_the_latest_is(self):
        stale = "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve the latest Revision Id"
        LAMBDA.add_permission(FunctionName=self.name, **self.PERMISSION)
        self.addCleanup(LAMBDA.remove_permission, FunctionName=self.name, StatementId="s")
        given = {"FunctionName": self.name, "RevisionId": "wrong"}
        self.assert_refused(412, "PreconditionFailedException", self.exactly(stale.format("GetPolicy")),
                            LAMBDA.add_permission, **given, **{**self.PERMISSION, "StatementId": "other"})
        self.assert_refused(412, "PreconditionFailedException", self.exactly(stale.format("GetFunction/GetAlias")),
                            LAMBDA.remove_permission, **given, StatementId="s")

    def test_publishing_changes_the_revision_of_the_policy_and_gives_the_version_none(self):
        name = create_probe(self.addCleanup, "policy")
        LAMBDA.add_permission(FunctionName=name, **self.PERMISSION)
        before = LAMBDA.get_policy(FunctionName=name)["RevisionId"]
        version = LAMBDA.publish_version(FunctionName=name)
        after = LAMBDA.get_policy(FunctionName=name)["RevisionId"]
        self.assertEqual(len({before, after, version["RevisionId"]}), 3)
        self.assertEqual(LAMBDA.get_function(FunctionName=name)["Configuration"]["RevisionId"], after)
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("The resource you requested does not exist."),
                            LAMBDA.get_policy, FunctionName=name, Qualifier="1")


class FunctionUrls(RecordedSettings):
    """Debian's boto3 is older than InvokeMode."""

    def test_the_mode_is_answered_to_writers_once_it_was_given(self):
        path = f"/2021-10-31/functions/{self.name}/url"
        self.addCleanup(LAMBDA.delete_function_url_config, FunctionName=self.name)
        self.assertNotIn("InvokeMode", wire.signed("POST", path, {"AuthType": "NONE"}).json)
        self.assertNotIn("InvokeMode", wire.signed("PUT", path, {"AuthType": "AWS_IAM"}).json)
        self.assertEqual(wire.signed("GET", path).json["InvokeMode"], "BUFFERED")
        self.assertEqual(wire.signed("PUT", path, {"InvokeMode": "RESPONSE_STREAM"}).json["InvokeMode"], "RESPONSE_STREAM")
        self.assertEqual(wire.signed("PUT", path, {}).json["InvokeMode"], "RESPONSE_STREAM")


class CodeSigning(RecordedSettings):
    def test_a_configuration_that_is_not_there_is_refused_without_a_type(self):
        none = f"arn:aws:lambda:{REGION}:{account()}:code-signing-config:csc-0123456789abcdef0"
        for operation in ("get_code_signing_config", "update_code_signing_config", "delete_code_signing_config", "list_functions_by_code_signing_config"):
            with self.subTest(operation):
                self.assert_untyped(404, "ResourceNotFoundException", f"The Lambda code signing configuration {none} can not be found.",
                                    getattr(LAMBDA, operation), CodeSigningConfigArn=none)

    def test_a_function_without_a_configuration_is_answered_without_members(self):
        answer = LAMBDA.get_function_code_signing_config(FunctionName=self.name)
        self.assertEqual(set(answer), {"ResponseMetadata"})

    def test_an_update_of_nothing_changes_nothing_that_is_said(self):
        made = LAMBDA.create_code_signing_config(
            Description="d", AllowedPublishers={"SigningProfileVersionArns": [PROFILE]}, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
        made = made["CodeSigningConfig"]
        self.addCleanup(LAMBDA.delete_code_signing_config, CodeSigningConfigArn=made["CodeSigningConfigArn"])
        after = LAMBDA.update_code_signing_config(CodeSigningConfigArn=made["CodeSigningConfigArn"])["CodeSigningConfig"]
        self.assertEqual({**after, "LastModified": None}, {**made, "LastModified": None})


class Sizes(ConformanceTest):
    def test_code_must_unzip_to_less_than_250_megabytes(self):
        self.assert_refused(
            400, INVALID, self.exactly("Unzipped size must be smaller than 262144000 bytes"), LAMBDA.create_function, FunctionName=unique("full"),
            Runtime=PYTHON, Handler="a.b", Role=role(), Code={"ZipFile": package({"a.py": b"#" * 262_144_000})})

    def test_the_environment_is_measured_as_json_in_the_order_that_it_was_given(self):
        for variables in ({"LARGE_VAR": "x" * 4081}, {"SMALL_VAR": "ok", "LARGE_VAR": "x" * 4064}):
            text = json.dumps(variables, separators=(",", ":"))
            self.assertEqual(len(text), 4097)
            self.assert_refused(
                400, INVALID, self.exactly("Lambda was unable to configure your environment variables because the environment variables you have "
                                           f"provided exceeded the 4KB limit. String measured: {text}"),
                UNCHECKED.create_function, FunctionName=unique("environment"), Runtime=PYTHON, Handler="a.b", Role=role(),
                Code={"ZipFile": package({"a.py": ""})}, Environment={"Variables": variables})

    def test_versions_of_functions_and_layers_each_count_as_code(self):
        """Of an account that nobody else uses meanwhile."""
        code, layer = package({"a.py": os.urandom(64)}), package({"b": os.urandom(64)})
        found = [self.used()]
        name = create(self.addCleanup, "counted", {"a.py": "def b(e, c): pass"}, "a.b")
        found.append(self.used())
        LAMBDA.publish_version(FunctionName=name)
        found.append(self.used())
        size = LAMBDA.get_function_configuration(FunctionName=name)["CodeSize"]
        LAMBDA.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        found.append(self.used())
        of = unique("counted")
        for _ in range(2):
            version = LAMBDA.publish_layer_version(LayerName=of, Content={"ZipFile": layer})["Version"]
            self.addCleanup(LAMBDA.delete_layer_version, LayerName=of, VersionNumber=version)
            found.append(self.used())
        self.assertEqual([b - a for a, b in zip(found, found[1:])], [size, size, 2 * len(code) - size, len(layer), len(layer)])

    @staticmethod
    def used():
        return LAMBDA.get_account_settings()["AccountUsage"]["TotalCodeSize"]


if __name__ == "__main__":
    unittest.main()
