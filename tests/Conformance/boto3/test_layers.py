"""Layers: their life, and that a function really finds them at /opt."""

import base64
import hashlib
import unittest
import urllib.request

from support import CUSTOM, LAMBDA, NODEJS, PYTHON, REGION, ConformanceTest, account, package, unique, wait_until_updated

HANDLER = """
import os, sys
def handler(event, context):
    if event.get("exec"):
        import subprocess
        return subprocess.run([event["exec"]], capture_output=True, text=True).stdout
    if event.get("write"):
        try:
            open("/opt/new", "w")
        except OSError as error:
            return error.strerror
    import which
    return {"which": which.NAME, "file": which.__file__, "opt": sorted(os.listdir("/opt")), "path": sys.path}
"""
NODE_HANDLER = "exports.handler = async () => require('which');"
BOOTSTRAP = """#!/bin/sh
while true; do
  head=$(mktemp)
  curl -sS -D "$head" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" > /tmp/event
  id=$(grep -i lambda-runtime-aws-request-id "$head" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d "\\"$0\\""
done
"""


class LayersTest(ConformanceTest):
    def layer(self, what, files, **settings):
        """Publishes a layer version that is deleted at the end; returns the answer."""
        name = settings.pop("LayerName", None) or unique(what)
        made = LAMBDA.publish_layer_version(LayerName=name, Content={"ZipFile": package(files)}, **settings)
        self.addCleanup(LAMBDA.delete_layer_version, LayerName=name, VersionNumber=made["Version"])
        return made

    def python_layer(self, text, folder="python", **more):
        return self.layer("py", {f"{folder}/which.py": f"NAME = {text!r}", **more})["LayerVersionArn"]


class LayerLife(LayersTest):
    def test_a_version_is_published_got_listed_and_deleted(self):
        content = package({"python/m.py": "x = 1"})
        name = unique("layer")
        made = LAMBDA.publish_layer_version(
            LayerName=name, Content={"ZipFile": content}, Description="d", LicenseInfo="MIT", CompatibleRuntimes=[PYTHON])
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(made["LayerVersionArn"], f"arn:aws:lambda:{REGION}:{account()}:layer:{name}:1")
        self.assertEqual(made["Content"]["CodeSha256"], base64.b64encode(hashlib.sha256(content).digest()).decode())
        got = LAMBDA.get_layer_version(LayerName=name, VersionNumber=1)
        by_arn = LAMBDA.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
        for answer in (got, by_arn):
            with urllib.request.urlopen(answer["Content"]["Location"], timeout=30) as download:
                self.assertEqual(download.read(), content)
            self.assertEqual({k: answer[k] for k in ("Description", "LicenseInfo", "CompatibleRuntimes", "CreatedDate", "Version")},
                             {k: made[k] for k in ("Description", "LicenseInfo", "CompatibleRuntimes", "CreatedDate", "Version")})
        found = [v for page in LAMBDA.get_paginator("list_layers").paginate(CompatibleRuntime=PYTHON) for v in page["Layers"]]
        self.assertIn(name, [layer["LayerName"] for layer in found])
        LAMBDA.delete_layer_version(LayerName=name, VersionNumber=1)
        self.assertEqual(LAMBDA.list_layer_versions(LayerName=name)["LayerVersions"], [])
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("The resource you requested does not exist."),
                            LAMBDA.get_layer_version, LayerName=name, VersionNumber=1)

    def test_versions_are_paged_from_the_newest(self):
        name = unique("pages")
        for number in range(5):
            self.layer("pages", {"n": str(number)}, LayerName=name)
        pages = LAMBDA.get_paginator("list_layer_versions").paginate(LayerName=name, PaginationConfig={"PageSize": 2})
        self.assertEqual([v["Version"] for page in pages for v in page["LayerVersions"]], [5, 4, 3, 2, 1])

    def test_a_policy_has_its_statement_and_its_revision(self):
        made = self.layer("policy", {"f": "x"})
        where = {"LayerName": made["LayerArn"], "VersionNumber": 1}
        added = LAMBDA.add_layer_version_permission(**where, StatementId="s", Action="lambda:GetLayerVersion", Principal="*")
        self.assertEqual(added["Statement"], '{"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion",'
                                             f'"Resource":"{made["LayerVersionArn"]}"}}')
        policy = LAMBDA.get_layer_version_policy(**where)
        self.assertEqual(policy["Policy"], '{"Version":"2012-10-17","Id":"default","Statement":[' + added["Statement"] + "]}")
        self.assertEqual(policy["RevisionId"], added["RevisionId"])
        LAMBDA.remove_layer_version_permission(**where, StatementId="s", RevisionId=added["RevisionId"])
        self.assert_refused(404, "ResourceNotFoundException", self.exactly("No policy is associated with the given resource."),
                            LAMBDA.get_layer_version_policy, **where)


