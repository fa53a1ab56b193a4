"""Reserved and provisioned concurrency, and how events are treated: the API, and that retries are really honoured."""

import unittest

from support import LAMBDA, UNCHECKED, ConformanceTest, arn, create_probe


class Reserved(ConformanceTest):
    def test_a_reservation_is_counted_and_given_back(self):
        name = create_probe(self.addCleanup, "reserved")
        self.assertNotIn("ReservedConcurrentExecutions", LAMBDA.get_function_concurrency(FunctionName=name))
        self.assertNotIn("Concurrency", LAMBDA.get_function(FunctionName=name))
        before = LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        put = LAMBDA.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
        self.assertEqual(put["ReservedConcurrentExecutions"], 3)
        self.assertEqual(LAMBDA.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"], 3)
        self.assertEqual(LAMBDA.get_function(FunctionName=name)["Concurrency"], {"ReservedConcurrentExecutions": 3})
        self.assertEqual(LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"], before - 3)
        self.assertEqual(LAMBDA.delete_function_concurrency(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.assertEqual(LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"], before)

    def test_a_hundred_must_stay_unreserved(self):
        name = create_probe(self.addCleanup, "reserved")
        unreserved = LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("Specified ReservedConcurrentExecutions for function decreases account's "
                                         "UnreservedConcurrentExecution below its minimum value of [100]."),
                            LAMBDA.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=unreserved - 99)
        self.assert_refused(404, "ResourceNotFoundException",
                            self.exactly("Function not found: " + arn("doesnotexist", "$LATEST")),
                            LAMBDA.put_function_concurrency, FunctionName="doesnotexist", ReservedConcurrentExecutions=1)
        self.assert_refused(400, "InvalidParameterValueException", "^This operation is permitted on Lambda functions only",
                            LAMBDA.put_function_concurrency, FunctionName=arn(name, "1"), ReservedConcurrentExecutions=1)


class Provisioned(ConformanceTest):
    def setUp(self):
        self.name = create_probe(self.addCleanup, "provisioned", Publish=True)
        LAMBDA.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")

    def put(self, qualifier, amount, using=LAMBDA):
        return using.put_provisioned_concurrency_config(FunctionName=self.name, Qualifier=qualifier,
                                                        ProvisionedConcurrentExecutions=amount)

    def test_a_version_or_its_alias_has_some(self):
        put = self.put("1", 1)
        self.assertEqual(put["ResponseMetadata"]["HTTPStatusCode"], 202)
        self.assertEqual((put["RequestedProvisionedConcurrentExecutions"], put["AvailableProvisionedConcurrentExecutions"],
                          put["AllocatedProvisionedConcurrentExecutions"], put["Status"]), (1, 0, 0, "IN_PROGRESS"))
        self.assertRegex(put["LastModified"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$")
        self.assert_refused(409, "ResourceConflictException",
                            self.exactly("Alias can't be used for Provisioned Concurrency configuration on an already "
                                         "Provisioned version"), self.put, qualifier="live", amount=1)
        listed = LAMBDA.list_provisioned_concurrency_configs(FunctionName=self.name)["ProvisionedConcurrencyConfigs"]
        self.assertEqual([c["FunctionArn"] for c in listed], [arn(self.name, "1")])
        LAMBDA.delete_provisioned_concurrency_config(FunctionName=self.name, Qualifier="1")
        self.assert_refused(404, "ProvisionedConcurrencyConfigNotFoundException",
                            self.exactly("No Provisioned Concurrency Config found for this function"),
                            LAMBDA.get_provisioned_concurrency_config, FunctionName=self.name, Qualifier="1")
        self.put("live", 1)
        self.assert_refused(409, "ResourceConflictException",
                            self.exactly("Version is pointed by a Provisioned Concurrency alias"), self.put, qualifier="1", amount=1)
        LAMBDA.delete_alias(FunctionName=self.name, Name="live")
        self.assertEqual(LAMBDA.list_provisioned_concurrency_configs(FunctionName=self.name)["ProvisionedConcurrencyConfigs"], [])

    def test_what_cannot_have_any_is_refused(self):
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("Provisioned Concurrency Configs cannot be applied to unpublished function versions."),
                            self.put, qualifier="$LATEST", amount=1)
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("The function resource provided must be an alias or a published version."),
                            LAMBDA.get_provisioned_concurrency_config, FunctionName=self.name, Qualifier="$LATEST")
        self.assert_refused(404, "ResourceNotFoundException",
                            self.exactly("Cannot find alias arn: " + arn(self.name, "noalias")),
                            LAMBDA.get_provisioned_concurrency_config, FunctionName=self.name, Qualifier="noalias")
        self.assert_refused(400, "ValidationException",
                            self.exactly("1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to "
                                         "satisfy constraint: Member must have value greater than or equal to 1"),
                            self.put, qualifier="1", amount=0, using=UNCHECKED)

    def test_no_more_than_is_reserved_or_unreserved(self):
        unreserved = LAMBDA.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("Specified ConcurrentExecutions for function is greater than account's unreserved "
                                         f"concurrency [{unreserved}]."), self.put, qualifier="1", amount=unreserved + 1)
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("Specified ConcurrentExecutions for function decreases account's "
                                         "UnreservedConcurrentExecution below its minimum value of [100]."),
                            self.put, qualifier="1", amount=unreserved - 99)
        LAMBDA.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=1)
        self.assert_refused(400, "InvalidParameterValueException",
                            self.exactly("Requested Provisioned Concurrency should not be greater than the "
                                         "reservedConcurrentExecution for function"), self.put, qualifier="1", amount=2)


class EventInvoke(ConformanceTest):
    def test_each_qualifier_has_its_own_treatment(self):
        name = create_probe(self.addCleanup, "events", Publish=True)
        LAMBDA.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        put = LAMBDA.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
        self.assertEqual({k: put[k] for k in ("FunctionArn", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")},
                         {"FunctionArn": arn(name, "$LATEST"), "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60,
                          "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}}})
        updated = LAMBDA.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        self.assertEqual((updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]), (0, 60))
        LAMBDA.put_function_event_invoke_config(FunctionName=name, Qualifier="1", MaximumRetryAttempts=1)
        LAMBDA.put_function_event_invoke_config(FunctionName=arn(name, "live"), MaximumRetryAttempts=1)
        listed = LAMBDA.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
        self.assertEqual([c["FunctionArn"] for c in listed], [arn(name, q) for q in ("$LATEST", "1", "live")])
        LAMBDA.delete_function_event_invoke_config(FunctionName=name, Qualifier="1")
        self.assert_refused(404, "ResourceNotFoundException",
                            self.exactly(f"The function {arn(name, '1')} doesn't have an EventInvokeConfig"),
                            LAMBDA.get_function_event_invoke_config, FunctionName=name, Qualifier="1")

    def test_what_cannot_be_is_refused(self):
        name = create_probe(self.addCleanup, "events")

        def refused(message, **config):
            self.assert_refused(400, "InvalidParameterValueException", self.exactly(message),
                                LAMBDA.put_function_event_invoke_config, FunctionName=name, **config)

        refused("You must specify at least one of error handling or destination setting.")
        refused(f"The destination ARN {arn('doesnotexist')} is invalid.",
                DestinationConfig={"OnSuccess": {"Destination": arn("doesnotexist")}})
        refused("You can't specify the function as a destination for itself.",
                DestinationConfig={"OnSuccess": {"Destination": arn(name)}})
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("The function doesn't exist."),
                            LAMBDA.put_function_event_invoke_config, FunctionName="doesnotexist", MaximumRetryAttempts=1)


if __name__ == "__main__":
    unittest.main()
