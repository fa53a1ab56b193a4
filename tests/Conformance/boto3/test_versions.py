"""Versions and aliases: publishing, what is immutable, weighted routing as it really splits, and what is refused."""

import unittest

from support import (LAMBDA, UNCHECKED, ConformanceTest, arn, create_probe, invoke, package, role, wait_until_active,
                     wait_until_updated)

CODE = """
VERSION = {version}

def handler(event, context):
    return {{"version": VERSION, "function_version": context.function_version, "arn": context.invoked_function_arn}}
"""


def files(version):
    return {"index.py": CODE.format(version=version)}


class Versioned(ConformanceTest):
    """A function with the versions 1 and 2, whose code differs."""

    def setUp(self):
        self.name = self.function("versions", files(1), "index.handler", Publish=True)
        LAMBDA.get_waiter("published_version_active").wait(FunctionName=self.name, Qualifier="1",
                                                           WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        LAMBDA.update_function_code(FunctionName=self.name, ZipFile=package(files(2)))
        wait_until_updated(self.name)
        self.published = LAMBDA.publish_version(FunctionName=self.name, Description="second")

    def alias(self, name, version, **more):
        return LAMBDA.create_alias(FunctionName=self.name, Name=name, FunctionVersion=version, **more)


class Versions(Versioned):
    def test_each_version_runs_its_own_code_under_its_own_name(self):
        self.assertEqual((self.published["Version"], self.published["FunctionArn"], self.published["State"]),
                         ("2", arn(self.name, "2"), "Active"))
        LAMBDA.update_function_code(FunctionName=self.name, ZipFile=package(files(3)))
        wait_until_updated(self.name)
        for qualifier, version, code in (("1", "1", 1), ("2", "2", 2), ("$LATEST", "$LATEST", 3)):
            answer = invoke(self.name, {}, Qualifier=qualifier)
            self.assertEqual(answer.json, {"version": code, "function_version": version, "arn": arn(self.name, qualifier)})
            self.assertEqual(answer.version, version)
        self.assertEqual(self.call(self.name, {})["arn"], arn(self.name))
        self.assertEqual(self.call(arn(self.name, "1"), {})["version"], 1)
        self.assertEqual(self.call(f"{self.name}:2", {})["version"], 2)

    def test_a_version_never_changes_and_publishing_without_a_change_answers_it_again(self):
        before = LAMBDA.get_function_configuration(FunctionName=self.name, Qualifier="2")
        again = LAMBDA.publish_version(FunctionName=self.name, Description="third")
        self.assertEqual((again["Version"], again["Description"], again["RevisionId"]),
                         ("2", "second", before["RevisionId"]))
        LAMBDA.update_function_configuration(FunctionName=self.name, Timeout=9)
        wait_until_updated(self.name)
        after = LAMBDA.get_function_configuration(FunctionName=self.name, Qualifier="2")
        del before["ResponseMetadata"], after["ResponseMetadata"]
        self.assertEqual(after, before)
        self.assert_refused(400, "InvalidParameterValueException", r"^CodeSHA256 \(x\) is different from current CodeSHA256 in \$LATEST",
                            LAMBDA.publish_version, FunctionName=self.name, CodeSha256="x")
        self.assert_refused(412, "PreconditionFailedException", "^The Revision Id provided does not match the latest Revision Id",
                            LAMBDA.publish_version, FunctionName=self.name, RevisionId="wrong")
        self.assertEqual(LAMBDA.publish_version(FunctionName=self.name)["Version"], "3")

    def test_versions_are_listed_by_number_as_terraform_asks(self):
        listed = LAMBDA.list_versions_by_function(FunctionName=self.name, MaxItems=10000)["Versions"]
        self.assertEqual([v["Version"] for v in listed], ["$LATEST", "1", "2"])
        self.assertEqual([v["FunctionArn"] for v in listed], [arn(self.name, q) for q in ("$LATEST", "1", "2")])
        self.assertNotIn("State", listed[0])
        paged = LAMBDA.get_paginator("list_versions_by_function").paginate(
            FunctionName=self.name, PaginationConfig={"PageSize": 1}).build_full_result()["Versions"]
        self.assertEqual(paged, listed)
        everything = LAMBDA.get_paginator("list_functions").paginate(FunctionVersion="ALL").build_full_result()["Functions"]
        self.assertEqual([f["Version"] for f in everything if f["FunctionName"] == self.name], ["$LATEST", "1", "2"])

    def test_new_code_can_be_published_with_it(self):
        updated = LAMBDA.update_function_code(FunctionName=self.name, ZipFile=package(files(3)), Publish=True)
        self.assertEqual((updated["Version"], updated["FunctionArn"]), ("3", arn(self.name, "3")))
        self.assertNotIn("LastUpdateStatus", updated)
        LAMBDA.get_waiter("published_version_active").wait(FunctionName=self.name, Qualifier="3",
                                                           WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        self.assertEqual(self.call(f"{self.name}:3", {})["version"], 3)

    def test_a_version_is_deleted_alone_unless_an_alias_leads_to_it(self):
        self.alias("live", "1")
        self.assert_refused(409, "ResourceConflictException",
                            self.exactly("Unable to delete version because the following aliases reference it: [live]"),
                            LAMBDA.delete_function, FunctionName=self.name, Qualifier="1")
        LAMBDA.delete_alias(FunctionName=self.name, Name="live")
        LAMBDA.delete_function(FunctionName=self.name, Qualifier="1")
        LAMBDA.delete_function(FunctionName=self.name, Qualifier="1")
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("Function not found: " + arn(self.name, "1")),
                            LAMBDA.invoke, FunctionName=self.name, Qualifier="1")
        self.assertEqual(self.call(f"{self.name}:2", {})["version"], 2)
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("$LATEST version cannot be deleted without deleting the function."),
                            LAMBDA.delete_function, FunctionName=self.name, Qualifier="$LATEST")


