"""Several accounts on one Lambent: fully apart. The operator adds them by a command, while it runs."""

import os
import pathlib
import re
import subprocess
import unittest
import random

import principals
from botocore.exceptions import ClientError
from support import LAMBDA, PYTHON, REGION, ConformanceTest, account, client, eventually, package, unique

ROOT = pathlib.Path(__file__).resolve().parents[3]
TRUSTED = principals.TRUSTS_LAMBDA
CODE = "import os\ndef handler(event, context):\n    print('said by', event['who'])\n    return {'who': event['who'], 'arn': context.invoked_function_arn}\n"
CALLER = """
import json, os, urllib.request
import boto3
from botocore.exceptions import ClientError

def client(service):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL_" + service.upper()])

def handler(event, context):
    if "path" in event:
        try:
            return urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL_LAMBDA"] + event["path"]).status
        except urllib.error.HTTPError as error:
            return error.code
    try:
        answer = client("lambda").invoke(FunctionName=event["name"], Payload=b'{"who": "me"}')
        return {"who": client("sts").get_caller_identity()["Arn"], "answer": json.load(answer["Payload"])}
    except ClientError as error:
        return {"refused": error.response["Error"]["Code"]}
"""
SECRETS = "import os\ndef handler(event, context):\n    return [os.environ['AWS_' + n] for n in ('ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN')]\n"


def command(*arguments):
    data = os.environ.get("LAMBENT_DATA", os.path.expanduser("~/.lambent"))
    return subprocess.run([str(ROOT / "lambent"), "account", *arguments, "--data", data], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "LAMBENT_NO_SETUP": "1"})


def created(arguments):
    answer = command(*arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    found = dict(re.findall(r"export (\w+)='([^']*)'", answer.stdout))
    return {"key": found["AWS_ACCESS_KEY_ID"], "secret": found["AWS_SECRET_ACCESS_KEY"]}


def new_account():
    """The id and the root key of an account that nobody else has."""
    number = f"{random.randrange(10 ** 11, 10 ** 12)}"
    return number, created(["create", number, "--name", "conformance"])


class Accounts(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.other, cls.keys = new_account()
        cls.theirs = client("lambda", **cls.keys)
        cls.name = unique("twin")
        for using, number in ((LAMBDA, account()), (cls.theirs, cls.other)):
            using.create_function(FunctionName=cls.name, Runtime=PYTHON, Handler="app.handler", Code={"ZipFile": package({"app.py": CODE})},
                                  Role=f"arn:aws:iam::{number}:role/conformance", Description=f"of {number}")
            cls.addClassCleanup(using.delete_function, FunctionName=cls.name)
            using.get_waiter("function_active_v2").wait(FunctionName=cls.name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})

    def test_its_root_key_is_its_root(self):
        found = client("sts", **self.keys).get_caller_identity()
        self.assertEqual((found["Account"], found["Arn"]), (self.other, f"arn:aws:iam::{self.other}:root"))

    def test_functions_of_one_name_are_two(self):
        for using, number in ((LAMBDA, account()), (self.theirs, self.other)):
            found = using.get_function_configuration(FunctionName=self.name)
            self.assertEqual((found["FunctionArn"], found["Description"]), (f"arn:aws:lambda:{REGION}:{number}:function:{self.name}", f"of {number}"))
            answer = using.invoke(FunctionName=self.name, Payload=b'{"who": "%s"}' % number.encode())
            self.assertIn(number, answer["Payload"].read().decode())
        self.assertEqual([f["FunctionName"] for f in self.theirs.list_functions()["Functions"]], [self.name])

    def test_nobody_reaches_the_others_by_their_arns(self):
        for using, number in ((self.theirs, account()), (LAMBDA, self.other)):
            arn = f"arn:aws:lambda:{REGION}:{number}:function:{self.name}"
            for operation in (using.get_function, using.invoke, using.delete_function, using.get_policy):
                with self.assertRaises(ClientError) as caught:
                    operation(FunctionName=arn)
                self.assertIn(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], (403, 404))

    def test_logs_are_apart(self):
        group = f"/aws/lambda/{self.name}"
        for using, logs, number in ((LAMBDA, client("logs"), account()), (self.theirs, client("logs", **self.keys), self.other)):
            using.invoke(FunctionName=self.name, Payload=b'{"who": "%s"}' % number.encode())
            lines = eventually(lambda: [e["message"] for e in logs.filter_log_events(logGroupName=group, filterPattern="said")["events"]])
            self.assertEqual({line.strip() for line in lines}, {f"said by {number}"})
            found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
            self.assertEqual([g["arn"] for g in found], [f"arn:aws:logs:{REGION}:{number}:log-group:{group}:*"])

    def test_users_and_roles_are_apart(self):
        theirs = client("iam", **self.keys)
        name, arn = principals.user(self.addCleanup, principals.allow("iam:*"), iam=theirs)
        self.assertEqual(arn, f"arn:aws:iam::{self.other}:user/{name}")
        self.assert_refused(404, "NoSuchEntity", "", principals.IAM.get_user, UserName=name)
        mine = client("iam", **principals.key_of(name, theirs))
        self.assertIn(name, [u["UserName"] for u in mine.list_users()["Users"]])
        ours, _ = principals.user(self.addCleanup)
        self.assertNotIn(ours, [u["UserName"] for u in mine.list_users()["Users"]])

    def test_a_role_may_be_assumed_from_another_account_if_both_say_so(self):
        theirs = client("iam", **self.keys)
        role = principals.role(self.addCleanup, {"AWS": f"arn:aws:iam::{account()}:root"}, principals.allow("iam:ListRoles"), iam=theirs)
        user, _ = principals.user(self.addCleanup)
        sts = client("sts", **principals.key_of(user))
        ask = {"RoleArn": role["Arn"], "RoleSessionName": "session"}
        self.assert_refused(403, "AccessDenied", "", sts.assume_role, **ask)
        principals.IAM.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=principals.allow("sts:AssumeRole", role["Arn"]))
        session = client("iam", **principals.keys_in(sts.assume_role(**ask)))
        self.assertIn(role["RoleName"], [r["RoleName"] for r in session.list_roles()["Roles"]])

    def test_settings_count_the_accounts_own(self):
        self.assertEqual(self.theirs.get_account_settings()["AccountUsage"]["FunctionCount"], 1)

    def test_the_command_adds_lists_and_takes_keys(self):
        more = created(["create-key", self.other])
        client("sts", **more).get_caller_identity()
        self.assertIn(more["key"], command("list").stdout)
        self.assertNotIn(more["secret"], command("list").stdout)
        self.assertEqual(command("create-key", self.other).returncode, 2)  # two keys at most
        self.assertEqual(command("create", self.other).returncode, 2)
        self.assertNotEqual(command("create", "12").returncode, 0)
        self.assertEqual(command("delete-key", self.other, more["key"]).returncode, 0)
        self.assert_refused(403, "InvalidClientTokenId", "", client("sts", **more).get_caller_identity)


