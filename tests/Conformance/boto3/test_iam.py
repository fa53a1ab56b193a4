"""IAM as its clients see it: users and keys, groups, roles, policies and versions, simulation."""

import datetime
import json
import unittest

import principals
from principals import IAM, TRUSTS_LAMBDA, allow, trust
from support import ConformanceTest, account, client, unique

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


class Users(ConformanceTest):
    def test_a_user_is_made_found_renamed_and_deleted(self):
        name = unique("user")
        made = IAM.create_user(UserName=name, Path="/team/", Tags=[{"Key": "a", "Value": "1"}])["User"]
        self.assertEqual((made["Arn"], made["Path"], made["Tags"]),
                         (f"arn:aws:iam::{account()}:user/team/{name}", "/team/", [{"Key": "a", "Value": "1"}]))
        self.assertRegex(made["UserId"], "^AIDA[A-Z2-7]{17}$")
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - made["CreateDate"]).total_seconds(), 60)
        self.assertEqual(IAM.get_user(UserName=name)["User"], made)
        self.assertIn(name, [u["UserName"] for u in IAM.list_users(PathPrefix="/team/")["Users"]])
        IAM.update_user(UserName=name, NewUserName=name + "2", NewPath="/")
        self.assertEqual(IAM.get_user(UserName=name + "2")["User"]["UserId"], made["UserId"])
        IAM.delete_user(UserName=name + "2")
        self.assert_refused(404, "NoSuchEntity", f"^The user with name {name}2 cannot be found.$", IAM.get_user, UserName=name + "2")

    def test_a_name_is_given_once(self):
        name, _ = principals.user(self.addCleanup)
        self.assert_refused(409, "EntityAlreadyExists", f"^User with name {name} already exists.$", IAM.create_user, UserName=name)

    def test_the_root_is_a_user_too(self):
        self.assertEqual(IAM.get_user()["User"]["Arn"], f"arn:aws:iam::{account()}:root")

    def test_a_key_works_at_once_and_not_when_it_is_inactive_or_deleted(self):
        name, arn = principals.user(self.addCleanup, allow("iam:GetUser"))
        self.assertEqual(IAM.list_access_keys(UserName=name)["AccessKeyMetadata"], [])
        keys = principals.key_of(name)
        self.assertEqual(client("sts", **keys).get_caller_identity()["Arn"], arn)
        self.assertEqual(client("iam", **keys).get_user()["User"]["UserName"], name)
        self.assertEqual(client("sts").get_access_key_info(AccessKeyId=keys["key"])["Account"], account())
        used = IAM.get_access_key_last_used(AccessKeyId=keys["key"])
        self.assertEqual((used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]), (name, "iam"))
        IAM.update_access_key(UserName=name, AccessKeyId=keys["key"], Status="Inactive")
        self.assert_refused(403, "InvalidClientTokenId", "^The security token included in the request is invalid",
                            client("sts", **keys).get_caller_identity)
        IAM.update_access_key(UserName=name, AccessKeyId=keys["key"], Status="Active")
        client("sts", **keys).get_caller_identity()
        IAM.delete_access_key(UserName=name, AccessKeyId=keys["key"])
        self.assert_refused(403, "InvalidClientTokenId", "", client("sts", **keys).get_caller_identity)

    def test_a_user_has_two_keys_at_most(self):
        name, _ = principals.user(self.addCleanup)
        principals.key_of(name)
        principals.key_of(name)
        self.assert_refused(409, "LimitExceeded", "^Cannot exceed quota for AccessKeysPerUser: 2$", IAM.create_access_key, UserName=name)

    def test_a_user_without_policies_may_nothing(self):
        name, arn = principals.user(self.addCleanup)
        mine = client("iam", **principals.key_of(name))
        self.assert_refused(403, "AccessDenied", f"^User: {arn} is not authorized to perform: iam:CreateUser on resource: "
                            f"arn:aws:iam::{account()}:user/x because no identity-based policy allows the iam:CreateUser action$",
                            mine.create_user, UserName="x")

    def test_tags(self):
        name, _ = principals.user(self.addCleanup)
        IAM.tag_user(UserName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        self.assertEqual(IAM.list_user_tags(UserName=name)["Tags"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        IAM.untag_user(UserName=name, TagKeys=["a"])
        self.assertEqual(IAM.list_user_tags(UserName=name)["Tags"], [{"Key": "b", "Value": ""}])


class Groups(ConformanceTest):
    def test_members_have_the_policies_of_their_group(self):
        group = unique("group")
        self.assertEqual(IAM.create_group(GroupName=group)["Group"]["Arn"], f"arn:aws:iam::{account()}:group/{group}")
        name, _ = principals.user(self.addCleanup)
        mine = client("iam", **principals.key_of(name))
        IAM.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=allow("iam:ListUsers"))
        self.assert_refused(403, "AccessDenied", "", mine.list_users)
        IAM.add_user_to_group(GroupName=group, UserName=name)
        mine.list_users()
        self.assertEqual([u["UserName"] for u in IAM.get_group(GroupName=group)["Users"]], [name])
        self.assertEqual([g["GroupName"] for g in IAM.list_groups_for_user(UserName=name)["Groups"]], [group])
        self.assert_refused(409, "DeleteConflict", "^Cannot delete entity, must remove users from group first.$",
                            IAM.delete_group, GroupName=group)
        IAM.remove_user_from_group(GroupName=group, UserName=name)
        self.assert_refused(403, "AccessDenied", "", mine.list_users)
        self.assert_refused(409, "DeleteConflict", "^Cannot delete entity, must delete policies first.$", IAM.delete_group, GroupName=group)
        IAM.delete_group_policy(GroupName=group, PolicyName="p")
        IAM.delete_group(GroupName=group)


class Roles(ConformanceTest):
    def test_a_role_is_as_it_was_made_and_changed(self):
        made = principals.role(self.addCleanup, TRUSTS_LAMBDA, Path="/service-role/", Description="runs", MaxSessionDuration=7200,
                               Tags=[{"Key": "k", "Value": "v"}])
        name = made["RoleName"]
        found = IAM.get_role(RoleName=name)["Role"]
        self.assertEqual(found["Arn"], f"arn:aws:iam::{account()}:role/service-role/{name}")
        self.assertRegex(found["RoleId"], "^AROA[A-Z2-7]{17}$")
        self.assertEqual(found["AssumeRolePolicyDocument"], json.loads(trust(TRUSTS_LAMBDA)))
        self.assertEqual((found["Description"], found["MaxSessionDuration"], found["Tags"], found["RoleLastUsed"]),
                         ("runs", 7200, [{"Key": "k", "Value": "v"}], {}))
        IAM.update_role(RoleName=name, Description="walks", MaxSessionDuration=3600)
        IAM.update_assume_role_policy(RoleName=name, PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
        found = IAM.get_role(RoleName=name)["Role"]
        self.assertEqual((found["Description"], found["MaxSessionDuration"]), ("walks", 3600))
        self.assertEqual(found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"], {"Service": "ec2.amazonaws.com"})
        self.assertIn(name, [r["RoleName"] for p in IAM.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}) for r in p["Roles"]])

    def test_the_sequence_of_terraforms_aws_iam_role(self):
        made = principals.role(self.addCleanup, TRUSTS_LAMBDA)
        name = made["RoleName"]
        IAM.get_role(RoleName=name)
        IAM.attach_role_policy(RoleName=name, PolicyArn=BASIC)
        self.assertEqual(IAM.list_role_policies(RoleName=name)["PolicyNames"], [])
        self.assertEqual(IAM.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
                         [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}])
        self.assertEqual(IAM.list_role_tags(RoleName=name)["Tags"], [])
        self.assertEqual(IAM.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"], [])
        self.assert_refused(409, "DeleteConflict", "^Cannot delete entity, must detach all policies first.$", IAM.delete_role, RoleName=name)

    def test_inline_policies(self):
        name = principals.role(self.addCleanup, TRUSTS_LAMBDA)["RoleName"]
        self.assert_refused(404, "NoSuchEntity", "^The role policy with name p cannot be found.$", IAM.get_role_policy, RoleName=name, PolicyName="p")
        IAM.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow("logs:*"))
        self.assertEqual(IAM.get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"], json.loads(allow("logs:*")))
        self.assertEqual(IAM.list_role_policies(RoleName=name)["PolicyNames"], ["p"])

    def test_documents_that_are_none_are_refused(self):
        self.assert_refused(400, "MalformedPolicyDocument", "", IAM.create_role, RoleName=unique("role"), AssumeRolePolicyDocument="{")
        self.assert_refused(400, "MalformedPolicyDocument", "^Has prohibited field Resource$", IAM.create_role, RoleName=unique("role"),
                            AssumeRolePolicyDocument=trust(TRUSTS_LAMBDA, Resource="*"))
        self.assert_refused(400, "MalformedPolicyDocument", "^Syntax errors in policy.$", IAM.create_policy, PolicyName=unique("p"), PolicyDocument="[]")

    def test_a_boundary_limits_what_policies_allow(self):
        name, _ = principals.user(self.addCleanup, allow("iam:*"))
        mine = client("iam", **principals.key_of(name))
        mine.list_roles()
        IAM.put_user_permissions_boundary(UserName=name, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
        self.assertEqual(IAM.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"], "arn:aws:iam::aws:policy/PowerUserAccess")
        mine.list_roles()
        self.assert_refused(403, "AccessDenied", "because no permissions boundary allows the iam:ListUsers action$", mine.list_users)
        IAM.delete_user_permissions_boundary(UserName=name)
        mine.list_users()


class ManagedPolicies(ConformanceTest):
    def policy(self, body=None):
        made = IAM.create_policy(PolicyName=unique("policy"), PolicyDocument=body or allow("s3:*"), Description="some")["Policy"]
        self.addCleanup(self.forget, made["Arn"])
        return made

    @staticmethod
    def forget(arn):
        for version in IAM.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                IAM.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        IAM.delete_policy(PolicyArn=arn)

    def test_versions(self):
        arn = self.policy()["Arn"]
        self.assertEqual(IAM.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:Get*"))["PolicyVersion"]["VersionId"], "v2")
        self.assertEqual(IAM.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v1")
        IAM.set_default_policy_version(PolicyArn=arn, VersionId="v2")
        self.assertEqual([(v["VersionId"], v["IsDefaultVersion"]) for v in IAM.list_policy_versions(PolicyArn=arn)["Versions"]],
                         [("v2", True), ("v1", False)])
        self.assertEqual(IAM.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"], json.loads(allow("s3:Get*")))
        IAM.delete_policy_version(PolicyArn=arn, VersionId="v1")
        self.assertEqual(IAM.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))["PolicyVersion"]["VersionId"], "v3")

    def test_who_has_it(self):
        arn = self.policy()["Arn"]
        user, _ = principals.user(self.addCleanup)
        role = principals.role(self.addCleanup, TRUSTS_LAMBDA)["RoleName"]
        IAM.attach_user_policy(UserName=user, PolicyArn=arn)
        IAM.attach_role_policy(RoleName=role, PolicyArn=arn)
        self.assertEqual(IAM.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 2)
        found = IAM.list_entities_for_policy(PolicyArn=arn)
        self.assertEqual(([u["UserName"] for u in found["PolicyUsers"]], [r["RoleName"] for r in found["PolicyRoles"]], found["PolicyGroups"]),
                         ([user], [role], []))
        self.assertIn(arn, [p["Arn"] for p in IAM.list_policies(Scope="Local", OnlyAttached=True)["Policies"]])
        IAM.detach_user_policy(UserName=user, PolicyArn=arn)
        self.assert_refused(404, "NoSuchEntity", f"^Policy {arn} was not found.$", IAM.detach_user_policy, UserName=user, PolicyArn=arn)
        IAM.detach_role_policy(RoleName=role, PolicyArn=arn)

    def test_those_of_AWS_are_there_and_cannot_be_changed(self):
        found = IAM.get_policy(PolicyArn=BASIC)["Policy"]
        self.assertEqual((found["PolicyName"], found["Path"], found["Arn"]), ("AWSLambdaBasicExecutionRole", "/service-role/", BASIC))
        body = IAM.get_policy_version(PolicyArn=BASIC, VersionId=found["DefaultVersionId"])["PolicyVersion"]["Document"]
        self.assertEqual(body["Statement"][0]["Action"], ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
        names = [p["PolicyName"] for p in IAM.list_policies(Scope="AWS")["Policies"]]
        for name in ("AWSLambdaVPCAccessExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSLambda_FullAccess", "AdministratorAccess", "ReadOnlyAccess"):
            self.assertIn(name, names)
        self.assert_refused(403, "AccessDenied", "", IAM.delete_policy, PolicyArn=BASIC)

    def test_what_is_not_there_cannot_be_attached(self):
        name = principals.role(self.addCleanup, TRUSTS_LAMBDA)["RoleName"]
        arn = f"arn:aws:iam::{account()}:policy/none"
        self.assert_refused(404, "NoSuchEntity", f"^Policy {arn} does not exist or is not attachable.$", IAM.attach_role_policy, RoleName=name, PolicyArn=arn)


class Simulation(ConformanceTest):
    def test_of_a_user(self):
        _, arn = principals.user(self.addCleanup, principals.document(
            {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}, {"Effect": "Deny", "Action": "lambda:Delete*", "Resource": "*"}))
        found = IAM.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["lambda:GetFunction", "lambda:DeleteFunction", "s3:GetObject"])
        self.assertEqual([(r["EvalActionName"], r["EvalDecision"]) for r in found["EvaluationResults"]],
                         [("lambda:GetFunction", "allowed"), ("lambda:DeleteFunction", "explicitDeny"), ("s3:GetObject", "implicitDeny")])

    def test_the_statements_that_decide_are_named(self):
        """A denial is the only entry, as the API reference says of MatchedStatements."""
        name, arn = principals.user(self.addCleanup, allow("lambda:*"))
        IAM.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess")
        deny = principals.document({"Effect": "Deny", "Action": "lambda:Delete*", "Resource": "*"})
        found = IAM.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["lambda:GetFunction", "lambda:DeleteFunction"], PolicyInputList=[deny])
        self.assertEqual([[m["SourcePolicyId"] for m in r["MatchedStatements"]] for r in found["EvaluationResults"]],
                         [["p", "AWSLambda_ReadOnlyAccess"], ["PolicyInputList.1"]])

    def test_the_keys_that_policies_ask_for(self):
        body = allow("lambda:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}, "Bool": {"aws:SecureTransport": "true"}})
        keys = ["aws:PrincipalTag/team", "aws:SecureTransport"]
        self.assertEqual(IAM.get_context_keys_for_custom_policy(PolicyInputList=[body])["ContextKeyNames"], keys)
        _, arn = principals.user(self.addCleanup, body)
        self.assertEqual(IAM.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"], keys)

    def test_of_documents_with_conditions(self):
        body = allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:a*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
        ask = {"PolicyInputList": [body], "ActionNames": ["lambda:InvokeFunction"], "ResourceArns": ["arn:aws:lambda:eu-west-1:1:function:abc"]}
        found = IAM.simulate_custom_policy(**ask)["EvaluationResults"][0]
        self.assertEqual((found["EvalDecision"], found["MissingContextValues"]), ("implicitDeny", ["aws:RequestedRegion"]))
        found = IAM.simulate_custom_policy(**ask, ContextEntries=[
            {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"}])["EvaluationResults"][0]
        self.assertEqual((found["EvalDecision"], found["EvalResourceName"]), ("allowed", ask["ResourceArns"][0]))

    def test_the_account_in_numbers(self):
        self.assertEqual(IAM.get_account_summary()["SummaryMap"]["AccessKeysPerUserQuota"], 2)


if __name__ == "__main__":
    unittest.main()
