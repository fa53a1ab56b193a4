"""The calls that Terraform's AWS provider makes for its resources, in its order, with what it reads of their answers.

Source: internal/service/lambda of the provider. Each method is one resource: create, the read after it (which must find what was
asked for, or the plan is never empty), update, delete, and the read that must find nothing.
"""

import http.client
import json
import unittest
import urllib.parse

from botocore.exceptions import ClientError

from support import LAMBDA, PYTHON, ConformanceTest, account, arn, delete_quietly, eventually, package, role, unique
from wire import signed

CODE = {"app.py": "def handler(event, context):\n    return {'version': 1, 'event': event}\n"}
NEW_CODE = {"app.py": "def handler(event, context):\n    return {'version': 2, 'event': event}\n"}
RETRIED = ("The role defined for the function cannot be assumed by Lambda",
           "The provided execution role does not have permissions")


def gone(operation, **arguments):
    """True if the resource is not found, which ends the provider's wait for a deletion."""
    try:
        operation(**arguments)
    except LAMBDA.exceptions.ResourceNotFoundException:
        return True
    return False


class Provider(ConformanceTest):
    """What the provider does in more than one resource."""

    def create_function(self, **settings):
        name = unique("terraform")
        arguments = {"FunctionName": name, "Role": role(), "Runtime": PYTHON, "Handler": "app.handler", "MemorySize": 128, "Timeout": 3,
                     "PackageType": "Zip", "Publish": False, "Code": {"ZipFile": package(CODE)}, **settings}
        self.retried(LAMBDA.create_function, **arguments)
        self.addCleanup(delete_quietly, name)
        self.wait(name, "State", pending=("Pending",), target="Active")
        return name

    def retried(self, operation, **arguments):
        """retryFunctionOp: a role that is too new, and a conflict, are tried again."""
        def attempt():
            try:
                return operation(**arguments)
            except LAMBDA.exceptions.ResourceConflictException:
                return None
            except LAMBDA.exceptions.InvalidParameterValueException as error:
                if any(text in str(error) for text in RETRIED):
                    return None
                raise
        return eventually(attempt) or self.fail(f"{operation} was not possible")

    def wait(self, name, status, pending, target):
        """statusFunctionState and statusFunctionLastUpdateStatus: GetFunction until the target; nothing else may come between."""
        def reached():
            answer = LAMBDA.get_function(FunctionName=name)
            self.assertTrue(answer["Code"] and answer["Configuration"])
            found = answer["Configuration"][status]
            self.assertIn(found, (*pending, target))
            return found == target
        self.assertTrue(eventually(reached))

    def updated(self, name):
        self.wait(name, "LastUpdateStatus", pending=("InProgress",), target="Successful")

    def latest_version(self, name):
        """findLatestFunctionVersionByName: the last of the last page."""
        pages = LAMBDA.get_paginator("list_versions_by_function").paginate(FunctionName=name, MaxItems=10000)
        last = None
        for page in pages:
            self.assertTrue(page["Versions"])
            if not page.get("NextMarker"):
                last = page["Versions"][-1]
        return last

    def read_function(self, name, **expected):
        """resourceFunctionRead. Answers GetFunction's configuration."""
        output = LAMBDA.get_function(FunctionName=name)
        function, code = output["Configuration"], output["Code"]
        self.assertEqual((code["RepositoryType"], "ImageUri" in code, "SourceKMSKeyArn" in code), ("S3", False, False))
        self.assertEqual(self.download(code["Location"]), function["CodeSize"])
        for member in ("FunctionArn", "CodeSha256", "LastModified", "Role", "Runtime", "Handler", "Version"):
            self.assertTrue(function[member], member)
        self.assertEqual(function["FunctionArn"], arn(name))
        self.assertEqual(function["PackageType"], "Zip")
        for member, value in expected.items():
            found = output if member in ("Tags", "Concurrency") else function
            self.assertEqual(found.get(member), value, member)
        latest = self.latest_version(name)
        self.assertEqual(latest["FunctionArn"], arn(name, latest["Version"]))
        signing = LAMBDA.get_function_code_signing_config(FunctionName=name)
        self.assertFalse(signing.get("CodeSigningConfigArn"))
        self.assertEqual(signing["ResponseMetadata"]["HTTPStatusCode"], 200)
        return function

    def download(self, location):
        parts = urllib.parse.urlsplit(location)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        return len(answer.read())


