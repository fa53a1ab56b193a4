namespace Lambent.Aws.Tests;

/// <summary>
/// Requests that botocore 1.29.27 (boto3 1.26) and the signer of the JS SDK v3 (@smithy/signature-v4) have signed, as they
/// go over the wire, at 2026-01-02T03:04:05Z. AKIDEXAMPLE is a long-lived key, ASIDEXAMPLE a temporary one.
/// </summary>
internal static class SdkVectors
{
    public static readonly IReadOnlyDictionary<string, (string Service, string Request)> All =
        new Dictionary<string, (string, string)>
        {
            ["botocore: invoke by ARN"] = ("lambda", """
                POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST/invocations?Qualifier=%24LATEST HTTP/1.1
                X-Amz-Invocation-Type: Event
                host: localhost:9000
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-invocation-type, Signature=1f317f451777da2a91daa7393be3aedf863bb84f35460c324c84646677c1249e
                Content-Length: 16

                {"key":"välue"}
                """),
            ["botocore: list by tags"] = ("lambda", """
                GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST HTTP/1.1
                host: localhost:9000
                X-Amz-Security-Token: FwoGZXIvYXdzEBYaDP+token/with=signs
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=ASIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=d7662a3946398f65589fe364747a4e83c895dd70f36af9e7e5af9b1049868a17

                """),
            ["botocore: untag with spaces and unicode"] = ("lambda", """
                DELETE /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST?tagKeys=z%20last&tagKeys=a%2Bb%3Dc%26d&tagKeys=%C3%BCn%C3%AF&tagKeys=~._-%2A HTTP/1.1
                host: localhost:9000
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=a8ca02775b88896952d79feb505e24efb75cffcd1a8f461aa994a0bff6c8b682
                Content-Length: 0

                """),
            ["botocore: list functions"] = ("lambda", """
                GET /2015-03-31/functions/?Marker=a%2Fb%2Bc%3D%3D&MaxItems=10 HTTP/1.1
                host: localhost:9000
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=83611f31684e7a2efd470796b825465caf2da42465fdd746f759202796bdd38d

                """),
            ["botocore: caller identity"] = ("sts", """
                POST / HTTP/1.1
                Content-Type: application/x-www-form-urlencoded; charset=utf-8
                host: localhost:9000
                X-Amz-Security-Token: FwoGZXIvYXdzEBYaDP+token/with=signs
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=ASIDEXAMPLE/20260102/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=b9863294f8878186f8c050580a630d5cbbc153f1f3c034c1dad08483b5c88cf1
                Content-Length: 43

                Action=GetCallerIdentity&Version=2011-06-15
                """),
            ["botocore: presigned identity"] = ("sts", """
                GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIDEXAMPLE%2F20260102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host&X-Amz-Expires=900&X-Amz-Security-Token=FwoGZXIvYXdzEBYaDP%2Btoken%2Fwith%3Dsigns&X-Amz-Signature=fe0f34c1db65d41817c98a88465e7617eb0f70f553acb58e8ab39aed88f8c28b HTTP/1.1
                Host: localhost:9000

                """),
            ["botocore: presigned function"] = ("lambda", """
                GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST?Qualifier=prod&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Flambda%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host&X-Amz-Expires=900&X-Amz-Signature=672fc005f6167ce388d7410241d79be8de432002d85bc1db0347685386ec880d HTTP/1.1
                Host: localhost:9000

                """),
            ["botocore: presigned download"] = ("s3", """
                GET /snap-bucket/snapshots/a%20b/c%2B%C3%BC.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Signature=3f6d05f169c12e526f9a6519bd80caae9f072aff9d72b92a76dd8b9465486340 HTTP/1.1
                Host: localhost:9000

                """),
            ["botocore: plain colons, dots and double slashes"] = ("lambda", """
                GET /a/./b//c/../arn:aws:x/ HTTP/1.1
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=49ee9d5a248bbdbf97b1d6e07af3cf13030493304fd373b0a4f55859bcb833f3
                Host: localhost:9000

                """),
            ["botocore: headers with blanks"] = ("lambda", """
                POST /x HTTP/1.1
                X-Amz-Client-Context:   a   b	c  
                Content-Type: application/json
                X-Amz-Date: 20260102T030405Z
                Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-client-context;x-amz-date, Signature=d3e2119557df63958496545f4e17552b1896f72b239f1732585d52d752ecdd57
                Host: localhost:9000

                abc
                """),
            ["JS: invoke by ARN"] = ("lambda", """
                POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello/invocations?Qualifier=%24LATEST HTTP/1.1
                host: localhost:9000
                content-type: application/octet-stream
                content-length: 16
                x-amz-invocation-type: RequestResponse
                x-amz-user-agent: aws-sdk-js/3.1
                x-amz-date: 20260102T030405Z
                x-amz-security-token: FwoGZXIvYXdzEBYaDP+token/with=signs
                x-amz-content-sha256: 3c7b724048f25e7ea8bc1204d95992b2744acd2dfa6e701cae2d6911e60e555c
                authorization: AWS4-HMAC-SHA256 Credential=ASIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-invocation-type;x-amz-security-token;x-amz-user-agent, Signature=65de863444355237c61a8f1c1c9e882bfe5b3d0af953db95cf8fea5c6896c277

                {"key":"välue"}
                """),
            ["JS: lists, spaces and unicode"] = ("lambda", """
                GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello?tagKeys=z%20last&tagKeys=a%27b%28c%29%2A%21&tagKeys=%C3%BCn%C3%AF&Marker=a%2Fb%2Bc%3D%3D HTTP/1.1
                host: localhost:9000
                x-amz-date: 20260102T030405Z
                x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=87ce42abb843d4b0c71215ac7716ea862234bc9b70d86c4802e7e70552bcbfbf

                """),
            ["JS: presigned function"] = ("lambda", """
                GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello?X-Amz-Security-Token=FwoGZXIvYXdzEBYaDP%2Btoken%2Fwith%3Dsigns&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIDEXAMPLE%2F20260102%2Fus-east-1%2Flambda%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=4baf541732c836632f379cd98d4f39b24e345303655ef65fbf6522c42007df6f HTTP/1.1
                host: localhost:9000

                """),
        };
}
