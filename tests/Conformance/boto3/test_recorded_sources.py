"""Event source mappings, tags and layers: what AWS was recorded to answer, one case a rule.

Recordings: `test_lambda_api`, `event_source_mapping/test_api` and `event_source_mapping/test_lambda_integration_*` of the LocalStack
project. Where they say nothing, the API reference of CreateEventSourceMapping and errors that users of AWS reported do; what is
inferred from those is said where the rule is, in src/ControlPlane/EventSources.
"""

import json
import unittest
import uuid

import wire
from support import LAMBDA, REGION, UNCHECKED, ConformanceTest, account, arn, create_probe, package, unique

INVALID, CONFLICT = "InvalidParameterValueException", "ResourceConflictException"
MAPPINGS = "/2015-03-31/event-source-mappings"


def source(service, resource):
    return f"arn:aws:{service}:{REGION}:{account()}:{resource}"


QUEUE, STREAM, TABLE = source("sqs", "recorded"), source("kinesis", "stream/recorded"), source("dynamodb", "table/recorded/stream/2025-02-17T16:33:01.784")
KAFKA, BROKER = source("kafka", "cluster/recorded/1"), source("mq", "broker:recorded:b-1")
SECRET = [{"Type": "BASIC_AUTH", "URI": source("secretsmanager", "secret:recorded")}]
OF_STREAM = {
    "BatchSize": 100, "BisectBatchOnFunctionError": False, "DestinationConfig": {"OnFailure": {}}, "FunctionResponseTypes": [],
    "LastProcessingResult": "No records processed", "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1, "TumblingWindowInSeconds": 0}
OF_QUEUE = {"BatchSize": 10, "FunctionResponseTypes": [], "MaximumBatchingWindowInSeconds": 0}


def brokers(*servers):
    return {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": list(servers)}}, "SourceAccessConfigurations": SECRET, "Topics": ["topic"]}


class Recorded(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "recorded", Publish=True)
        LAMBDA.create_alias(FunctionName=cls.name, FunctionVersion="1", Name="live")

    def make(self, **settings):
        """A mapping, as boto3 1.26 sees it: it knows fewer members than AWS answers."""
        made = LAMBDA.create_event_source_mapping(**{"FunctionName": self.name, **settings})
        self.addCleanup(LAMBDA.delete_event_source_mapping, UUID=made["UUID"])
        return made

    def refuse(self, message, **settings):
        with self.subTest(**settings):
            answer = self.assert_refused(400, INVALID, self.exactly(message), UNCHECKED.create_event_source_mapping,
                                         **{"FunctionName": self.name, **settings})
            self.assertEqual((answer["Type"], answer["message"]), ("User", message))


class Answers(Recorded):
    def answer(self, made):
        """Without what differs each time, and what Lambent says otherwise on purpose."""
        return {k: v for k, v in made.items()
                if k not in ("UUID", "LastModified", "StateTransitionReason", "EventSourceMappingArn", "FunctionArn", "ResponseMetadata")}

    def test_a_stream_and_a_queue_have_their_defaults(self):
        for arn_of_source, given, defaults in (
                (STREAM, {"StartingPosition": "LATEST"}, OF_STREAM), (TABLE, {"StartingPosition": "TRIM_HORIZON"}, OF_STREAM), (QUEUE, {}, OF_QUEUE)):
            with self.subTest(arn_of_source):
                made = self.make(EventSourceArn=arn_of_source, **given)
                expected = {"EventSourceArn": arn_of_source, **given, **defaults}
                self.assertEqual(self.answer(made), {**expected, "State": "Creating"})
                self.assertEqual(self.answer(LAMBDA.get_event_source_mapping(UUID=made["UUID"])), {**expected, "State": "Enabled"})

    def test_the_mapping_is_of_the_function_as_it_was_named(self):
        for name, of in ((self.name, arn(self.name)), (f"{self.name}:$LATEST", arn(self.name, "$LATEST")), (f"{self.name}:1", arn(self.name, "1")),
                         (arn(self.name, "live"), arn(self.name, "live"))):
            self.assertEqual(self.make(FunctionName=name, EventSourceArn=f"{QUEUE}-{uuid.uuid4()}")["FunctionArn"], of)

    def test_states(self):
        disabled = self.make(EventSourceArn=QUEUE, Enabled=False)
        self.assertEqual(disabled["State"], "Disabled")
        for change, state in (({"Enabled": True}, "Enabling"), ({"BatchSize": 3}, "Updating"), ({"Enabled": False}, "Disabling")):
            updated = LAMBDA.update_event_source_mapping(UUID=disabled["UUID"], **change)
            self.assertEqual((updated["ResponseMetadata"]["HTTPStatusCode"], updated["State"]), (202, state))

    def test_empty_filters_are_none(self):
        self.assertNotIn("FilterCriteria", self.make(EventSourceArn=TABLE, StartingPosition="LATEST", FilterCriteria={"Filters": []}))

    def test_a_kafka_cluster(self):
        body = {"FunctionName": self.name, **brokers("kafka:1000")}
        made = wire.signed("POST", MAPPINGS, body)
        self.assertEqual(made.status, 202, made.body)
        self.addCleanup(LAMBDA.delete_event_source_mapping, UUID=made.json["UUID"])
        self.assertEqual((made.json["BatchSize"], made.json["StartingPosition"], made.json["Topics"]), (100, "TRIM_HORIZON", ["topic"]))
        self.assertEqual(made.json["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"], made.json["UUID"])
        again = wire.signed("POST", MAPPINGS, {"FunctionName": self.name, **brokers("kafka:1000", "kafka:2000")})
        self.assertEqual((again.status, again.error_type, again.message), (
            409, CONFLICT, f'An event source mapping with event source ("kafka:1000,kafka:2000"), function ("{arn(self.name)}"), topics ("topic") '
            f'already exists. Please update or delete the existing mapping with UUID {made.json["UUID"]}'))


class WhatFits(Recorded):
    def test_where_to_begin(self):
        at = 1739809968
        self.refuse("StartingPosition is not valid for SQS event sources.", EventSourceArn=QUEUE, StartingPosition="LATEST")
        for of in (STREAM, TABLE):
            self.refuse("Timestamp only valid with StartingPosition AT_TIMESTAMP", EventSourceArn=of, StartingPosition="LATEST", StartingPositionTimestamp=at)
        self.refuse("Need to specify a timestamp", EventSourceArn=STREAM, StartingPosition="AT_TIMESTAMP")
        self.refuse("Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp",
                    EventSourceArn=STREAM, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=-at)
        self.refuse(f"Unsupported starting position for arn type: {TABLE}", EventSourceArn=TABLE, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=-at)

    def test_settings_of_other_sources(self):
        failures = {"OnFailure": {"Destination": QUEUE}}
        for of, member, value in (
                (QUEUE, "ParallelizationFactor", 1), (QUEUE, "BisectBatchOnFunctionError", True), (QUEUE, "MaximumRetryAttempts", 1),
                (QUEUE, "MaximumRecordAgeInSeconds", 60), (QUEUE, "DestinationConfig", failures), (STREAM, "Queues", ["q"])):
            position = {} if of == QUEUE else {"StartingPosition": "LATEST"}
            self.refuse(f"Unsupported {member} parameter for given event source mapping type.", EventSourceArn=of, **position, **{member: value})
        self.refuse("Unsupported DestinationConfig parameter for given event source mapping type.",
                    EventSourceArn=STREAM, StartingPosition="LATEST", DestinationConfig={"OnSuccess": {"Destination": QUEUE}})
        self.refuse("Unsupported 'tumblingWindowInSeconds' parameter for given event source mapping type.",
                    EventSourceArn=KAFKA, Topics=["topic"], TumblingWindowInSeconds=1)
        self.refuse("Unsupported 'maximumRetryAttempts' parameter for given event source mapping type.",
                    EventSourceArn=BROKER, Queues=["q"], MaximumRetryAttempts=1)

    def test_bounds(self):
        self.refuse("MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
                    EventSourceArn=STREAM, StartingPosition="LATEST", MaximumRecordAgeInSeconds=59)
        self.refuse("Batching window is not supported for FIFO queues", EventSourceArn=f"{QUEUE}.fifo", BatchSize=100, MaximumBatchingWindowInSeconds=5)

    def test_what_is_no_filter(self):
        for pattern in ("simple string", '{"eventSource": "aws:sqs"}', '{"eventSource": []}'):
            self.refuse("Invalid filter pattern definition.", EventSourceArn=QUEUE, FilterCriteria={"Filters": [{"Pattern": pattern}]})
        self.make(EventSourceArn=QUEUE, FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"a": [{"numeric": [">=", 1, "<", 2]}, "b"]}})}]})

    def test_a_mapping_outlives_its_function(self):
        gone = create_probe(self.addCleanup, "gone")
        made = self.make(FunctionName=gone, EventSourceArn=QUEUE)
        LAMBDA.delete_function(FunctionName=gone)
        self.assertEqual(LAMBDA.get_event_source_mapping(UUID=made["UUID"])["State"], "Enabled")


