"""Code and layers from S3: moto's, which --endpoint s3=URL names."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "boto3"))

from support import LAMBDA, PYTHON, REGION, ConformanceTest, delete_quietly, package, role, unique, wait_until_active, wait_until_updated  # noqa: E402
from test_destinations import neighbour  # noqa: E402

INVALID = "InvalidParameterValueException"


def code(answer):
    return package({"app.py": f"def handler(event, context):\n    return {answer!r}\n"})


class CodeFromS3(ConformanceTest):
    def setUp(self):
        self.s3, self.bucket = neighbour("s3"), unique("code")
        place = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        self.s3.create_bucket(Bucket=self.bucket, **place)
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key, body):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["VersionId"]

    def create(self, **settings):
        name = unique("from-s3")
        self.addCleanup(delete_quietly, name)
        LAMBDA.create_function(FunctionName=name, Runtime=PYTHON, Handler="app.handler", Role=role(), **settings)
        wait_until_active(name)
        return name

    def test_a_function_runs_the_object_and_then_the_version_that_it_is_told(self):
        first = self.put("dir/a b+ä.zip", code("first"))
        self.put("dir/a b+ä.zip", code("second"))
        source = {"S3Bucket": self.bucket, "S3Key": "dir/a b+ä.zip"}
        name = self.create(Code=source)
        self.assertEqual(self.call(name), "second")
        LAMBDA.update_function_code(FunctionName=name, S3ObjectVersion=first, **source)
        wait_until_updated(name)
        self.assertEqual(self.call(name), "first")

    def test_a_layer(self):
        self.put("layer.zip", package({"python/found.py": "WHERE = 'in the layer'\n"}))
        layer = LAMBDA.publish_layer_version(LayerName=unique("from-s3"), Content={"S3Bucket": self.bucket, "S3Key": "layer.zip"})
        self.addCleanup(LAMBDA.delete_layer_version, LayerName=layer["LayerArn"], VersionNumber=1)
        name = self.create(Code={"ZipFile": package({"app.py": "import found\n\n\ndef handler(event, context):\n    return found.WHERE\n"})},
                           Layers=[layer["LayerVersionArn"]])
        self.assertEqual(self.call(name), "in the layer")

    def test_what_is_not_there(self):
        for bucket, key, error, words in ((unique("none"), "k", "NoSuchBucket", "The specified bucket does not exist"),
                                          (self.bucket, "none", "NoSuchKey", "The specified key does not exist.")):
            self.assert_refused(
                400, INVALID, self.exactly(f"Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {words}"),
                LAMBDA.create_function, FunctionName=unique("from-s3"), Runtime=PYTHON, Handler="app.handler", Role=role(),
                Code={"S3Bucket": bucket, "S3Key": key})


if __name__ == "__main__":
    unittest.main()
