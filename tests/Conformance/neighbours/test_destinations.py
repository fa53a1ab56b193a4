"""Destinations and dead-letter queues, with moto as the queues, topics, buses and buckets: what arrives there is read by boto3.

Before: moto_server, and a Lambent whose --endpoint hands sqs, sns, events and s3 to it. LAMBENT_NEIGHBOURS is moto's address.
"""

import json
import os
import pathlib
import sys
import time
import unittest

import boto3

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "boto3"))

from support import LAMBDA, REGION, UUID, ConformanceTest, arn, create_probe, unique  # noqa: E402

PATIENCE_S = 90


def neighbour(service):
    return boto3.client(service, endpoint_url=os.environ["LAMBENT_NEIGHBOURS"], region_name=REGION,
                        aws_access_key_id="AKIDNEIGHBOUR", aws_secret_access_key="secret")


def until(find):
    """The first answer that is not empty."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing arrived within {PATIENCE_S} s")


class Queue:
    """A queue of moto."""

    def __init__(self):
        self.sqs = neighbour("sqs")
        self.url = self.sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def message(self):
        return until(lambda: self.sqs.receive_message(QueueUrl=self.url, MessageAttributeNames=["All"]).get("Messages"))[0]

    def body(self):
        return json.loads(self.message()["Body"])


class Destinations(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "destinations")

    def send(self, event, qualifier=None, **destinations):
        """Invokes it once, as an event; returns the request's id."""
        LAMBDA.put_function_event_invoke_config(
            FunctionName=self.name, MaximumRetryAttempts=0,
            DestinationConfig={name: {"Destination": value} for name, value in destinations.items()})
        answer = LAMBDA.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps(event))
        self.assertEqual(answer["StatusCode"], 202)
        return answer["ResponseMetadata"]["RequestId"]

    def assert_record(self, record, request_id, event, condition, error=None):
        self.assertRegex(record.pop("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        response = record.pop("responsePayload")
        self.assertEqual(record, {
            "version": "1.0",
            "requestContext": {"requestId": request_id, "functionArn": arn(self.name, "$LATEST"), "condition": condition,
                               "approximateInvokeCount": 1},
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", **({"functionError": error} if error else {})},
        })
        return response

    def test_a_queue_hears_of_success(self):
        queue, event = Queue(), {"do": "echo", "ä": [1, None]}
        request_id = self.send(event, OnSuccess=queue.arn)
        self.assert_record(queue.body(), request_id, event, "Success")

    def test_a_queue_hears_of_failure(self):
        queue, event = Queue(), {"do": "raise"}
        request_id = self.send(event, OnFailure=queue.arn)
        response = self.assert_record(queue.body(), request_id, event, "RetriesExhausted", "Unhandled")
        self.assertIn("errorMessage", response)

    def test_a_topic_hears_of_it(self):
        sns, queue, event = neighbour("sns"), Queue(), {"do": "echo"}
        topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
        request_id = self.send(event, OnSuccess=topic)
        notice = queue.body()
        self.assertEqual(notice["TopicArn"], topic)
        self.assert_record(json.loads(notice["Message"]), request_id, event, "Success")

    def test_an_event_bus_hears_of_it(self):
        events, queue, event = neighbour("events"), Queue(), {"do": "raise"}
        bus = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
        bus_name, rule = bus.split("/")[-1], unique("rule")
        events.put_rule(Name=rule, EventBusName=bus_name, EventPattern=json.dumps({"source": ["lambda"]}))
        events.put_targets(Rule=rule, EventBusName=bus_name, Targets=[{"Id": "queue", "Arn": queue.arn}])
        request_id = self.send(event, OnFailure=bus)
        seen = queue.body()
        self.assertEqual(seen["detail-type"], "Lambda Function Invocation Result - Failure")
        self.assertEqual(seen["resources"], [bus, arn(self.name, "$LATEST")])
        self.assert_record(seen["detail"], request_id, event, "RetriesExhausted", "Unhandled")

    def test_a_bucket_keeps_failures(self):
        s3, bucket, event = neighbour("s3"), unique("bucket"), {"do": "raise"}
        place = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        s3.create_bucket(Bucket=bucket, **place)
        request_id = self.send(event, OnFailure=f"arn:aws:s3:::{bucket}")
        key = until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))[0]["Key"]
        self.assertRegex(key, rf"^aws/lambda/async/{self.name}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-{UUID}$")
        self.assert_record(json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()), request_id, event, "RetriesExhausted", "Unhandled")

    def test_a_function_hears_of_it_and_its_own_destination_of_that(self):
        queue, last = Queue(), create_probe(self.addCleanup, "last")
        LAMBDA.put_function_event_invoke_config(FunctionName=last, MaximumRetryAttempts=0,
                                                DestinationConfig={"OnSuccess": {"Destination": queue.arn}})
        request_id = self.send({"do": "echo"}, OnSuccess=arn(last))
        record = queue.body()["requestPayload"]
        self.assert_record(record, request_id, {"do": "echo"}, "Success")


class DeadLetters(ConformanceTest):
    def send(self, name, event):
        LAMBDA.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        return LAMBDA.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))["ResponseMetadata"]["RequestId"]

    def test_a_queue_gets_the_event_with_three_attributes(self):
        queue = Queue()
        name = create_probe(self.addCleanup, "dead", DeadLetterConfig={"TargetArn": queue.arn})
        request_id = self.send(name, {"do": "raise"})
        message = queue.message()
        self.assertEqual(json.loads(message["Body"]), {"do": "raise"})
        attributes = {key: (value["DataType"], value["StringValue"]) for key, value in message["MessageAttributes"].items()}
        self.assertEqual(attributes.pop("RequestID"), ("String", request_id))
        self.assertEqual(attributes.pop("ErrorCode"), ("Number", "200"))
        kind, text = attributes.pop("ErrorMessage")
        self.assertEqual((kind, attributes), ("String", {}))
        self.assertTrue(text)

    def test_a_topic_gets_the_event(self):
        sns, queue = neighbour("sns"), Queue()
        topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
        name = create_probe(self.addCleanup, "dead", DeadLetterConfig={"TargetArn": topic})
        request_id = self.send(name, {"do": "raise"})
        notice = queue.body()
        self.assertEqual(json.loads(notice["Message"]), {"do": "raise"})
        self.assertEqual(notice["MessageAttributes"]["RequestID"], {"Type": "String", "Value": request_id})

    def test_with_nothing_reserved_the_event_ends_there_unrun(self):
        dead, failed = Queue(), Queue()
        name = create_probe(self.addCleanup, "off", DeadLetterConfig={"TargetArn": dead.arn})
        LAMBDA.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        LAMBDA.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnFailure": {"Destination": failed.arn}})
        LAMBDA.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"do": "echo"}')
        self.assertEqual(json.loads(dead.message()["Body"]), {"do": "echo"})
        record = failed.body()
        self.assertEqual((record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]), ("ZeroReservedConcurrency", 0))
        self.assertNotIn("responseContext", record)


if __name__ == "__main__":
    unittest.main()
