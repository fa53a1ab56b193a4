"""What concurrency settings do to invokes: throttles with their reasons, environments that are there before the first event."""

import concurrent.futures
import time
import unittest

from botocore.exceptions import ClientError
from support import LAMBDA, ConformanceTest, eventually

INIT_TYPE = "import os, uuid\nme = str(uuid.uuid4())\ndef handler(e, c):\n    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], me]\n"
SLOW = "import time\ndef handler(e, c):\n    time.sleep(1.5)\n    return 1\n"


class Throttles(ConformanceTest):
    def throttled(self, name):
        with self.assertRaises(ClientError) as refused:
            LAMBDA.invoke(FunctionName=name)
        answer = refused.exception.response
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 429)
        self.assertEqual(answer["Error"]["Code"], "TooManyRequestsException")
        self.assertNotIn("retry-after", answer["ResponseMetadata"]["HTTPHeaders"])  # of a function at its own limit
        return answer["Reason"]

    def test_a_function_with_nothing_reserved_is_off_until_that_is_taken_back(self):
        name = self.function("off", {"app.py": INIT_TYPE}, "app.handler")
        LAMBDA.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        self.assertEqual(self.throttled(name), "ReservedFunctionConcurrentInvocationLimitExceeded")
        LAMBDA.delete_function_concurrency(FunctionName=name)
        self.assertEqual(self.call(name)[0], "on-demand")

    def test_no_more_run_at_once_than_are_reserved(self):
        name = self.function("two", {"app.py": SLOW}, "app.handler", Timeout=20)
        LAMBDA.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)

        def one(_):
            try:
                return LAMBDA.invoke(FunctionName=name)["StatusCode"]
            except ClientError as error:
                return error.response["Reason"]

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(one, range(6)))
        self.assertIn(200, answers)
        self.assertIn("ReservedFunctionConcurrentInvocationLimitExceeded", answers)
        self.assertEqual(set(answers), {200, "ReservedFunctionConcurrentInvocationLimitExceeded"})


class ProvisionedEnvironments(ConformanceTest):
    def test_they_are_initialised_ahead_serve_first_and_spill_over(self):
        name = self.function("ahead", {"app.py": INIT_TYPE.replace("return", "import time; time.sleep(e.get('s', 0)); return")}, "app.handler")
        version = LAMBDA.publish_version(FunctionName=name)["Version"]
        LAMBDA.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        LAMBDA.put_provisioned_concurrency_config(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=2)

        def ready():
            got = LAMBDA.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
            time.sleep(0.1)
            return got if got["Status"] == "READY" else None

        got = eventually(ready, seconds=60)
        self.assertEqual((got["AvailableProvisionedConcurrentExecutions"], got["AllocatedProvisionedConcurrentExecutions"]), (2, 2))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: tuple(self.call(name, {"s": 2}, Qualifier="live")), range(4)))
        ahead = {me for kind, me in answers if kind == "provisioned-concurrency"}
        self.assertEqual(len(ahead), 2, answers)
        self.assertIn("on-demand", {kind for kind, _ in answers})
        LAMBDA.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")

    def test_an_init_that_fails_is_told(self):
        name = self.function("never", {"app.py": "raise ValueError('no')\n"}, "app.handler")
        version = LAMBDA.publish_version(FunctionName=name)["Version"]
        LAMBDA.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=1)

        def failed():
            got = LAMBDA.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
            time.sleep(0.1)
            return got if got["Status"] == "FAILED" else None

        self.assertIn("FUNCTION_ERROR", eventually(failed, seconds=60)["StatusReason"])
        LAMBDA.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)


if __name__ == "__main__":
    unittest.main()
