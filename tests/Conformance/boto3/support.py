"""What every test here shares: the server under test, functions that clean up after themselves, and invokes.

The server comes from the environment: AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, and LAMBENT_ACCOUNT_ID (else the account that STS answers). Debian 12's boto3 is older than
AWS_ENDPOINT_URL, so the address is handed to each client.
"""

import base64
import functools
import io
import json
import os
import pathlib
import re
import sys
import time
import unittest
import urllib.parse
import uuid
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

for _needed in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    if not os.environ.get(_needed):
        # unittest turns any exception here into one traceback per module; one sentence is what helps.
        sys.stderr.write(f'{_needed} is not set: start Lambent and run eval "$(./lambent env)" first.\n')
        sys.stderr.flush()
        os._exit(2)

ENDPOINT = os.environ["AWS_ENDPOINT_URL"].rstrip("/")
REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
ACCESS_KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]

PYTHON = "python3.12"
NODEJS = "nodejs22.x"
CUSTOM = "provided.al2023"

FUNCTIONS = pathlib.Path(__file__).parent / "functions"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NOTHING_GIVEN = object()


def client(service="lambda", key=ACCESS_KEY, secret=SECRET_KEY, region=REGION, token=None, **config):
    """One client per call; no retries, so that a test sees the server's first answer."""
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=120,
                      tcp_keepalive=True, **config),
    )


LAMBDA = client()
# Sends what the model would refuse on the client's side, so that the server has to.
UNCHECKED = client(parameter_validation=False)


@functools.lru_cache(maxsize=None)
def account():
    return os.environ.get("LAMBENT_ACCOUNT_ID") or client("sts").get_caller_identity()["Account"]


def role():
    return f"arn:aws:iam::{account()}:role/conformance"


def arn(name, qualifier=None):
    return f"arn:aws:lambda:{REGION}:{account()}:function:{name}" + (f":{qualifier}" if qualifier else "")


def unique(what):
    return f"conf-{what}-{uuid.uuid4().hex[:10]}"


def package(files):
    """A zip of {path: text or bytes}. A file that starts with #! is executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            entry = zipfile.ZipInfo(path, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if content.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def source(name):
    return (FUNCTIONS / name).read_text()


def wait_until_active(name, delay=0.1):
    LAMBDA.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": delay, "MaxAttempts": 300})


def wait_until_updated(name, delay=0.1):
    LAMBDA.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": delay, "MaxAttempts": 300})


def delete_quietly(name):
    try:
        LAMBDA.delete_function(FunctionName=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 404):  # no such name, or not a name at all
            raise


def create(add_cleanup, what, files, handler, runtime=PYTHON, **settings):
    """Creates a function, waits until it is Active, and hands its deletion to add_cleanup. Returns its name."""
    name = unique(what)
    LAMBDA.create_function(FunctionName=name, Runtime=runtime, Role=role(), Handler=handler,
                           Code={"ZipFile": package(files)}, **settings)
    add_cleanup(delete_quietly, name)
    wait_until_active(name)
    return name


def create_probe(add_cleanup, what="probe", **settings):
    """The Python function of functions/probe.py: event["do"] names what it does."""
    return create(add_cleanup, what, {"probe.py": source("probe.py")}, "probe.handler", **settings)


class Answer:
    """One invoke's answer: status, payload (bytes), error (FunctionError or None), version, log, request_id."""

    def __init__(self, response):
        self.response = response
        self.status = response["StatusCode"]
        self.payload = response["Payload"].read()
        self.error = response.get("FunctionError")
        self.version = response.get("ExecutedVersion")
        self.headers = response["ResponseMetadata"]["HTTPHeaders"]
        self.request_id = self.headers.get("x-amzn-requestid")
        self.log = base64.b64decode(response["LogResult"]).decode() if "LogResult" in response else None

    @property
    def json(self):
        return json.loads(self.payload)

    def report(self):
        """The REPORT line of the log tail."""
        return next(line for line in self.log.split("\n") if line.startswith("REPORT "))


def invoke(name, event=NOTHING_GIVEN, *, tail=False, using=LAMBDA, **arguments):
    """event is sent as JSON; give Payload= for raw bytes."""
    if event is not NOTHING_GIVEN:
        arguments["Payload"] = json.dumps(event).encode()
    if tail:
        arguments["LogType"] = "Tail"
    return Answer(using.invoke(FunctionName=name, **arguments))


def eventually(check, seconds=20):
    """Calls check until it answers something true; check itself must take its time (an invoke does)."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found or time.monotonic() > deadline:
            return found


class ConformanceTest(unittest.TestCase):
    """Assertions in the words of the API."""

    maxDiff = None

    def function(self, what, files, handler, runtime=PYTHON, **settings):
        return create(self.addCleanup, what, files, handler, runtime, **settings)

    def call(self, name, event=NOTHING_GIVEN, **arguments):
        """An invoke that must succeed; returns the parsed payload."""
        answer = invoke(name, event, **arguments)
        self.assertIsNone(answer.error, answer.payload[:2000])
        self.assertEqual(answer.status, 200)
        return answer.json

    def call_failing(self, name, event=NOTHING_GIVEN, **arguments):
        """An invoke whose function must fail; returns the answer. AWS says 200 and Unhandled for all of them."""
        answer = invoke(name, event, **arguments)
        self.assertEqual((answer.status, answer.error), (200, "Unhandled"), answer.payload[:2000])
        return answer

    def assert_refused(self, status, code, message, operation, **arguments):
        """The operation must fail with this status, error code and message (a regular expression)."""
        with self.assertRaises(ClientError) as caught:
            operation(**arguments)
        answer = caught.exception.response
        codes = (code,) if isinstance(code, str) else code
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status, answer["Error"])
        self.assertIn(answer["Error"]["Code"], codes, answer["Error"])
        if message:
            self.assertRegex(answer["Error"]["Message"], message)
        return answer

    @staticmethod
    def exactly(text):
        """A regular expression that matches text and nothing else."""
        return "^" + re.escape(text) + "$"


def split_endpoint():
    """(host, port) of the server under test."""
    parts = urllib.parse.urlsplit(ENDPOINT)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