class Function(Provider):
    def test_the_plan_after_a_creation_is_empty(self):
        name = self.create_function(
            Description="made by Terraform", Environment={"Variables": {"STAGE": "test"}}, EphemeralStorage={"Size": 1024},
            Architectures=["x86_64"], TracingConfig={"Mode": "Active"}, Tags={"Environment": "test"})
        function = self.read_function(
            name, Description="made by Terraform", EphemeralStorage={"Size": 1024}, Architectures=["x86_64"],
            TracingConfig={"Mode": "Active"}, Tags={"Environment": "test"}, Concurrency=None, MemorySize=128, Timeout=3)
        self.assertEqual(function["Environment"], {"Variables": {"STAGE": "test"}})
        on_the_wire = signed("GET", f"/2015-03-31/functions/{name}").json["Configuration"]  # newer than Debian's boto3
        self.assertEqual(on_the_wire["LoggingConfig"], {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"})
        self.assertEqual(on_the_wire["SnapStart"], {"ApplyOn": "None", "OptimizationStatus": "Off"})
        self.assertFalse(function.get("VpcConfig") or function.get("DeadLetterConfig") or function.get("Layers"))
        self.assertEqual(self.latest_version(name)["Version"], "$LATEST")

    def test_reads_change_nothing(self):
        name = self.create_function()
        self.assertEqual(self.read_function(name), self.read_function(name))

    def test_settings_then_code_then_concurrency_then_a_version(self):
        name = self.create_function(Environment={"Variables": {"STAGE": "test"}}, Publish=True)
        before = self.read_function(name)
        self.retried(LAMBDA.update_function_configuration, FunctionName=name, Environment={"Variables": {}}, MemorySize=256,
                     VpcConfig={"SubnetIds": [], "SecurityGroupIds": []},
                     DeadLetterConfig={"TargetArn": ""}, FileSystemConfigs=[], Layers=[], TracingConfig={"Mode": "PassThrough"})
        self.updated(name)
        LAMBDA.update_function_code(FunctionName=name, ZipFile=package(NEW_CODE))
        self.updated(name)
        LAMBDA.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
        published = self.retried(LAMBDA.publish_version, FunctionName=name)
        self.assertTrue(eventually(lambda: LAMBDA.get_function_configuration(
            FunctionName=published["FunctionArn"], Qualifier=published["Version"]).get("LastUpdateStatus") == "Successful"))
        after = self.read_function(name, MemorySize=256, Concurrency={"ReservedConcurrentExecutions": 5})
        self.assertNotEqual(before["CodeSha256"], after["CodeSha256"])
        self.assertEqual(self.latest_version(name)["Version"], "2")
        qualified = LAMBDA.get_function(FunctionName=name, Qualifier="2")
        self.assertEqual(qualified["Configuration"]["FunctionArn"], arn(name, "2"))
        self.assertEqual(LAMBDA.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"], 5)
        LAMBDA.delete_function_concurrency(FunctionName=name)
        self.read_function(name, Concurrency=None)

    def test_a_deletion_is_seen_at_once_and_not_again(self):
        name = self.create_function()
        LAMBDA.delete_function(FunctionName=name)
        self.assertTrue(eventually(lambda: gone(LAMBDA.get_function, FunctionName=name)))
        self.assertTrue(gone(LAMBDA.delete_function, FunctionName=name))

    def test_more_versions_than_a_page(self):
        name = self.create_function()
        for number in range(52):
            LAMBDA.update_function_configuration(FunctionName=name, Description=f"number {number}")
            self.updated(name)
            LAMBDA.publish_version(FunctionName=name)
        self.assertEqual(self.latest_version(name)["Version"], "52")

    def test_tags_are_changed_by_the_arn(self):
        name = self.create_function(Tags={"a": "1", "b": "2"})
        LAMBDA.untag_resource(Resource=arn(name), TagKeys=["a"])
        LAMBDA.tag_resource(Resource=arn(name), Tags={"b": "3", "c": "4"})
        self.assertEqual(LAMBDA.list_tags(Resource=arn(name))["Tags"], {"b": "3", "c": "4"})
        self.read_function(name, Tags={"b": "3", "c": "4"})

    def test_the_other_settings_have_answers(self):
        name = self.create_function()
        runtime = signed("GET", f"/2021-07-20/functions/{name}/runtime-management-config").json
        self.assertEqual((runtime["UpdateRuntimeOn"], runtime["FunctionArn"]), ("Auto", arn(name, "$LATEST")))
        self.assertEqual(signed("GET", f"/2024-08-31/functions/{name}/recursion-config").json, {"RecursiveLoop": "Terminate"})


class WhatBelongsToFunctions(Provider):
    def setUp(self):
        self.name = self.create_function(Publish=True)

    def test_aws_lambda_alias(self):
        created = LAMBDA.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1", Description="d")
        self.assertEqual(created["AliasArn"], arn(self.name, "live"))
        got = LAMBDA.get_alias(FunctionName=self.name, Name="live")
        self.assertEqual((got["FunctionVersion"], got["Description"], got.get("RoutingConfig")), ("1", "d", None))
        LAMBDA.update_alias(FunctionName=self.name, Name="live", FunctionVersion="$LATEST", Description="e",
                            RoutingConfig={"AdditionalVersionWeights": {}})
        got = LAMBDA.get_alias(FunctionName=self.name, Name="live")
        self.assertEqual((got["FunctionVersion"], got["Description"], got.get("RoutingConfig")), ("$LATEST", "e", None))
        LAMBDA.delete_alias(FunctionName=self.name, Name="live")
        self.assertTrue(gone(LAMBDA.get_alias, FunctionName=self.name, Name="live"))

    def test_aws_lambda_permission(self):
        arguments = {"FunctionName": self.name, "Qualifier": "1"}
        LAMBDA.add_permission(**arguments, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                              SourceArn="arn:aws:s3:::bucket", SourceAccount=account())
        statement = next(s for s in self.statements(**arguments) if s["Sid"] == "s3")
        self.assertEqual((statement["Effect"], statement["Action"], statement["Principal"], statement["Resource"]),
                         ("Allow", "lambda:InvokeFunction", {"Service": "s3.amazonaws.com"}, arn(self.name, "1")))
        self.assertEqual(statement["Condition"], {"StringEquals": {"AWS:SourceAccount": account()},
                                                  "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}})
        LAMBDA.remove_permission(**arguments, StatementId="s3")
        self.assertTrue(gone(self.statements, **arguments))
        self.assertTrue(gone(LAMBDA.remove_permission, **arguments, StatementId="s3"))

    @staticmethod
    def statements(**arguments):
        return json.loads(LAMBDA.get_policy(**arguments)["Policy"])["Statement"]

    def test_aws_lambda_function_url(self):
        created = LAMBDA.create_function_url_config(FunctionName=self.name, AuthType="NONE")
        LAMBDA.add_permission(FunctionName=self.name, StatementId="FunctionURLAllowPublicAccess", Action="lambda:InvokeFunctionUrl",
                              Principal="*", FunctionUrlAuthType="NONE")
        got = LAMBDA.get_function_url_config(FunctionName=self.name)
        host = urllib.parse.urlsplit(got["FunctionUrl"]).hostname  # its first label is the resource's url_id
        self.assertRegex(host, r"^[a-z0-9]{32}\.lambda-url\.")
        self.assertEqual((got["FunctionUrl"], got["AuthType"], got.get("Cors")), (created["FunctionUrl"], "NONE", None))
        self.assertEqual(signed("GET", f"/2021-10-31/functions/{self.name}/url").json["InvokeMode"], "BUFFERED")
        cors = {"AllowOrigins": ["*"], "MaxAge": 10, "AllowCredentials": False}
        LAMBDA.update_function_url_config(FunctionName=self.name, AuthType="AWS_IAM", Cors=cors)
        got = LAMBDA.get_function_url_config(FunctionName=self.name)
        self.assertEqual((got["AuthType"], got["Cors"]), ("AWS_IAM", cors))
        LAMBDA.delete_function_url_config(FunctionName=self.name)
        self.assertTrue(gone(LAMBDA.get_function_url_config, FunctionName=self.name))

    def test_aws_lambda_function_event_invoke_config(self):
        LAMBDA.put_function_event_invoke_config(FunctionName=self.name, Qualifier="1", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
        got = LAMBDA.get_function_event_invoke_config(FunctionName=self.name, Qualifier="1")
        self.assertEqual((got["MaximumRetryAttempts"], got["MaximumEventAgeInSeconds"], got["FunctionArn"]), (0, 60, arn(self.name, "1")))
        LAMBDA.put_function_event_invoke_config(FunctionName=self.name, Qualifier="1", MaximumRetryAttempts=1)
        self.assertEqual(LAMBDA.get_function_event_invoke_config(FunctionName=self.name, Qualifier="1")["MaximumRetryAttempts"], 1)
        LAMBDA.delete_function_event_invoke_config(FunctionName=self.name, Qualifier="1")
        self.assertTrue(gone(LAMBDA.get_function_event_invoke_config, FunctionName=self.name, Qualifier="1"))

    def test_aws_lambda_provisioned_concurrency_config(self):
        arguments = {"FunctionName": self.name, "Qualifier": "1"}
        LAMBDA.put_provisioned_concurrency_config(**arguments, ProvisionedConcurrentExecutions=1)

        def ready():
            got = LAMBDA.get_provisioned_concurrency_config(**arguments)
            self.assertIn(got["Status"], ("IN_PROGRESS", "READY"))
            return got["Status"] == "READY" and got
        self.assertEqual(eventually(ready)["AllocatedProvisionedConcurrentExecutions"], 1)
        LAMBDA.delete_provisioned_concurrency_config(**arguments)
        with self.assertRaises(LAMBDA.exceptions.ProvisionedConcurrencyConfigNotFoundException):
            LAMBDA.get_provisioned_concurrency_config(**arguments)

    def test_aws_lambda_event_source_mapping(self):
        queue = f"arn:aws:sqs:{LAMBDA.meta.region_name}:{account()}:{self.name}"
        made = self.retried(LAMBDA.create_event_source_mapping, FunctionName=self.name, EventSourceArn=queue, BatchSize=5, Enabled=True)
        uuid = made["UUID"]
        self.addCleanup(lambda: gone(LAMBDA.delete_event_source_mapping, UUID=uuid))

        def settled(*states):
            return lambda: LAMBDA.get_event_source_mapping(UUID=uuid)["State"] in states
        self.assertTrue(eventually(settled("Enabled", "Disabled")))
        got = LAMBDA.get_event_source_mapping(UUID=uuid)
        self.assertEqual((got["BatchSize"], got["EventSourceArn"], got["FunctionArn"]), (5, queue, arn(self.name)))
        self.retried(LAMBDA.update_event_source_mapping, UUID=uuid, FunctionName=self.name, BatchSize=7)
        self.assertTrue(eventually(settled("Enabled", "Disabled")))
        self.assertEqual(LAMBDA.get_event_source_mapping(UUID=uuid)["BatchSize"], 7)
        LAMBDA.delete_event_source_mapping(UUID=uuid)
        self.assertTrue(eventually(lambda: gone(LAMBDA.get_event_source_mapping, UUID=uuid)))


class Layer(Provider):
    def test_aws_lambda_layer_version_and_permission(self):
        layer = unique("layer")
        made = LAMBDA.publish_layer_version(LayerName=layer, Content={"ZipFile": package({"python/x.py": "x = 1"})},
                                            CompatibleRuntimes=[PYTHON], Description="d", LicenseInfo="MIT")
        version = made["Version"]
        got = LAMBDA.get_layer_version(LayerName=layer, VersionNumber=version)
        self.assertEqual((got["LayerArn"] + f":{version}", got["Description"], got["LicenseInfo"], got["CompatibleRuntimes"]),
                         (got["LayerVersionArn"], "d", "MIT", [PYTHON]))
        self.assertEqual(self.download(got["Content"]["Location"]), got["Content"]["CodeSize"])
        self.assertNotIn("SigningJobArn", {k: v for k, v in got["Content"].items() if v})
        LAMBDA.add_layer_version_permission(LayerName=layer, VersionNumber=version, StatementId="all", Action="lambda:GetLayerVersion", Principal="*")
        policy = json.loads(LAMBDA.get_layer_version_policy(LayerName=layer, VersionNumber=version)["Policy"])
        self.assertEqual([(s["Sid"], s["Action"], s["Effect"]) for s in policy["Statement"]], [("all", "lambda:GetLayerVersion", "Allow")])
        LAMBDA.remove_layer_version_permission(LayerName=layer, VersionNumber=version, StatementId="all")
        self.assertTrue(gone(LAMBDA.get_layer_version_policy, LayerName=layer, VersionNumber=version))
        LAMBDA.delete_layer_version(LayerName=layer, VersionNumber=version)
        self.assertTrue(gone(LAMBDA.get_layer_version, LayerName=layer, VersionNumber=version))


class Retries(ConformanceTest):
    def test_a_conflict_has_the_type_that_is_retried(self):
        name = unique("terraform")
        LAMBDA.create_function(FunctionName=name, Role=role(), Runtime=PYTHON, Handler="app.handler", Code={"ZipFile": package(CODE)})
        self.addCleanup(delete_quietly, name)
        with self.assertRaises(ClientError) as caught:
            LAMBDA.create_function(FunctionName=name, Role=role(), Runtime=PYTHON, Handler="app.handler", Code={"ZipFile": package(CODE)})
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceConflictException")


if __name__ == "__main__":
    unittest.main()
