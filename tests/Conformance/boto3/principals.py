"""Users and roles that clean up after themselves, and clients that speak for them."""

import json

from support import client, unique

IAM = client("iam")
STS = client("sts")
TRUSTS_LAMBDA = {"Service": "lambda.amazonaws.com"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return document({"Effect": "Allow", "Action": action, "Resource": resource, **more})


def trust(principal, **more):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def user(add_cleanup, policy=None, iam=IAM):
    """Makes a user, with an inline policy if one is given; returns its name and arn."""
    name = unique("user")
    made = iam.create_user(UserName=name)["User"]
    add_cleanup(delete_user, name, iam)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    return name, made["Arn"]


def key_of(name, iam=IAM):
    """A new key of the user, as arguments of support.client."""
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def keys_in(answer):
    """Temporary credentials, as arguments of support.client."""
    found = answer["Credentials"]
    return {"key": found["AccessKeyId"], "secret": found["SecretAccessKey"], "token": found["SessionToken"]}


def role(add_cleanup, principal, policy=None, iam=IAM, name=None, condition=None, **settings):
    name = name or unique("role")
    more = {"Condition": condition} if condition else {}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal, **more), **settings)["Role"]
    add_cleanup(delete_role, name, iam)
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return made


def delete_user(name, iam=IAM):
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    iam.delete_user(UserName=name)


def delete_role(name, iam=IAM):
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)