class Aliases(Versioned):
    def test_the_function_is_told_the_alias_and_the_caller_the_version(self):
        created = self.alias("live", "1", Description="mine")
        self.assertEqual({k: v for k, v in created.items() if k not in ("RevisionId", "ResponseMetadata")},
                         {"AliasArn": arn(self.name, "live"), "Name": "live", "FunctionVersion": "1", "Description": "mine"})
        answer = invoke(self.name, {}, Qualifier="live")
        self.assertEqual(answer.json, {"version": 1, "function_version": "1", "arn": arn(self.name, "live")})
        self.assertEqual(answer.version, "1")
        LAMBDA.update_alias(FunctionName=self.name, Name="live", FunctionVersion="2")
        self.assertEqual(invoke(arn(self.name, "live"), {}).version, "2")

    def test_weights_split_the_calls(self):
        self.alias("half", "1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
        versions = []
        for _ in range(100):
            answer = invoke(self.name, {}, Qualifier="half")
            self.assertEqual(answer.json["function_version"], answer.version)
            self.assertEqual(answer.json["arn"], arn(self.name, "half"))
            versions.append(answer.version)
        self.assertEqual(set(versions), {"1", "2"})
        self.assertTrue(20 <= versions.count("2") <= 80, versions.count("2"))  # six standard deviations on each side
        for weight, only in ((0.0, "1"), (1.0, "2")):
            LAMBDA.update_alias(FunctionName=self.name, Name="half", RoutingConfig={"AdditionalVersionWeights": {"2": weight}})
            self.assertEqual({invoke(self.name, {}, Qualifier="half").version for _ in range(12)}, {only})
        cleared = LAMBDA.update_alias(FunctionName=self.name, Name="half", RoutingConfig={"AdditionalVersionWeights": {}})
        self.assertNotIn("RoutingConfig", cleared)

    def test_what_cannot_be_routed_is_refused(self):
        def refused(status, code, message, **route):
            self.assert_refused(status, code, message, UNCHECKED.create_alias, FunctionName=self.name, Name="bad", **route)

        weights = lambda **shares: {"AdditionalVersionWeights": {k.strip("v"): v for k, v in shares.items()}}
        refused(400, "InvalidParameterValueException",
                self.exactly("Number of items in AdditionalVersionWeights cannot be greater than 1"),
                FunctionVersion="1", RoutingConfig=weights(v1=0.8, v2=0.2))
        refused(400, "ValidationException", r"Value '\{2=2\.0\}' at 'routingConfig\.additionalVersionWeights'",
                FunctionVersion="1", RoutingConfig=weights(v2=2))
        refused(400, "InvalidParameterValueException",
                self.exactly("Invalid function version 1. Function version 1 is already included in routing configuration."),
                FunctionVersion="1", RoutingConfig=weights(v1=0.5))
        refused(400, "InvalidParameterValueException",
                self.exactly("$LATEST is not supported for an alias pointing to more than 1 version"),
                FunctionVersion="$LATEST", RoutingConfig=weights(v1=0.5))
        refused(404, "ResourceNotFoundException", self.exactly("Function not found: " + arn(self.name, "10")), FunctionVersion="10")
        self.assert_refused(400, "ValidationException", "at 'name' failed to satisfy constraint", UNCHECKED.create_alias,
                            FunctionName=self.name, Name="2024", FunctionVersion="1")

    def test_an_alias_is_found_listed_and_gone(self):
        first = self.alias("live", "1")
        self.alias("next", "2")
        self.assert_refused(409, "ResourceConflictException", self.exactly("Alias already exists: " + arn(self.name, "live")),
                            LAMBDA.create_alias, FunctionName=self.name, Name="live", FunctionVersion="1")
        self.assert_refused(412, "PreconditionFailedException", None, LAMBDA.update_alias,
                            FunctionName=self.name, Name="live", RevisionId="wrong")
        second = LAMBDA.update_alias(FunctionName=self.name, Name="live", Description="x", RevisionId=first["RevisionId"])
        self.assertNotEqual(second["RevisionId"], first["RevisionId"])
        names = [a["Name"] for page in LAMBDA.get_paginator("list_aliases").paginate(
            FunctionName=self.name, PaginationConfig={"PageSize": 1}) for a in page["Aliases"]]
        self.assertEqual(names, ["live", "next"])
        only = LAMBDA.list_aliases(FunctionName=self.name, FunctionVersion="2")["Aliases"]
        self.assertEqual([a["Name"] for a in only], ["next"])
        read = LAMBDA.get_function(FunctionName=self.name, Qualifier="live")["Configuration"]
        self.assertEqual((read["FunctionArn"], read["Version"]), (arn(self.name, "live"), "1"))
        deleted = LAMBDA.delete_alias(FunctionName=self.name, Name="live")
        self.assertEqual(deleted["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("Cannot find alias arn: " + arn(self.name, "live")),
                            LAMBDA.get_alias, FunctionName=self.name, Name="live")
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("Function not found: " + arn(self.name, "live")),
                            LAMBDA.invoke, FunctionName=self.name, Qualifier="live")


class Recreated(ConformanceTest):
    def test_version_numbers_are_never_reused(self):
        name = create_probe(self.addCleanup, "reborn", Publish=True)
        LAMBDA.delete_function(FunctionName=name)
        created = LAMBDA.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Publish=True,
                                         Role=role(), Code={"ZipFile": package(files(1))})
        self.assertEqual((created["Version"], created["FunctionArn"]), ("2", arn(name)))
        wait_until_active(name)


if __name__ == "__main__":
    unittest.main()
