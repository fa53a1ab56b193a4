"""What functions have beside code and settings: policies, URLs, tags, recursion, code signing, event sources."""

import json
import unittest

from support import LAMBDA, REGION, ConformanceTest, account, arn, create_probe


class FunctionResources(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "resources", Tags={"made": "with"})

    def test_a_permission_comes_and_goes(self):
        added = LAMBDA.add_permission(FunctionName=self.name, StatementId="s3", Action="lambda:InvokeFunction",
                                      Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::bucket", SourceAccount=account())
        self.assertEqual(json.loads(added["Statement"]), {
            "Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
            "Resource": arn(self.name),
            "Condition": {"StringEquals": {"AWS:SourceAccount": account()}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}})
        policy = LAMBDA.get_policy(FunctionName=self.name)
        self.assertEqual(json.loads(policy["Policy"])["Statement"], [json.loads(added["Statement"])])
        LAMBDA.remove_permission(FunctionName=self.name, StatementId="s3", RevisionId=policy["RevisionId"])
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("The resource you requested does not exist."),
                            LAMBDA.get_policy, FunctionName=self.name)

    def test_a_url_is_configured_and_deleted(self):
        made = LAMBDA.create_function_url_config(FunctionName=self.name, AuthType="NONE", Cors={"AllowOrigins": ["*"]})
        self.assertRegex(made["FunctionUrl"], rf"^http://[a-z0-9]{{32}}\.lambda-url\.{REGION}\.localhost:\d+/$")
        got = LAMBDA.get_function_url_config(FunctionName=self.name)
        self.assertEqual(got["Cors"], {"AllowOrigins": ["*"]})  # Debian's boto3 is older than InvokeMode
        self.assertEqual(LAMBDA.update_function_url_config(FunctionName=self.name, AuthType="AWS_IAM")["AuthType"], "AWS_IAM")
        self.assertEqual(len(LAMBDA.list_function_url_configs(FunctionName=self.name)["FunctionUrlConfigs"]), 1)
        LAMBDA.delete_function_url_config(FunctionName=self.name)
        self.assertEqual(LAMBDA.list_function_url_configs(FunctionName=self.name)["FunctionUrlConfigs"], [])

    def test_tags_are_set_listed_and_taken_away(self):
        LAMBDA.tag_resource(Resource=arn(self.name), Tags={"team": "a b/c"})
        self.assertEqual(LAMBDA.list_tags(Resource=arn(self.name))["Tags"], {"made": "with", "team": "a b/c"})
        self.assertEqual(LAMBDA.get_function(FunctionName=self.name)["Tags"], {"made": "with", "team": "a b/c"})
        LAMBDA.untag_resource(Resource=arn(self.name), TagKeys=["team"])
        self.assertEqual(LAMBDA.list_tags(Resource=arn(self.name))["Tags"], {"made": "with"})

    def test_a_function_without_code_signing_says_so_with_200(self):
        got = LAMBDA.get_function_code_signing_config(FunctionName=self.name)
        self.assertNotIn("CodeSigningConfigArn", got)

    def test_code_signing_is_configured_and_deleted(self):
        profile = f"arn:aws:signer:{REGION}:{account()}:/signing-profiles/p/v"
        made = LAMBDA.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [profile]})["CodeSigningConfig"]
        LAMBDA.put_function_code_signing_config(FunctionName=self.name, CodeSigningConfigArn=made["CodeSigningConfigArn"])
        using = LAMBDA.list_functions_by_code_signing_config(CodeSigningConfigArn=made["CodeSigningConfigArn"])
        self.assertEqual(using["FunctionArns"], [arn(self.name)])
        LAMBDA.delete_function_code_signing_config(FunctionName=self.name)
        LAMBDA.delete_code_signing_config(CodeSigningConfigArn=made["CodeSigningConfigArn"])
        self.assertEqual(LAMBDA.list_code_signing_configs()["CodeSigningConfigs"], [])

    def test_a_mapping_is_kept_and_says_that_nothing_polls_it(self):
        queue = f"arn:aws:sqs:{REGION}:{account()}:queue"
        made = LAMBDA.create_event_source_mapping(FunctionName=self.name, EventSourceArn=queue)
        self.assertEqual((made["State"], made["BatchSize"], made["FunctionArn"]), ("Creating", 10, arn(self.name)))
        got = LAMBDA.get_event_source_mapping(UUID=made["UUID"])
        self.assertEqual(got["State"], "Enabled")
        self.assertIn("does not poll", got["StateTransitionReason"])
        self.assertEqual(got["LastModified"], made["LastModified"])
        self.assertEqual(LAMBDA.update_event_source_mapping(UUID=made["UUID"], Enabled=False)["State"], "Disabling")
        listed = LAMBDA.list_event_source_mappings(FunctionName=self.name)["EventSourceMappings"]
        self.assertEqual([(m["UUID"], m["State"]) for m in listed], [(made["UUID"], "Disabled")])
        self.assertEqual(LAMBDA.delete_event_source_mapping(UUID=made["UUID"])["State"], "Deleting")


if __name__ == "__main__":
    unittest.main()