class TagsAndLayers(Recorded):
    def test_tags_change_the_revision(self):
        def revision():
            return LAMBDA.get_function_configuration(FunctionName=self.name)["RevisionId"]
        seen = [revision()]
        self.assert_refused(400, INVALID, self.exactly("An error occurred and the request cannot be processed."),
                            LAMBDA.tag_resource, Resource=arn(self.name), Tags={})
        LAMBDA.tag_resource(Resource=arn(self.name), Tags={"a": "b"})
        seen.append(revision())
        LAMBDA.untag_resource(Resource=arn(self.name), TagKeys=["a"])
        seen.append(revision())
        self.assertEqual(len(set(seen)), 3)

    def test_the_policy_of_a_layer_version(self):
        of = {"LayerName": unique("recorded"), "VersionNumber": 1}
        made = LAMBDA.publish_layer_version(LayerName=of["LayerName"], Content={"ZipFile": package({"a.py": ""})})
        self.addCleanup(LAMBDA.delete_layer_version, **of)
        self.assertEqual({"CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"} & set(made), set())
        added = LAMBDA.add_layer_version_permission(**of, StatementId="s1", Action="lambda:GetLayerVersion", Principal="*")
        statement = {"Sid": "s1", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion", "Resource": made["LayerVersionArn"]}
        self.assertEqual(list(json.loads(added["Statement"]).items()), list(statement.items()))
        got = LAMBDA.get_layer_version_policy(**of)
        self.assertEqual(json.loads(got["Policy"]), {"Version": "2012-10-17", "Id": "default", "Statement": [statement]})
        self.assertEqual(got["RevisionId"], added["RevisionId"])
        self.assert_refused(412, "PreconditionFailedException", "GetLayerPolicy", LAMBDA.remove_layer_version_permission,
                            **of, StatementId="s1", RevisionId="wrong")


if __name__ == "__main__":
    unittest.main()
