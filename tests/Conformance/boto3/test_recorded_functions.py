"""What AWS was recorded to answer for functions, their versions, aliases and settings: one case a rule."""

import unittest

import wire
from support import LAMBDA, REGION, UNCHECKED, ConformanceTest, account, arn, create_probe, package, role, unique, wait_until_updated

INVALID, MISSING, AGAINST_MODEL = "InvalidParameterValueException", "ResourceNotFoundException", "ValidationException"
FULL = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
NAME = FULL + r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
NAMESPACED = FULL + r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
QUALIFIER = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
NOWHERE = "conf-is-not-there"


def failed(value, member, constraint):
    return f"Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"


def detected(*failures):
    return f"{len(failures)} validation error{'s' if len(failures) > 1 else ''} detected: " + "; ".join(failures)


def create(FunctionName, **settings):
    return UNCHECKED.create_function(FunctionName=FunctionName, Runtime="python3.12", Role=role(), Handler="f.handler",
                                     Code={"ZipFile": package({"f.py": "handler = print"})}, **settings)


READERS = (UNCHECKED.get_function, UNCHECKED.delete_function, UNCHECKED.invoke)


class Names(ConformanceTest):
    def test_a_name_against_the_model(self):
        for name in ("my-function!", "invalid-account:function:f", f"arn:aws:lambda:invalid-region:{account()}:function:f",
                     f"arn:aws:ec2:{REGION}:{account()}:instance:i-1", arn("f", "1:2"), "function:f:$LATEST:extra",
                     f"arn:aws:lambda::{account()}:function:f", f"arn:aws:lambda:{REGION}::function:f", arn("f", "$LATES")):
            for operation in READERS:
                with self.subTest(name=name, operation=operation.__name__):
                    self.assert_refused(400, AGAINST_MODEL, self.exactly(detected(failed(
                        name, "functionName", f"satisfy regular expression pattern: {NAMESPACED}"))), operation, FunctionName=name)
            with self.subTest(name=name, operation="create_function"):
                self.assert_refused(400, AGAINST_MODEL, self.exactly(detected(failed(
                    name, "functionName", f"satisfy regular expression pattern: {NAME}"))), create, FunctionName=name)

    def test_a_name_of_65_letters_is_refused_to_who_creates_and_missing_to_who_asks(self):
        name = 65 * "a"
        self.assert_refused(400, INVALID, self.exactly(detected(failed(name, "functionName", "have length less than or equal to 64"))),
                            create, FunctionName=name)
        for operation in READERS:
            with self.subTest(operation=operation.__name__):
                self.assert_refused(404, MISSING, "^Function not found: " + arn(name), operation, FunctionName=name)

    def test_a_qualifier_against_the_model(self):
        for operation in READERS:
            with self.subTest(operation=operation.__name__):
                self.assert_refused(400, AGAINST_MODEL, self.exactly(detected(failed(
                    "invalid!", "qualifier", f"satisfy regular expression pattern: {QUALIFIER}"))),
                    operation, FunctionName="f", Qualifier="invalid!")
                self.assert_refused(400, AGAINST_MODEL, self.exactly(detected(failed(
                    129 * "q", "qualifier", "have length less than or equal to 128"))), operation, FunctionName="f", Qualifier=129 * "q")

    def test_name_and_qualifier_are_refused_together(self):
        name = f"arn:aws:lambda:invalid-region:{account()}:function:" + 256 * "n"
        for operation in READERS:
            with self.subTest(operation=operation.__name__):
                answer = self.assert_refused(400, AGAINST_MODEL, "^3 validation errors detected: ",
                                             operation, FunctionName=name, Qualifier=129 * "q")
                self.assertEqual(set(answer["Error"]["Message"].split(": ", 1)[1].split("; ")), {
                    failed(129 * "q", "qualifier", "have length less than or equal to 128"),
                    failed(name, "functionName", "have length less than or equal to 256"),
                    failed(name, "functionName", f"satisfy regular expression pattern: {NAMESPACED}")})

    def test_what_is_no_alias_and_no_version_is_not_there(self):
        self.assert_refused(404, MISSING, self.exactly(f"Function not found: {arn(NOWHERE, '$latest')}"),
                            UNCHECKED.get_function, FunctionName=NOWHERE, Qualifier="$latest")
        self.assert_refused(404, MISSING, self.exactly(f"Function not found: {arn(NOWHERE)}"),
                            UNCHECKED.delete_function, FunctionName=NOWHERE, Qualifier="$latest")
        self.assert_refused(400, INVALID, "^Deletion of aliases is not currently supported.$",
                            UNCHECKED.delete_function, FunctionName=NOWHERE, Qualifier="-1")

    def test_an_arn_without_a_name_names_a_function_called_function(self):
        for operation in READERS:
            self.assert_refused(404, MISSING, "^Function not found: " + arn("function"), operation,
                                FunctionName=f"arn:aws:lambda:{REGION}:{account()}:function")

    def test_recursion_takes_no_version(self):
        reply = wire.signed("GET", "/2024-08-31/functions/f%3A1/recursion-config")
        self.assertEqual((reply.status, reply.error_type, reply.message), (400, AGAINST_MODEL, detected(
            failed("f:1", "functionName", f"satisfy regular expression pattern: {FULL}([a-zA-Z0-9-_]+)"))))


