"""What each operation on a function's resources refuses, in the words that AWS was recorded to use, and the pages of every list."""

import unittest
import uuid

import wire
from botocore.exceptions import ClientError
from support import LAMBDA, REGION, UNCHECKED, ConformanceTest, account, arn, create_probe, package, unique, wait_until_updated

NOWHERE = "conf-is-not-there"
INVALID, MISSING, AGAINST_MODEL, CONFLICT = "InvalidParameterValueException", "ResourceNotFoundException", "ValidationException", "ResourceConflictException"
QUEUE = f"arn:aws:sqs:{REGION}:{account()}:refusals"
STREAM = f"arn:aws:kinesis:{REGION}:{account()}:stream/refusals"
PROFILE = f"arn:aws:signer:{REGION}:{account()}:/signing-profiles/p/v"
ONLY_FUNCTIONS = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. " \
    "Please specify either a function name or an unqualified function ARN."


def detected(value, member, constraint):
    return f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"


def at_most(value, member, most):
    return detected(f"'{value}'", member, f"have value less than or equal to {most}")


def at_least(value, member, least):
    return detected(f"'{value}'", member, f"have value greater than or equal to {least}")


class Refusals(ConformanceTest):
    """A function with two versions and an alias; each test is a table of what is refused."""

    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "refusals", Publish=True)
        LAMBDA.update_function_configuration(FunctionName=cls.name, Description="second")
        wait_until_updated(cls.name)
        LAMBDA.publish_version(FunctionName=cls.name)
        LAMBDA.create_alias(FunctionName=cls.name, Name="live", FunctionVersion="1")

    def assert_all(self, operation, rows):
        """Each row: what is given, and status, error and message of what comes back."""
        for given, status, code, message in rows:
            with self.subTest(operation=operation, **given):
                self.assert_refused(status, code, self.exactly(message), getattr(UNCHECKED, operation), **given)


