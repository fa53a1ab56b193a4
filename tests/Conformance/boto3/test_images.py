"""Functions of container images: kept and answered as on AWS, and not run yet, which Invoke says."""

import hashlib
import unittest

from support import LAMBDA, UNCHECKED, ConformanceTest, arn, delete_quietly, package, role, unique, wait_until_active, wait_until_updated

INVALID = "InvalidParameterValueException"
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"
DIGEST = "a" * 64
ZIP = package({"f.py": "handler = print"})


def create(name, source, package_type="Image", **settings):
    return UNCHECKED.create_function(FunctionName=name, Role=role(), PackageType=package_type, Code=source, **settings)


class Images(ConformanceTest):
    def image(self, source=None, **settings):
        name = unique("image")
        self.addCleanup(delete_quietly, name)
        created = create(name, source or {"ImageUri": f"{REPOSITORY}:1"}, **settings)
        wait_until_active(name)
        return name, created

    def test_it_is_created_and_answered_without_runtime_and_handler(self):
        name, created = self.image(Environment={"Variables": {"NAME": "b"}}, ImageConfig={"Command": ["app.handler"], "WorkingDirectory": "/app"})
        self.assertEqual((created["State"], created["StateReasonCode"], created["PackageType"], created["CodeSize"]), ("Pending", "Creating", "Image", 0))
        function = LAMBDA.get_function(FunctionName=name)
        configuration = function["Configuration"]
        self.assertEqual((configuration["State"], configuration["LastUpdateStatus"]), ("Active", "Successful"))
        for member in ("Runtime", "Handler", "RuntimeVersionConfig", "Layers"):
            self.assertNotIn(member, configuration)
        self.assertEqual(configuration["ImageConfigResponse"], {"ImageConfig": {"Command": ["app.handler"], "WorkingDirectory": "/app"}})
        self.assertEqual(configuration["CodeSha256"], hashlib.sha256(f"{REPOSITORY}:1".encode()).hexdigest())
        self.assertEqual(function["Code"], {"RepositoryType": "ECR", "ImageUri": f"{REPOSITORY}:1"})
        self.assertIn(name, [f["FunctionName"] for page in LAMBDA.get_paginator("list_functions").paginate() for f in page["Functions"]])

    def test_a_digest_is_its_hash(self):
        image = f"{REPOSITORY}:1@sha256:{DIGEST}"
        name, created = self.image({"ImageUri": image})
        self.assertEqual(created["CodeSha256"], DIGEST)
        self.assertEqual(LAMBDA.get_function(FunctionName=name)["Code"], {
            "RepositoryType": "ECR", "ImageUri": image, "ResolvedImageUri": f"{REPOSITORY}@sha256:{DIGEST}"})

    def test_a_new_image_is_a_new_version(self):
        name, created = self.image(Publish=True)
        self.assertEqual(created["Version"], "1")
        self.assertEqual(LAMBDA.publish_version(FunctionName=name)["Version"], "1")
        updated = LAMBDA.update_function_code(FunctionName=name, ImageUri=f"{REPOSITORY}:2")
        self.assertEqual((updated["LastUpdateStatus"], updated["LastUpdateStatusReasonCode"]), ("InProgress", "Creating"))
        wait_until_updated(name)
        self.assertEqual(LAMBDA.publish_version(FunctionName=name)["Version"], "2")
        self.assertEqual(LAMBDA.get_function(FunctionName=name, Qualifier="1")["Code"]["ImageUri"], f"{REPOSITORY}:1")
        self.assertEqual(LAMBDA.get_function(FunctionName=name, Qualifier="2")["Code"]["ImageUri"], f"{REPOSITORY}:2")

    def test_settings_change(self):
        name, _ = self.image(ImageConfig={"EntryPoint": ["/init"]})
        updated = LAMBDA.update_function_configuration(FunctionName=name, ImageConfig={}, MemorySize=256)
        self.assertEqual((updated["MemorySize"], "ImageConfigResponse" in updated), (256, False))

    def test_a_zip_and_an_image_do_not_become_each_other(self):
        name, _ = self.image()
        self.assert_refused(400, INVALID, self.exactly("Please provide ImageUri when updating a function with packageType Image."),
                            LAMBDA.update_function_code, FunctionName=name, ZipFile=ZIP)
        zipped = self.function("zipped", {"f.py": "handler = print"}, "f.handler")
        self.assert_refused(400, INVALID, self.exactly("Please don't provide ImageUri when updating a function with packageType Zip."),
                            LAMBDA.update_function_code, FunctionName=zipped, ImageUri=f"{REPOSITORY}:1")

    def test_what_an_image_cannot_have(self):
        image = {"ImageUri": f"{REPOSITORY}:1"}
        words = "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
        name, _ = self.image()
        self.assert_refused(400, INVALID, self.exactly(words), create, name=unique("image"), source=image, Handler="f.handler")
        self.assert_refused(400, INVALID, self.exactly(words), create, name=unique("image"), source=image, Runtime="python3.12")
        self.assert_refused(400, INVALID, self.exactly(words), LAMBDA.update_function_configuration, FunctionName=name, Handler="f.handler")
        self.assert_refused(400, INVALID, self.exactly("Please provide ImageUri when creating a function with packageType Image."),
                            create, name=unique("image"), source={"ZipFile": ZIP})

    def test_a_reference_without_tag_or_registry_is_no_source(self):
        for image in (REPOSITORY, "app:latest", f"{REPOSITORY}@sha256:short", f"{REPOSITORY}:1 ", ""):
            with self.subTest(image=image):
                self.assert_refused(400, INVALID, self.exactly(f"Source image {image} is not valid. Provide a valid source image."),
                                    create, name=unique("image"), source={"ImageUri": image})

    def test_one_source_is_given(self):
        name, _ = self.image()
        words = self.exactly("Please do not provide other FunctionCode parameters when providing an ImageUri.")
        both = {"ImageUri": f"{REPOSITORY}:1", "ZipFile": ZIP}
        self.assert_refused(400, INVALID, words, create, name=unique("image"), source=both)
        self.assert_refused(400, INVALID, words, LAMBDA.update_function_code, FunctionName=name, **both)

    def test_that_it_does_not_run_is_said(self):
        name, _ = self.image()
        for kind in ("RequestResponse", "Event"):
            self.assert_refused(502, "InvalidRuntimeException", "^Lambent keeps functions of container images and does not run them yet",
                                LAMBDA.invoke, FunctionName=name, InvocationType=kind)
        LAMBDA.delete_function(FunctionName=name)
        self.assert_refused(404, "ResourceNotFoundException", self.exactly(f"Function not found: {arn(name)}"), LAMBDA.get_function, FunctionName=name)


if __name__ == "__main__":
    unittest.main()