class Settings(ConformanceTest):
    def test_subnets_and_security_groups_have_the_form_of_their_ids(self):
        for member, path, pattern in (("SubnetIds", "subnetIds", "subnet-[0-9a-z]*"), ("SecurityGroupIds", "securityGroupIds", "sg-[0-9a-zA-Z]*")):
            self.assert_refused(400, AGAINST_MODEL, self.exactly(detected(failed(
                "[bad]", f"vpcConfig.{path}", "satisfy constraint: [Member must have length less than or equal to 1024, Member must have length "
                f"greater than or equal to 0, Member must satisfy regular expression pattern: {pattern}, Member must not be null]"))),
                create, FunctionName=unique("vpc"), VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], member: ["bad"]})

    def test_every_step_of_a_function_has_its_own_revision(self):
        name = create_probe(self.addCleanup, "steps")
        seen = [LAMBDA.get_function_configuration(FunctionName=name)["RevisionId"]]
        seen.append(LAMBDA.update_function_configuration(FunctionName=name, Description="same")["RevisionId"])
        wait_until_updated(name)
        seen.append(LAMBDA.get_function_configuration(FunctionName=name)["RevisionId"])
        version = LAMBDA.publish_version(FunctionName=name)["RevisionId"]
        seen += [version, LAMBDA.get_function_configuration(FunctionName=name)["RevisionId"]]
        seen.append(LAMBDA.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["RevisionId"])
        self.assertEqual(len(set(seen)), len(seen))
        self.assertEqual(LAMBDA.get_function_configuration(FunctionName=name)["RevisionId"], seen[-2])
        self.assertEqual(LAMBDA.get_function_configuration(FunctionName=name, Qualifier="1")["RevisionId"], version)
        self.assertNotEqual(LAMBDA.update_alias(FunctionName=name, Name="live")["RevisionId"], seen[-1])

    def test_log_levels_come_and_go_with_JSON(self):
        name = create_probe(self.addCleanup, "levels")
        path, group = f"/2015-03-31/functions/{name}/configuration", {"LogGroup": f"/aws/lambda/{name}"}
        for given, kept in (({"LogFormat": "JSON"}, {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}),
                            ({"LogFormat": "Text"}, {"LogFormat": "Text"}),
                            ({"LogFormat": "JSON", "SystemLogLevel": "DEBUG"}, {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "DEBUG"})):
            answer = wire.signed("PUT", path, {"LoggingConfig": given}).json["LoggingConfig"]
            self.assertEqual({key: value for key, value in answer.items() if value is not None}, {**kept, **group})
            wait_until_updated(name)


if __name__ == "__main__":
    unittest.main()