class LayersInFunctions(LayersTest):
    def test_python_finds_its_modules_and_the_later_layer_wins(self):
        first = self.python_layer("first", **{"bin/tool": "#!/bin/sh\necho first", "only-first": "x"})
        second = self.python_layer("second", **{"bin/tool": "#!/bin/sh\necho second"})
        name = self.function("layers", {"f.py": HANDLER}, "f.handler", Layers=[first, second])
        got = self.call(name, {})
        self.assertEqual((got["which"], got["file"]), ("second", "/opt/python/which.py"))
        self.assertEqual(got["opt"], ["bin", "only-first", "python"])
        self.assertLess(got["path"].index("/var/task"), got["path"].index("/opt/python"))
        self.assertEqual(self.call(name, {"exec": "tool"}), "second\n")

        LAMBDA.update_function_configuration(FunctionName=name, Layers=[second, first])
        wait_until_updated(name)
        self.assertEqual(self.call(name, {})["which"], "first")

    def test_the_runtimes_own_folder_is_found(self):
        layer = self.python_layer("site", folder=f"python/lib/{PYTHON}/site-packages")
        name = self.function("site", {"f.py": HANDLER}, "f.handler", Layers=[layer])
        self.assertEqual(self.call(name, {})["which"], "site")

    def test_opt_cannot_be_written(self):
        name = self.function("ro", {"f.py": HANDLER}, "f.handler", Layers=[self.python_layer("x")])
        self.assertEqual(self.call(name, {"write": True}), "Read-only file system")

    def test_node_finds_its_modules(self):
        layer = self.layer("node", {"nodejs/node_modules/which/index.js": "module.exports = 'node layer';"})["LayerVersionArn"]
        name = self.function("node", {"f.js": NODE_HANDLER}, "f.handler", NODEJS, Layers=[layer])
        self.assertEqual(self.call(name, {}), "node layer")

    def test_a_bootstrap_may_come_from_a_layer_and_the_package_goes_first(self):
        layer = self.layer("boot", {"bootstrap": BOOTSTRAP})["LayerVersionArn"]
        name = self.function("boot", {"unused": "x"}, "h", CUSTOM, Layers=[layer])
        self.assertEqual(self.call(name, {}), "/opt/bootstrap")
        LAMBDA.update_function_code(FunctionName=name, ZipFile=package({"bootstrap": BOOTSTRAP}))
        wait_until_updated(name)
        self.assertEqual(self.call(name, {}), "/var/task/bootstrap")

    def test_a_deleted_layer_stays_with_its_function(self):
        layer = self.layer("gone", {"python/which.py": "NAME = 'kept'"})
        name = self.function("gone", {"f.py": HANDLER}, "f.handler", Layers=[layer["LayerVersionArn"]])
        LAMBDA.delete_layer_version(LayerName=layer["LayerArn"], VersionNumber=1)
        self.assertEqual(self.call(name, {})["which"], "kept")
        self.assertEqual(LAMBDA.get_function_configuration(FunctionName=name)["Layers"],
                         [{"Arn": layer["LayerVersionArn"], "CodeSize": layer["Content"]["CodeSize"]}])
        self.assert_refused(400, "InvalidParameterValueException", self.exactly(f"Layer version {layer['LayerVersionArn']} does not exist."),
                            LAMBDA.update_function_configuration, FunctionName=name, Layers=[layer["LayerVersionArn"]])


if __name__ == "__main__":
    unittest.main()
