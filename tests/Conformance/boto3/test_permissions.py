"""Policies decide about every call: users with some rights, explicit denials, boundaries, sessions, conditions, resource policies."""

import unittest

import principals
from principals import IAM, allow, document
from support import LAMBDA, ConformanceTest, account, arn, client, create_probe, invoke, package, role, unique


class Permissions(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "permissions")
        LAMBDA.publish_version(FunctionName=cls.name)

    def caller(self, *statements):
        """A new user with these rights: its ARN, its name and a client of Lambda."""
        name, who = principals.user(self.addCleanup, document(*statements) if statements else None)
        return who, name, client(**principals.key_of(name))

    def assert_denied(self, who, action, resource, reason, operation, **arguments):
        self.assert_refused(403, "AccessDeniedException", self.exactly(
            f"User: {who} is not authorized to perform: {action} on resource: {resource} {reason}"), operation, **arguments)

    def test_who_has_no_policy_may_nothing_and_reads_why(self):
        who, _, mine = self.caller()
        because = "because no identity-based policy allows the {} action"
        for operation, action, arguments, resource in (
                (mine.invoke, "lambda:InvokeFunction", {"FunctionName": self.name}, arn(self.name)),
                (mine.invoke, "lambda:InvokeFunction", {"FunctionName": self.name, "Qualifier": "1"}, arn(self.name, "1")),
                (mine.invoke, "lambda:InvokeFunction", {"FunctionName": "none"}, arn("none")),
                (mine.get_function, "lambda:GetFunction", {"FunctionName": self.name}, arn(self.name)),
                (mine.get_function, "lambda:GetFunction", {"FunctionName": "none"}, arn("none")),
                (mine.list_functions, "lambda:ListFunctions", {}, "*"),
                (mine.get_account_settings, "lambda:GetAccountSettings", {}, "*"),
                (mine.delete_function, "lambda:DeleteFunction", {"FunctionName": self.name}, arn(self.name)),
                (mine.put_function_concurrency, "lambda:PutFunctionConcurrency",
                 {"FunctionName": self.name, "ReservedConcurrentExecutions": 0}, arn(self.name)),
                (mine.list_layers, "lambda:ListLayers", {}, "*"),
                (mine.list_tags, "lambda:ListTags", {"Resource": arn(self.name)}, arn(self.name))):
            self.assert_denied(who, action, resource, because.format(action), operation, **arguments)

    def test_a_policy_counts_at_once_and_until_it_is_taken_away(self):
        who, name, mine = self.caller()
        IAM.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow("lambda:InvokeFunction", arn(self.name)))
        self.assertEqual(invoke(self.name, {"do": "echo"}, using=mine).status, 200)
        self.assertEqual(mine.invoke(FunctionName=self.name, InvocationType="DryRun")["StatusCode"], 204)
        self.assert_refused(403, "AccessDeniedException", "", mine.get_function, FunctionName=self.name)
        self.assert_refused(403, "AccessDeniedException", "", mine.invoke, FunctionName=self.name, Qualifier="1")
        IAM.delete_user_policy(UserName=name, PolicyName="p")
        self.assert_refused(403, "AccessDeniedException", "", mine.invoke, FunctionName=self.name, InvocationType="DryRun")

    def test_an_explicit_denial_wins(self):
        who, _, mine = self.caller({"Effect": "Allow", "Action": "*", "Resource": "*"},
                                   {"Effect": "Deny", "Action": "lambda:Invoke*", "Resource": arn(self.name)})
        self.assert_denied(who, "lambda:InvokeFunction", arn(self.name), "with an explicit deny in an identity-based policy",
                           mine.invoke, FunctionName=self.name)
        self.assertEqual(mine.get_function_configuration(FunctionName=self.name)["FunctionName"], self.name)

    def test_a_boundary_and_a_session_limit_what_a_policy_gives(self):
        limit = IAM.create_policy(PolicyName=unique("limit"), PolicyDocument=allow("lambda:Get*"))["Policy"]["Arn"]
        self.addCleanup(IAM.delete_policy, PolicyArn=limit)
        who, name, mine = self.caller({"Effect": "Allow", "Action": "*", "Resource": "*"})
        IAM.put_user_permissions_boundary(UserName=name, PermissionsBoundary=limit)
        self.assertEqual(mine.get_function_configuration(FunctionName=self.name)["FunctionName"], self.name)
        self.assert_denied(who, "lambda:InvokeFunction", arn(self.name),
                           "because no permissions boundary allows the lambda:InvokeFunction action", mine.invoke, FunctionName=self.name)
        IAM.delete_user_permissions_boundary(UserName=name)
        made = principals.role(self.addCleanup, {"AWS": who}, allow("lambda:*"))
        session = principals.keys_in(client("sts", **principals.key_of(name)).assume_role(
            RoleArn=made["Arn"], RoleSessionName="limited", Policy=allow("lambda:Get*")))
        self.assertEqual(client(**session).get_function_configuration(FunctionName=self.name)["FunctionName"], self.name)
        self.assert_denied(f"arn:aws:sts::{account()}:assumed-role/{made['RoleName']}/limited", "lambda:InvokeFunction", arn(self.name),
                           "because no session policy allows the lambda:InvokeFunction action",
                           client(**session).invoke, FunctionName=self.name)

    def test_conditions_see_the_request_and_the_caller(self):
        for condition, may in (
                ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
                ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
                ({"DateGreaterThan": {"aws:CurrentTime": "2100-01-01T00:00:00Z"}}, False),
                ({"StringEquals": {"aws:PrincipalAccount": account()}}, True),
                ({"StringLike": {"aws:username": "conf-user-*"}}, True),
                ({"Bool": {"aws:SecureTransport": "true"}}, False),
                ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
                ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, False)):
            with self.subTest(condition):
                _, _, mine = self.caller({"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": condition})
                found = self.status(mine.invoke, FunctionName=self.name, InvocationType="DryRun")
                self.assertEqual(found, 204 if may else 403)

    def test_tags_of_the_function_and_of_the_user_may_have_to_agree(self):
        LAMBDA.tag_resource(Resource=arn(self.name), Tags={"team": "blue"})
        self.addCleanup(LAMBDA.untag_resource, Resource=arn(self.name), TagKeys=["team"])
        _, name, mine = self.caller({"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}})
        self.assertEqual(self.status(mine.get_function, FunctionName=self.name), 403)
        IAM.tag_user(UserName=name, Tags=[{"Key": "team", "Value": "blue"}])
        self.assertEqual(self.status(mine.get_function, FunctionName=self.name), 200)
        self.assertEqual(self.status(mine.invoke, FunctionName=self.name, InvocationType="DryRun"), 204)

    def test_whoever_creates_a_function_must_be_allowed_to_pass_its_role(self):
        who, name, mine = self.caller({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"})
        made = principals.role(self.addCleanup, principals.TRUSTS_LAMBDA)
        wanted = {"FunctionName": unique("passed"), "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": package({"a.py": "b = print"})}}
        self.assert_denied(who, "iam:PassRole", made["Arn"], "because no identity-based policy allows the iam:PassRole action",
                           mine.create_function, Role=made["Arn"], **wanted)
        IAM.put_user_policy(UserName=name, PolicyName="pass", PolicyDocument=allow(
            "iam:PassRole", made["Arn"], Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}))
        mine.create_function(Role=made["Arn"], **wanted)
        self.addCleanup(mine.delete_function, FunctionName=wanted["FunctionName"])
        self.assert_refused(403, "AccessDeniedException", "iam:PassRole",
                            mine.update_function_configuration, FunctionName=wanted["FunctionName"], Role=role() + "-other")

    def test_a_policy_of_the_function_is_enough_within_the_account(self):
        who, _, mine = self.caller()
        LAMBDA.add_permission(FunctionName=self.name, StatementId="one", Action="lambda:InvokeFunction", Principal=who)
        self.addCleanup(LAMBDA.remove_permission, FunctionName=self.name, StatementId="one")
        self.assertEqual(invoke(self.name, {"do": "echo"}, using=mine).status, 200)
        self.assert_refused(403, "AccessDeniedException", "", mine.invoke, FunctionName=self.name, Qualifier="1")

    def test_a_permission_for_the_account_leaves_it_to_the_account(self):
        _, _, mine = self.caller()
        LAMBDA.add_permission(FunctionName=self.name, StatementId="all", Action="lambda:InvokeFunction", Principal=account())
        self.addCleanup(LAMBDA.remove_permission, FunctionName=self.name, StatementId="all")
        self.assertEqual(self.status(mine.invoke, FunctionName=self.name, InvocationType="DryRun"), 403)

    def test_logs_ask_too(self):
        name, who = principals.user(self.addCleanup)
        logs = client("logs", **principals.key_of(name))
        group = f"arn:aws:logs:{LAMBDA.meta.region_name}:{account()}:log-group:/aws/lambda/{self.name}"
        self.assert_refused(400, "AccessDeniedException", self.exactly(
            f"User: {who} is not authorized to perform: logs:FilterLogEvents on resource: {group}:log-stream: "
            "because no identity-based policy allows the logs:FilterLogEvents action"),
            logs.filter_log_events, logGroupName=f"/aws/lambda/{self.name}")
        invoke(self.name, {"do": "echo"})
        for resource in (group, f"{group}:*"):
            IAM.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow("logs:*", resource))
            self.assertIn("events", logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}"))
            self.assert_refused(400, "AccessDeniedException", "", logs.delete_log_group, logGroupName="/other")

    def test_the_simulator_says_what_the_call_hears(self):
        who, _, mine = self.caller({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"arn:aws:lambda:*:*:function:{self.name}"})
        decided = IAM.simulate_principal_policy(
            PolicySourceArn=who, ActionNames=["lambda:InvokeFunction", "lambda:GetFunction"], ResourceArns=[arn(self.name)])["EvaluationResults"]
        self.assertEqual({d["EvalActionName"]: d["EvalDecision"] for d in decided},
                         {"lambda:InvokeFunction": "allowed", "lambda:GetFunction": "implicitDeny"})
        self.assertEqual(self.status(mine.invoke, FunctionName=self.name, InvocationType="DryRun"), 204)
        self.assertEqual(self.status(mine.get_function, FunctionName=self.name), 403)

    def status(self, operation, **arguments):
        try:
            return operation(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
        except operation.__self__.exceptions.ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]


if __name__ == "__main__":
    unittest.main()