class VersionsAndAliases(Refusals):
    def test_publish_version(self):
        self.assert_all("publish_version", [
            ({"FunctionName": NOWHERE}, 404, MISSING, f"Function not found: {arn(NOWHERE)}"),
            ({"FunctionName": arn(self.name, "1")}, 400, INVALID, ONLY_FUNCTIONS),
            ({"FunctionName": self.name, "RevisionId": "0"}, 412, "PreconditionFailedException",
             "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"),
        ])

    def test_delete_function(self):
        self.assert_all("delete_function", [
            ({"FunctionName": self.name, "Qualifier": "$LATEST"}, 400, INVALID, "$LATEST version cannot be deleted without deleting the function."),
            ({"FunctionName": NOWHERE}, 404, MISSING, f"Function not found: {arn(NOWHERE)}"),
            ({"FunctionName": arn(self.name, "1"), "Qualifier": "2"}, 400, INVALID,
             "The derived qualifier from the function name does not match the specified qualifier."),
        ])

    def test_create_alias(self):
        given = {"FunctionName": self.name, "Name": "other", "FunctionVersion": "1"}

        def weights(of):
            return {**given, "RoutingConfig": {"AdditionalVersionWeights": of}}
        self.assert_all("create_alias", [
            ({**given, "Name": "live"}, 409, CONFLICT, f"Alias already exists: {arn(self.name, 'live')}"),
            ({**given, "Name": "2024"}, 400, AGAINST_MODEL,
             detected("'2024'", "name", "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")),
            ({**given, "FunctionVersion": "42"}, 404, MISSING, f"Function not found: {arn(self.name, '42')}"),
            (weights({"1": 0.1}), 400, INVALID, "Invalid function version 1. Function version 1 is already included in routing configuration."),
            (weights({"2": 0.1, "3": 0.1}), 400, INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
            ({**weights({"2": 0.1}), "FunctionVersion": "$LATEST"}, 400, INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"),
        ])
        for of in ({"2": 2.0}, {"2": -1.0}, {"$LATEST": 0.5}):
            with self.subTest(of):
                self.assert_refused(400, AGAINST_MODEL, "routingConfig.additionalVersionWeights", UNCHECKED.create_alias, **weights(of))

    def test_of_aliases_that_are_not_there(self):
        self.assert_all("get_alias", [({"FunctionName": self.name, "Name": "none"}, 404, MISSING, f"Cannot find alias arn: {arn(self.name, 'none')}")])
        self.assert_all("update_alias", [({"FunctionName": self.name, "Name": "none", "FunctionVersion": "1"}, 404, MISSING,
                                          f"Alias not found: {arn(self.name, 'none')}")])
        LAMBDA.delete_alias(FunctionName=self.name, Name="none")  # 204, as if it had been there


class Layers(Refusals):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layer = unique("layer")
        made = LAMBDA.publish_layer_version(LayerName=cls.layer, Content={"ZipFile": package({"x": "1"})})
        cls.addClassCleanup(LAMBDA.delete_layer_version, LayerName=cls.layer, VersionNumber=1)
        cls.arn = made["LayerArn"]

    def test_of_versions_that_are_not_there(self):
        of = {"LayerName": self.layer, "VersionNumber": 9}
        self.assert_all("get_layer_version", [
            (of, 404, MISSING, "The resource you requested does not exist."),
            ({**of, "VersionNumber": 0}, 400, INVALID, "Layer Version Cannot be less than 1")])
        self.assert_all("get_layer_version_policy", [(of, 404, MISSING, f"Layer version {self.arn}:9 does not exist.")])
        LAMBDA.delete_layer_version(**of)

    def test_permissions(self):
        of = {"LayerName": self.layer, "VersionNumber": 1, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"}
        self.assert_all("add_layer_version_permission", [
            ({**of, "Action": "*"}, 400, AGAINST_MODEL, detected("'*'", "action", "satisfy regular expression pattern: lambda:GetLayerVersion")),
            ({**of, "VersionNumber": 9}, 404, MISSING, f"Layer version {self.arn}:9 does not exist."),
        ])
        LAMBDA.add_layer_version_permission(**of)
        self.assert_all("add_layer_version_permission", [
            (of, 409, CONFLICT,
             "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement."),
            ({**of, "StatementId": "t", "RevisionId": "0"}, 412, "PreconditionFailedException",
             "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id"),
        ])
        self.assert_all("remove_layer_version_permission", [
            ({"LayerName": self.layer, "VersionNumber": 1, "StatementId": "none"}, 404, MISSING, "Statement none is not found in resource policy.")])

    def test_in_functions(self):
        self.assert_all("update_function_configuration", [
            ({"FunctionName": self.name, "Layers": [f"{self.arn}:9"]}, 400, INVALID, f"Layer version {self.arn}:9 does not exist."),
            ({"FunctionName": self.name, "Layers": [f"{self.arn}:{i}" for i in range(1, 7)]}, 400, INVALID, "Cannot reference more than 5 layers."),
        ])

    def test_enums_of_lists(self):
        for given, member in (({"CompatibleRuntime": "none"}, "compatibleRuntime"), ({"CompatibleArchitecture": "none"}, "compatibleArchitecture")):
            self.assert_refused(400, AGAINST_MODEL, f"Value 'none' at '{member}'", UNCHECKED.list_layers, **given)


class EventInvokeConfig(Refusals):
    def test_put(self):
        of = {"FunctionName": self.name}
        to = f"arn:aws:iam:{REGION}:{account()}:function:x"
        self.assert_all("put_function_event_invoke_config", [
            (of, 400, INVALID, "You must specify at least one of error handling or destination setting."),
            ({**of, "MaximumRetryAttempts": 3}, 400, AGAINST_MODEL, at_most(3, "maximumRetryAttempts", 2)),
            ({**of, "MaximumEventAgeInSeconds": 59}, 400, AGAINST_MODEL, at_least(59, "maximumEventAgeInSeconds", 60)),
            ({**of, "MaximumEventAgeInSeconds": 21601}, 400, AGAINST_MODEL, at_most(21601, "maximumEventAgeInSeconds", 21600)),
            ({**of, "DestinationConfig": {"OnFailure": {"Destination": arn(self.name)}}}, 400, INVALID,
             "You can't specify the function as a destination for itself."),
            ({**of, "DestinationConfig": {"OnFailure": {"Destination": arn(NOWHERE)}}}, 400, INVALID, f"The destination ARN {arn(NOWHERE)} is invalid."),
            ({**of, "DestinationConfig": {"OnFailure": {"Destination": to}}}, 400, INVALID,
             f"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination={to})) is invalid."),
            ({"FunctionName": NOWHERE, "MaximumRetryAttempts": 0}, 404, MISSING, "The function doesn't exist."),
            ({**of, "Qualifier": "none", "MaximumRetryAttempts": 0}, 404, MISSING, "The function doesn't exist."),
            ({"FunctionName": arn(self.name, "1"), "Qualifier": "2", "MaximumRetryAttempts": 0}, 400, INVALID,
             "The derived qualifier from the function name does not match the specified qualifier."),
        ])

    def test_of_functions_without(self):
        for operation, given, names in (("get", {}, (self.name, NOWHERE)), ("update", {"MaximumRetryAttempts": 1}, (self.name,)),
                                        ("delete", {}, (self.name, NOWHERE))):
            for name in names:
                self.assert_all(f"{operation}_function_event_invoke_config", [
                    ({"FunctionName": name, **given}, 404, MISSING, f"The function {arn(name, '$LATEST')} doesn't have an EventInvokeConfig")])


class Urls(Refusals):
    def test_create(self):
        of = {"FunctionName": self.name, "AuthType": "NONE"}
        pattern = "satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
        self.assert_all("create_function_url_config", [
            ({**of, "Qualifier": "1"}, 400, AGAINST_MODEL, detected("'1'", "qualifier", pattern)),
            ({**of, "Qualifier": "$LATEST"}, 400, AGAINST_MODEL, detected("'$LATEST'", "qualifier", pattern)),
            ({**of, "Qualifier": "none"}, 404, MISSING, "Function does not exist"),
            ({**of, "FunctionName": NOWHERE}, 404, MISSING, "Function does not exist"),
            ({"FunctionName": self.name}, 400, AGAINST_MODEL, detected("null", "authType", "not be null")),
            ({**of, "Cors": {"MaxAge": 86401}}, 400, AGAINST_MODEL, at_most(86401, "cors.maxAge", 86400)),
        ])
        LAMBDA.create_function_url_config(**of)
        self.addCleanup(LAMBDA.delete_function_url_config, FunctionName=self.name)
        self.assert_all("create_function_url_config", [
            (of, 409, CONFLICT, f"Failed to create function url config for [functionArn = {arn(self.name)}]. "
                                "Error message:  FunctionUrlConfig exists for this Lambda function")])

    def test_of_functions_without(self):
        for operation in ("get", "update", "delete"):
            self.assert_all(f"{operation}_function_url_config", [
                ({"FunctionName": self.name, "Qualifier": "live"}, 404, MISSING, "The resource you requested does not exist.")])
        self.assert_all("list_function_url_configs", [({"FunctionName": NOWHERE}, 404, MISSING, "Function does not exist")])


class EventSourceMappings(Refusals):
    def test_create(self):
        of = {"FunctionName": self.name, "EventSourceArn": QUEUE}
        table = f"arn:aws:dynamodb:{REGION}:{account()}:table/t/stream/2025-02-22T03:03:25.490"
        self.assert_all("create_event_source_mapping", [
            ({**of, "FunctionName": NOWHERE}, 400, INVALID, "Function does not exist"),
            ({"FunctionName": self.name}, 400, INVALID, "Unrecognized event source."),
            ({**of, "EventSourceArn": STREAM}, 400, INVALID, detected("null", "startingPosition", "not be null.")),
            ({**of, "EventSourceArn": table, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1741010802}, 400, INVALID,
             f"Unsupported starting position for arn type: {table}"),
            ({**of, "BatchSize": 11}, 400, INVALID, "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
            ({**of, "BatchSize": 0}, 400, AGAINST_MODEL, at_least(0, "batchSize", 1)),
            ({**of, "MaximumBatchingWindowInSeconds": 301}, 400, AGAINST_MODEL, at_most(301, "maximumBatchingWindowInSeconds", 300)),
            ({**of, "FilterCriteria": {"Filters": [{"Pattern": "not json"}]}}, 400, INVALID, "Invalid filter pattern definition."),
            ({**of, "DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}, 400, INVALID,
             "Unsupported DestinationConfig parameter for given event source mapping type."),
            ({"FunctionName": self.name, "Topics": ["topic"], "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1"]}}}, 400, INVALID,
             "Required 'sourceAccessConfigurations' parameter is missing."),
        ])

    def test_twice(self):
        of = {"FunctionName": self.name, "EventSourceArn": QUEUE, "Enabled": False}
        made = LAMBDA.create_event_source_mapping(**of)["UUID"]
        self.addCleanup(LAMBDA.delete_event_source_mapping, UUID=made)
        self.assert_all("create_event_source_mapping", [
            (of, 409, CONFLICT, f'An event source mapping with SQS arn (" {QUEUE} ") and function (" {self.name} ") already exists. '
                                f"Please update or delete the existing mapping with UUID {made}")])

    def test_of_mappings_that_are_not_there(self):
        for operation in ("get", "update", "delete"):
            self.assert_all(f"{operation}_event_source_mapping", [
                ({"UUID": str(uuid.uuid4())}, 404, MISSING, "The resource you requested does not exist.")])


class CodeSigning(Refusals):
    def test_of_configurations_that_are_not_there(self):
        none = f"arn:aws:lambda:{REGION}:{account()}:code-signing-config:csc-0123456789abcdef0"
        for operation in ("get_code_signing_config", "update_code_signing_config", "delete_code_signing_config", "list_functions_by_code_signing_config"):
            self.assert_all(operation, [
                ({"CodeSigningConfigArn": none}, 404, MISSING, f"The Lambda code signing configuration {none} can not be found.")])
        self.assert_all("put_function_code_signing_config", [
            ({"FunctionName": self.name, "CodeSigningConfigArn": none}, 404, "CodeSigningConfigNotFoundException",
             f"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {none}.")])

    def test_of_functions_that_are_not_there(self):
        for operation in ("get_function_code_signing_config", "delete_function_code_signing_config"):
            self.assert_all(operation, [({"FunctionName": NOWHERE}, 404, MISSING, f"Function not found: {arn(NOWHERE)}")])

    def test_create(self):
        self.assert_all("create_code_signing_config", [({}, 400, AGAINST_MODEL, detected("null", "allowedPublishers", "not be null"))])
        publishers = {"SigningProfileVersionArns": [PROFILE]}
        self.assert_refused(400, AGAINST_MODEL, "untrustedArtifactOnDeployment", UNCHECKED.create_code_signing_config, AllowedPublishers=publishers,
                            CodeSigningPolicies={"UntrustedArtifactOnDeployment": "No"})


class Tags(Refusals):
    def test_where(self):
        untaggable = "Tags on function aliases and versions are not supported. Please specify a function ARN."
        for operation, more in (("tag_resource", {"Tags": {"a": "b"}}), ("untag_resource", {"TagKeys": ["a"]}), ("list_tags", {})):
            self.assert_all(operation, [
                ({"Resource": arn(self.name, "live"), **more}, 400, INVALID, untaggable),
                ({"Resource": arn(NOWHERE), **more}, 404, MISSING, f"Function not found: {arn(NOWHERE)}")])
        self.assert_refused(400, AGAINST_MODEL, "at 'resource'", UNCHECKED.list_tags, Resource="arn:aws:something")

    def test_how_many(self):
        self.assert_all("tag_resource", [
            ({"Resource": arn(self.name), "Tags": {f"k{i}": "v" for i in range(51)}}, 400, INVALID, "Number of tags exceeds resource tag limit.")])
        self.assert_all("untag_resource", [({"Resource": arn(self.name), "TagKeys": []}, 400, AGAINST_MODEL, detected("null", "tagKeys", "not be null"))])

    def test_what(self):
        """Lambda's documents give the lengths and the prefix ("Using tags on Lambda functions", Requirements), and no wording."""
        for tags in ({"k" * 129: "v"}, {"": "v"}, {"k": "v" * 257}, {"aws:x": "v"}, {"AWS:x": "v"}):
            with self.subTest(tags):
                self.assert_refused(400, INVALID, "", UNCHECKED.tag_resource, Resource=arn(self.name), Tags=tags)
        most = {"k" * 128: "v" * 256, "kawsome": ""}
        LAMBDA.tag_resource(Resource=arn(self.name), Tags=most)
        self.assertEqual(LAMBDA.list_tags(Resource=arn(self.name))["Tags"], most)
        LAMBDA.untag_resource(Resource=arn(self.name), TagKeys=list(most))

    def test_of_a_new_function(self):
        self.assert_refused(400, INVALID, "", UNCHECKED.create_function, FunctionName=unique("tags"), Runtime="python3.12", Handler="a.b",
                            Role=f"arn:aws:iam::{account()}:role/r", Code={"ZipFile": package({"a.py": ""})}, Tags={"aws:x": "v"})


class Settings(Refusals):
    """Debian's boto3 knows neither runtime management nor recursion."""

    def test_runtime_management(self):
        path = f"/2021-07-20/functions/{self.name}/runtime-management-config"
        for body in ({"UpdateRuntimeOn": "None"}, {}, {"UpdateRuntimeOn": "Manual"}, {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "x"}):
            with self.subTest(body):
                self.assertEqual(wire.signed("PUT", path, body).status, 400)
        self.assertEqual(wire.signed("PUT", path.replace(self.name, NOWHERE), {"UpdateRuntimeOn": "Auto"}).status, 404)

    def test_recursion(self):
        path = f"/2024-08-31/functions/{self.name}/recursion-config"
        refused = wire.signed("PUT", path, {"RecursiveLoop": "InvalidValue"})
        self.assertEqual((refused.status, refused.message), (400, detected("'InvalidValue'", "recursiveLoop", "satisfy enum value set: [Terminate, Allow]")))
        self.assertEqual(wire.signed("GET", path.replace(self.name, NOWHERE)).status, 404)


class Pages(ConformanceTest):
    """Every List operation, a page of one after the other: all that there is, once."""

    COUNT = 3

    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "pages")
        cls.layers = [unique("page") for _ in range(cls.COUNT)]
        for index in range(cls.COUNT):
            LAMBDA.update_function_configuration(FunctionName=cls.name, Description=f"{index}")
            wait_until_updated(cls.name)
            version = LAMBDA.publish_version(FunctionName=cls.name)["Version"]
            LAMBDA.create_alias(FunctionName=cls.name, Name=f"a{index}", FunctionVersion=version)
            LAMBDA.put_function_event_invoke_config(FunctionName=cls.name, Qualifier=f"a{index}", MaximumRetryAttempts=0)
            LAMBDA.create_function_url_config(FunctionName=cls.name, Qualifier=f"a{index}", AuthType="AWS_IAM")
            made = LAMBDA.create_event_source_mapping(FunctionName=cls.name, EventSourceArn=f"{QUEUE}{index}", Enabled=False)
            cls.addClassCleanup(LAMBDA.delete_event_source_mapping, UUID=made["UUID"])
            signing = LAMBDA.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [PROFILE]})["CodeSigningConfig"]
            cls.addClassCleanup(LAMBDA.delete_code_signing_config, CodeSigningConfigArn=signing["CodeSigningConfigArn"])
            for layer in {cls.layers[index], cls.layers[0]}:
                number = LAMBDA.publish_layer_version(LayerName=layer, Content={"ZipFile": package({"x": layer})})["Version"]
                cls.addClassCleanup(LAMBDA.delete_layer_version, LayerName=layer, VersionNumber=number)

    def pages(self, operation, member, key, **of):
        """What pages of one show; each but the last has a marker, and none has more than was asked for."""
        found, marker = [], {}
        while True:
            page = getattr(LAMBDA, operation)(MaxItems=1, **marker, **of)
            self.assertLessEqual(len(page[member]), 1)
            found += [item[key] for item in page[member]]
            if "NextMarker" not in page:
                return found
            marker = {"Marker": page["NextMarker"]}

    def test_all_are_shown_once(self):
        of = {"FunctionName": self.name}
        for operation, member, key, given, expected in (
                ("list_versions_by_function", "Versions", "Version", of, ["$LATEST", "1", "2", "3"]),
                ("list_aliases", "Aliases", "Name", of, ["a0", "a1", "a2"]),
                ("list_aliases", "Aliases", "Name", {**of, "FunctionVersion": "2"}, ["a1"]),
                ("list_function_event_invoke_configs", "FunctionEventInvokeConfigs", "FunctionArn", of, [arn(self.name, f"a{i}") for i in range(3)]),
                ("list_function_url_configs", "FunctionUrlConfigs", "FunctionArn", of, [arn(self.name, f"a{i}") for i in range(3)]),
                ("list_event_source_mappings", "EventSourceMappings", "EventSourceArn", of, [f"{QUEUE}{i}" for i in range(3)]),
                ("list_layer_versions", "LayerVersions", "Version", {"LayerName": self.layers[0]}, [3, 2, 1])):
            with self.subTest(operation, **given):
                self.assertEqual(sorted(self.pages(operation, member, key, **given), key=str), sorted(expected, key=str))

    def test_what_the_account_shares_is_among_all(self):
        self.assertLessEqual(set(self.layers), set(self.assert_once("list_layers", "Layers", "LayerName")))
        self.assert_once("list_code_signing_configs", "CodeSigningConfigs", "CodeSigningConfigArn")
        self.assertIn(self.name, self.assert_once("list_functions", "Functions", "FunctionName"))

    def assert_once(self, operation, member, key):
        found = self.pages(operation, member, key)
        self.assertEqual(len(found), len(set(found)))
        return found

    def test_sizes_out_of_range(self):
        of = {"FunctionName": self.name}
        for operation, most, given in (
                ("list_functions", 10000, {}), ("list_versions_by_function", 10000, of), ("list_aliases", 10000, of), ("list_event_source_mappings", 10000, {}),
                ("list_code_signing_configs", 10000, {}), ("list_layers", 50, {}), ("list_layer_versions", 50, {"LayerName": self.layers[0]}),
                ("list_function_event_invoke_configs", 50, of), ("list_function_url_configs", 50, of),
                ("list_provisioned_concurrency_configs", 50, of)):
            with self.subTest(operation):
                for size, message in ((0, at_least(0, "maxItems", 1)), (most + 1, at_most(most + 1, "maxItems", most))):
                    self.assert_refused(400, AGAINST_MODEL, self.exactly(message), getattr(UNCHECKED, operation), MaxItems=size, **given)

    def test_a_marker_of_something_else(self):
        with self.assertRaises(ClientError) as caught:
            LAMBDA.list_aliases(FunctionName=self.name, Marker="?")
        self.assertEqual(caught.exception.response["Error"]["Code"], INVALID)


if __name__ == "__main__":
    unittest.main()
