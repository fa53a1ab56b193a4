"""Temporary credentials: of roles and of users."""

import datetime
import unittest

import principals
from principals import STS, allow
from support import ConformanceTest, account, client, unique


class AssumeRole(ConformanceTest):
    def setUp(self):
        self.user, self.arn = principals.user(self.addCleanup)
        self.sts = client("sts", **principals.key_of(self.user))

    def assume(self, role, sts=None, **more):
        return (sts or self.sts).assume_role(RoleArn=role["Arn"], RoleSessionName="session", **more)

    def test_the_session_is_the_role_and_may_what_it_may(self):
        role = principals.role(self.addCleanup, {"AWS": self.arn}, allow("iam:ListUsers"))
        answer = self.assume(role)
        who = f"arn:aws:sts::{account()}:assumed-role/{role['RoleName']}/session"
        self.assertEqual(answer["AssumedRoleUser"], {"Arn": who, "AssumedRoleId": f"{role['RoleId']}:session"})
        self.assertRegex(answer["Credentials"]["AccessKeyId"], "^ASIA[A-Z2-7]{16}$")
        left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(3500 < left.total_seconds() <= 3600, left)
        keys = principals.keys_in(answer)
        found = client("sts", **keys).get_caller_identity()
        self.assertEqual((found["Arn"], found["UserId"], found["Account"]), (who, f"{role['RoleId']}:session", account()))
        client("iam", **keys).list_users()
        self.assert_refused(403, "AccessDenied", f"^User: {who} is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::{account()}:role/ "
                            "because no identity-based policy allows the iam:ListRoles action$", client("iam", **keys).list_roles)
        self.assertEqual(STS.get_access_key_info(AccessKeyId=keys["key"])["Account"], account())

    def test_the_token_belongs_to_the_key(self):
        role = principals.role(self.addCleanup, {"AWS": self.arn})
        one, other = principals.keys_in(self.assume(role)), principals.keys_in(self.assume(role))
        for wrong in ({**one, "token": other["token"]}, {**one, "token": None}, {**one, "token": one["token"][:-8] + "AAAAAAA="},
                      {**one, "token": "nonsense"}):
            self.assert_refused(403, "InvalidClientTokenId", "^The security token included in the request is invalid",
                                client("sts", **wrong).get_caller_identity)
        self.assert_refused(403, "SignatureDoesNotMatch", "", client("sts", **{**one, "secret": other["secret"]}).get_caller_identity)

    def test_only_who_is_trusted(self):
        role = principals.role(self.addCleanup, {"Service": "lambda.amazonaws.com"})
        message = f"^User: {self.arn} is not authorized to perform: sts:AssumeRole on resource: {role['Arn']}$"
        self.assert_refused(403, "AccessDenied", message, self.assume, role=role)
        self.assert_refused(403, "AccessDenied", "", self.assume, role={"Arn": f"arn:aws:iam::{account()}:role/none"})
        self.assert_refused(403, "AccessDenied", "^Roles may not be assumed by root accounts.$", self.assume, role=role, sts=STS)

    def test_the_external_id_is_asked_for(self):
        role = principals.role(self.addCleanup, {"AWS": self.arn}, condition={"StringEquals": {"sts:ExternalId": "42"}})
        self.assert_refused(403, "AccessDenied", "", self.assume, role=role)
        self.assert_refused(403, "AccessDenied", "", self.assume, role=role, ExternalId="43")
        self.assume(role, ExternalId="42")

    def test_a_policy_of_the_session_limits_it(self):
        role = principals.role(self.addCleanup, {"AWS": self.arn}, allow("iam:List*"))
        answer = self.assume(role, Policy=allow("iam:ListRoles"))
        self.assertGreater(answer["PackedPolicySize"], 0)
        limited = client("iam", **principals.keys_in(answer))
        limited.list_roles()
        self.assert_refused(403, "AccessDenied", "because no session policy allows the iam:ListUsers action$", limited.list_users)
        limited = client("iam", **principals.keys_in(self.assume(role, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"}])))
        limited.list_roles()
        self.assert_refused(403, "AccessDenied", "", limited.list_users)

    def test_bad_wishes(self):
        role = principals.role(self.addCleanup, {"AWS": self.arn})
        self.assert_refused(400, "ValidationError", "^The requested DurationSeconds exceeds the MaxSessionDuration set for this role.$",
                            self.assume, role=role, DurationSeconds=7200)
        self.assert_refused(400, "MalformedPolicyDocument", "", self.assume, role=role, Policy="{}")
        self.assert_refused(400, "ValidationError", "is invalid$", self.assume, role={"Arn": "arn:aws:s3:::there-is-none"})

    def test_a_deleted_role_leaves_its_sessions_nothing(self):
        name = unique("role")
        role = principals.role(lambda *_: None, {"AWS": self.arn}, allow("iam:*"), name=name)
        session = client("iam", **principals.keys_in(self.assume(role)))
        session.list_users()
        principals.delete_role(name)
        self.assert_refused(403, "AccessDenied", "", session.list_users)


class GetSessionToken(ConformanceTest):
    def test_the_session_is_the_user(self):
        user, arn = principals.user(self.addCleanup)
        answer = client("sts", **principals.key_of(user)).get_session_token(DurationSeconds=900)
        keys = principals.keys_in(answer)
        self.assertEqual(client("sts", **keys).get_caller_identity()["Arn"], arn)
        self.assert_refused(403, "AccessDenied", "^Cannot call GetSessionToken with session credentials$", client("sts", **keys).get_session_token)

    def test_the_root_has_an_hour(self):
        answer = STS.get_session_token(DurationSeconds=40_000)
        left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(3500 < left.total_seconds() <= 3600, left)
        self.assertEqual(client("lambda", **principals.keys_in(answer)).get_account_settings()["AccountLimit"]["ConcurrentExecutions"], 1000)


if __name__ == "__main__":
    unittest.main()