class ExecutionRoles(ConformanceTest):
    def role_of(self, principal, **more):
        return principals.role(self.addCleanup, principal, **more)

    def function_as(self, role, code=SECRETS):
        name = unique("role")
        LAMBDA.create_function(FunctionName=name, Runtime=PYTHON, Handler="app.handler", Role=role, Timeout=30, Code={"ZipFile": package({"app.py": code})})
        self.addCleanup(LAMBDA.delete_function, FunctionName=name)
        LAMBDA.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        return name

    def test_the_credentials_in_a_sandbox_are_the_roles(self):
        role = self.role_of(TRUSTED, policy=principals.allow("iam:ListRoles"))
        name = self.function_as(role["Arn"])
        keys = dict(zip(("key", "secret", "token"), self.call(name, {})))
        who = f"arn:aws:sts::{account()}:assumed-role/{role['RoleName']}/{name}"
        self.assertEqual(client("sts", **keys).get_caller_identity()["Arn"], who)
        client("iam", **keys).list_roles()
        self.assert_refused(403, "AccessDenied", f"^User: {who} is not authorized to perform: iam:ListUsers", client("iam", **keys).list_users)

    def test_a_function_calls_lambent_as_its_role(self):
        target = self.function_as(f"arn:aws:iam::{account()}:role/not-there", CODE)
        role = self.role_of(TRUSTED)
        name = self.function_as(role["Arn"], CALLER)
        self.assertEqual(self.call(name, {"name": target}), {"refused": "AccessDeniedException"})
        arn = f"arn:aws:lambda:{REGION}:{account()}:function:{target}"
        principals.IAM.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=principals.allow("lambda:InvokeFunction", arn))
        self.assertEqual(self.call(name, {"name": target}), {
            "who": f"arn:aws:sts::{account()}:assumed-role/{role['RoleName']}/{name}", "answer": {"who": "me", "arn": arn}})

    def test_a_function_reaches_nothing_there_that_is_for_this_machine_only(self):
        name = self.function_as(f"arn:aws:iam::{account()}:role/not-there", CALLER)
        for path in ("/metrics", "/healthz", "/2015-03-31/functions"):
            self.assertEqual(self.call(name, {"path": path}), 403, path)

    def test_a_role_that_is_not_there_is_taken_and_may_nothing(self):
        keys = dict(zip(("key", "secret", "token"), self.call(self.function_as(f"arn:aws:iam::{account()}:role/not-there"), {})))
        self.assertIn(":assumed-role/not-there/", client("sts", **keys).get_caller_identity()["Arn"])
        self.assert_refused(403, "AccessDenied", "", client("iam", **keys).list_roles)

    def test_a_role_that_does_not_trust_Lambda_is_refused_until_it_does(self):
        message = "^The role defined for the function cannot be assumed by Lambda.$"
        role = self.role_of({"Service": "ec2.amazonaws.com"})
        self.assert_refused(400, "InvalidParameterValueException", message, LAMBDA.create_function, FunctionName=unique("role"), Runtime=PYTHON,
                            Handler="app.handler", Role=role["Arn"], Code={"ZipFile": package({"app.py": SECRETS})})
        name = self.function_as(f"arn:aws:iam::{account()}:role/not-there")
        self.assert_refused(400, "InvalidParameterValueException", message, LAMBDA.update_function_configuration, FunctionName=name, Role=role["Arn"])
        principals.IAM.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=principals.trust(TRUSTED))
        self.assertEqual(LAMBDA.update_function_configuration(FunctionName=name, Role=role["Arn"])["Role"], role["Arn"])
        LAMBDA.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})


if __name__ == "__main__":
    unittest.main()
