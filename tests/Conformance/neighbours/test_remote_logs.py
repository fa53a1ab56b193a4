"""Logs of functions in another CloudWatch Logs: moto's, which --endpoint logs=URL names."""

import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "boto3"))

from support import LAMBDA, ConformanceTest, create_probe, unique  # noqa: E402
from test_destinations import neighbour, until  # noqa: E402


class RemoteLogs(ConformanceTest):
    def test_what_a_function_logs_is_there_too(self):
        name, word, logs = create_probe(self.addCleanup, "remote-logs"), unique("word"), neighbour("logs")
        answer = LAMBDA.invoke(FunctionName=name, Payload=json.dumps({"do": "print", "lines": [word]}))
        request_id = answer["ResponseMetadata"]["RequestId"]

        def messages():
            try:
                return [e["message"] for e in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]
            except logs.exceptions.ResourceNotFoundException:
                return []

        until(lambda: any(m.startswith(f"REPORT RequestId: {request_id}") for m in messages()))
        seen = messages()
        self.assertTrue(any(m.startswith(f"START RequestId: {request_id}") for m in seen))
        self.assertTrue(any(word in m for m in seen))


if __name__ == "__main__":
    unittest.main()
