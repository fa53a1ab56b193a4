"""What AWS refuses, with its status, error type and message."""

import re
import unittest

import wire
from support import LAMBDA, PYTHON, REGION, UNCHECKED, UUID, ConformanceTest, arn, create_probe, delete_quietly, package, \
    role, source, unique

ZIP = package({"probe.py": source("probe.py")})
INVALID, VALIDATION, NOT_FOUND = "InvalidParameterValueException", "ValidationException", "ResourceNotFoundException"
STALE = ("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
         "the latest Revision Id")


def violation(value, field, rest):
    """The wording of a constraint of the API's model."""
    return re.escape(f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: ") + rest


class RefusedCreate(ConformanceTest):
    def assert_create_refused(self, code, message, status=400, **changes):
        name = unique("refused")
        self.addCleanup(delete_quietly, changes.get("FunctionName", name))
        arguments = {"FunctionName": name, "Runtime": PYTHON, "Role": role(), "Handler": "probe.handler",
                     "Code": {"ZipFile": ZIP}, **changes}
        arguments = {key: value for key, value in arguments.items() if value is not None}
        self.assert_refused(status, code, message, UNCHECKED.create_function, **arguments)
        if "FunctionName" not in changes:
            self.assert_refused(404, NOT_FOUND, "", LAMBDA.get_function, FunctionName=name)

    def test_a_runtime_that_does_not_exist(self):
        self.assert_create_refused(
            INVALID, r"^Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum "
                     r"value set: \[.*python3\.12.*\] or be a valid ARN$", Runtime="non-existent-runtime")

    def test_a_runtime_in_capitals(self):
        self.assert_create_refused(INVALID, "^Value PYTHON3.12 at 'runtime' failed to satisfy", Runtime="PYTHON3.12")

    def test_a_retired_runtime(self):
        self.assert_create_refused(
            INVALID, r"^The runtime parameter of python3\.7 is no longer supported for creating or updating AWS Lambda "
                     r"functions\. We recommend you use a supported runtime while creating or ", Runtime="python3.7")

    def test_a_role_that_is_no_arn(self):
        self.assert_create_refused(VALIDATION, violation(
            "r1", "role", r"Member must satisfy regular expression pattern: arn:\(aws\[a-zA-Z-\]\*\)\?:iam::"), Role="r1")

    def test_a_name_with_a_space(self):
        self.assert_create_refused(VALIDATION, violation(
            "has spaces", "functionName", "Member must satisfy regular expression pattern: "), FunctionName="has spaces")

    def test_a_name_of_65_letters(self):
        name = "a" * 65
        self.assert_create_refused((INVALID, VALIDATION), violation(
            name, "functionName", "Member must have length less than or equal to 64"), FunctionName=name)

    def test_too_little_memory(self):
        self.assert_create_refused(VALIDATION, violation(
            64, "memorySize", "Member must have value greater than or equal to 128$"), MemorySize=64)

    def test_too_much_memory(self):
        self.assert_create_refused(VALIDATION, violation(
            50000, "memorySize", "Member must have value less than or equal to (10240|32768)$"), MemorySize=50000)

    def test_one_megabyte_over_the_largest_memory(self):
        self.assert_create_refused((INVALID, VALIDATION), "less than or equal to 10240", MemorySize=10241)

    def test_a_timeout_of_zero(self):
        self.assert_create_refused(VALIDATION, violation(
            0, "timeout", "Member must have value greater than or equal to 1$"), Timeout=0)

    def test_a_timeout_over_15_minutes(self):
        self.assert_create_refused((INVALID, VALIDATION), "less than or equal to 900", Timeout=901)

    def test_too_little_ephemeral_storage(self):
        self.assert_create_refused(VALIDATION, violation(
            511, "ephemeralStorage.size", "Member must have value greater than or equal to 512$"),
            EphemeralStorage={"Size": 511})

    def test_an_unknown_architecture(self):
        self.assert_create_refused(VALIDATION, violation(
            "[X86_64]", "architectures", re.escape("Member must satisfy constraint: [Member must satisfy enum value set: ")),
            Architectures=["X86_64"])

    def test_two_architectures(self):
        self.assert_create_refused(VALIDATION, violation(
            "[x86_64, arm64]", "architectures", "Member must have length less than or equal to 1$"),
            Architectures=["x86_64", "arm64"])

    def test_code_that_is_no_zip(self):
        self.assert_create_refused(INVALID, self.exactly(
            "Could not unzip uploaded file. Please check your file, then try to upload again."),
            Code={"ZipFile": b"this is not a zip file"})

    def test_a_zip_with_nothing_in_it(self):
        self.assert_create_refused(INVALID, self.exactly("Uploaded file must be a non-empty zip"),
                                   Code={"ZipFile": package({})})

    def test_a_zip_without_a_handler_or_runtime(self):
        message = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        self.assert_create_refused(INVALID, self.exactly(message), Handler=None)
        self.assert_create_refused(INVALID, self.exactly(message), Runtime=None)

    def test_an_environment_over_4_kilobytes(self):
        self.assert_create_refused(
            INVALID, "^Lambda was unable to configure your environment variables because the environment variables you have "
                     'provided exceeded the 4KB limit. String measured: {"LARGE":"x+', Environment={"Variables": {
                         "LARGE": "x" * 4200}})

    def test_a_reserved_environment_key(self):
        self.assert_create_refused(INVALID, self.exactly(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
            "AWS_REGION"), Environment={"Variables": {"AWS_REGION": "mine", "FINE": "1"}})

    def test_an_environment_key_that_starts_with_a_digit(self):
        self.assert_create_refused(VALIDATION, "'environment.variables' failed to satisfy constraint: Map keys must satisfy",
                                   Environment={"Variables": {"1BAD": "x"}})

    def test_a_body_that_is_no_json(self):
        reply = wire.signed("POST", "/2015-03-31/functions", b"{", {"Content-Type": "application/json"})
        self.assertEqual(reply.status, 400, reply.body)


class RefusedOnAnExistingFunction(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "errors")

    def test_creating_it_again(self):
        self.assert_refused(409, "ResourceConflictException", self.exactly("Function already exist: " + self.name),
                            LAMBDA.create_function, FunctionName=self.name, Runtime=PYTHON, Role=role(),
                            Handler="probe.handler", Code={"ZipFile": ZIP})

    def test_new_code_for_a_stale_revision(self):
        self.assert_refused(412, "PreconditionFailedException", self.exactly(STALE), LAMBDA.update_function_code,
                            FunctionName=self.name, ZipFile=ZIP, RevisionId="00000000-0000-0000-0000-000000000000")

    def test_new_configuration_for_a_stale_revision(self):
        self.assert_refused(412, "PreconditionFailedException", self.exactly(STALE), LAMBDA.update_function_configuration,
                            FunctionName=self.name, Timeout=4, RevisionId="00000000-0000-0000-0000-000000000000")

    def test_new_code_that_is_no_zip_leaves_the_function_alone(self):
        self.assert_refused(400, INVALID, "^Could not unzip uploaded file", LAMBDA.update_function_code,
                            FunctionName=self.name, ZipFile=b"nonsense")
        self.assertEqual(self.call(self.name, "still here"), "still here")

    def test_updating_to_a_runtime_that_does_not_exist(self):
        self.assert_refused(400, INVALID, "^Value nope at 'runtime' failed", LAMBDA.update_function_configuration,
                            FunctionName=self.name, Runtime="nope")

    def test_updating_to_too_little_memory(self):
        self.assert_refused(400, VALIDATION, violation(1, "memorySize", "Member must have value greater"),
                            UNCHECKED.update_function_configuration, FunctionName=self.name, MemorySize=1)

    def test_updating_to_a_reserved_environment_key(self):
        self.assert_refused(400, INVALID, "Reserved keys used in this request: AWS_LAMBDA_FUNCTION_NAME$",
                            LAMBDA.update_function_configuration, FunctionName=self.name,
                            Environment={"Variables": {"AWS_LAMBDA_FUNCTION_NAME": "x"}})

    def test_getting_an_unknown_version(self):
        missing = self.exactly("Function not found: " + arn(self.name, "1221"))
        for operation in (LAMBDA.get_function, LAMBDA.get_function_configuration):
            self.assert_refused(404, NOT_FOUND, missing, operation, FunctionName=self.name, Qualifier="1221")

    def test_invoking_an_unknown_version_or_alias(self):
        for qualifier in ("1221", "no-such-alias"):
            missing = "^(Function not found|Cannot find alias arn): " + re.escape(arn(self.name, qualifier)) + "$"
            self.assert_refused(404, NOT_FOUND, missing, LAMBDA.invoke, FunctionName=self.name, Qualifier=qualifier)

    def test_a_qualifier_that_contradicts_the_name(self):
        message = "The derived qualifier from the function name does not match the specified qualifier."
        for operation in (LAMBDA.get_function, LAMBDA.get_function_configuration, LAMBDA.delete_function):
            self.assert_refused(400, INVALID, self.exactly(message), operation,
                                FunctionName=arn(self.name, "$LATEST"), Qualifier="7")

    def test_deleting_only_the_latest_version(self):
        self.assert_refused(400, INVALID, self.exactly("$LATEST version cannot be deleted without deleting the function."),
                            LAMBDA.delete_function, FunctionName=self.name, Qualifier="$LATEST")

    def test_an_arn_of_another_region(self):
        other = "eu-north-1" if REGION != "eu-north-1" else "eu-west-1"
        message = self.exactly(f"Functions from '{other}' are not reachable in this region ('{REGION}')")
        elsewhere = arn(self.name).replace(f":{REGION}:", f":{other}:")
        for operation in (LAMBDA.get_function, LAMBDA.invoke, LAMBDA.delete_function):
            self.assert_refused(404, NOT_FOUND, message, operation, FunctionName=elsewhere)

    def test_a_name_that_no_function_can_have(self):
        for operation in (LAMBDA.get_function, LAMBDA.invoke, LAMBDA.delete_function):
            self.assert_refused(400, VALIDATION, violation(
                "invalid:function:name", "functionName", "Member must satisfy regular expression pattern: "),
                operation, FunctionName="invalid:function:name")


class UnknownFunction(ConformanceTest):
    def test_every_operation_answers_not_found_with_the_arn(self):
        name = unique("nowhere")
        missing = self.exactly("Function not found: " + arn(name))
        for operation, arguments in ((LAMBDA.get_function, {}), (LAMBDA.get_function_configuration, {}),
                                     (LAMBDA.delete_function, {}), (LAMBDA.update_function_code, {"ZipFile": ZIP}),
                                     (LAMBDA.update_function_configuration, {"Timeout": 5})):
            with self.subTest(operation.__name__):
                self.assert_refused(404, NOT_FOUND, missing, operation, FunctionName=name, **arguments)

    def test_an_invoke_answers_not_found_with_the_arn(self):
        name = unique("nowhere")
        self.assert_refused(404, NOT_FOUND, "^Function not found: " + re.escape(arn(name)) + r"(:\$LATEST)?$",
                            LAMBDA.invoke, FunctionName=name)

    def test_an_event_or_dry_run_to_no_function_is_refused_at_once(self):
        for kind in ("Event", "DryRun"):
            self.assert_refused(404, NOT_FOUND, "^Function not found: ", LAMBDA.invoke,
                                FunctionName=unique("nowhere"), InvocationType=kind)


class FormOfAnError(ConformanceTest):
    def test_not_found_on_the_wire(self):
        name = unique("nowhere")
        reply = wire.signed("GET", f"/2015-03-31/functions/{name}")
        self.assertEqual(reply.status, 404)
        self.assertEqual(reply.error_type, NOT_FOUND)
        self.assertRegex(reply.headers["x-amzn-requestid"], f"^{UUID}$")
        self.assertTrue(reply.headers["content-type"].startswith("application/json"))
        self.assertEqual(reply.json, {"Type": "User", "Message": "Function not found: " + arn(name)})

    def test_an_invalid_parameter_on_the_wire(self):
        name = unique("nowhere")
        reply = wire.signed("DELETE", f"/2015-03-31/functions/{name}?Qualifier=%24LATEST")
        self.assertEqual((reply.status, reply.error_type), (400, INVALID))
        self.assertEqual(reply.json, {
            "Type": "User", "message": "$LATEST version cannot be deleted without deleting the function."})

    def test_a_validation_error_on_the_wire_has_no_type(self):
        reply = wire.signed("GET", "/2015-03-31/functions/bad%20name")
        self.assertEqual((reply.status, reply.error_type), (400, VALIDATION))
        self.assertEqual(set(reply.json), {"message"})

    def test_a_path_that_is_no_operation_is_refused(self):
        reply = wire.signed("GET", "/2015-03-31/no-such-resource")
        self.assertIn(reply.status, (403, 404))


if __name__ == "__main__":
    unittest.main()
