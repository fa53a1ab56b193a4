"""Whether a queue or stream is there is asked of moto, which --endpoint sqs=URL, kinesis=URL and dynamodb=URL name."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "boto3"))

from support import LAMBDA, REGION, ConformanceTest, account, create_probe, unique  # noqa: E402
from test_destinations import Queue, neighbour  # noqa: E402

INVALID = "InvalidParameterValueException"


class Sources(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "sources")

    def map(self, arn, **settings):
        mapping = LAMBDA.create_event_source_mapping(FunctionName=self.name, EventSourceArn=arn, **settings)
        self.addCleanup(LAMBDA.delete_event_source_mapping, UUID=mapping["UUID"])
        self.assertEqual(mapping["State"], "Creating")

    def test_a_queue(self):
        self.map(Queue().arn)
        self.assert_refused(400, INVALID, r"^Error occurred while ReceiveMessage\. SQS Error Code: AWS\.SimpleQueueService\.NonExistentQueue\. SQS Error Message: The specified queue does not exist",
                            self.map, arn=f"arn:aws:sqs:{REGION}:{account()}:{unique('none')}")

    def test_a_stream(self):
        kinesis, name = neighbour("kinesis"), unique("stream")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        self.map(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"], StartingPosition="LATEST")
        missing = f"arn:aws:kinesis:{REGION}:{account()}:stream/{unique('none')}"
        self.assert_refused(400, INVALID, self.exactly(f"Stream not found: {missing}"), self.map, arn=missing, StartingPosition="LATEST")

    def test_the_stream_of_a_table(self):
        dynamodb, name = neighbour("dynamodb"), unique("table")
        table = dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        self.map(table["TableDescription"]["LatestStreamArn"], StartingPosition="TRIM_HORIZON")
        missing = f"arn:aws:dynamodb:{REGION}:{account()}:table/{unique('none')}/stream/2026-11-21T12:00:00.000"
        self.assert_refused(400, INVALID, self.exactly(f"Stream not found: {missing}"), self.map, arn=missing, StartingPosition="LATEST")


if __name__ == "__main__":
    unittest.main()
