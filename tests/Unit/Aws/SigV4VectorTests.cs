using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

/// <summary>Agreement with AWS's published examples and with what AWS's own clients put on the wire.</summary>
public sealed class SigV4VectorTests
{
    private static readonly DateTimeOffset SuiteTime = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset SdkTime = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<string> SdkNames => [.. SdkVectors.All.Keys];

    // Names, requests and signatures: aws-sig-v4-test-suite, as published at
    // https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html (service "service").
    [Theory]
    [InlineData("get-vanilla", "GET", "/", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "", "",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData(
        "get-vanilla-empty-query-key", "GET", "/?Param1=value1", "", "",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")]
    [InlineData(
        "get-vanilla-utf8-query", "GET", "/?ሴ=bar", "", "",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("get-utf8", "GET", "/ሴ", "", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    [InlineData(
        "get-space", "GET", "/example space/", "", "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741")]
    [InlineData("get-slashes", "GET", "//example//", "", "", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84")]
    [InlineData("get-slash", "GET", "//", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slash-dot-slash", "GET", "/./", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "get-slash-pointless-dot", "GET", "/./example", "", "",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5")]
    [InlineData("get-relative", "GET", "/example/..", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "get-relative-relative", "GET", "/example1/example2/../..", "", "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData(
        "get-header-value-trim", "GET", "/", "My-Header1: value1|My-Header2: \"a   b   c\"", "",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")]
    [InlineData(
        "get-header-key-duplicate", "GET", "/", "My-Header1:value2|My-Header1:value2|My-Header1:value1", "",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")]
    [InlineData("post-vanilla", "POST", "/", "", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData(
        "post-x-www-form-urlencoded", "POST", "/", "Content-Type:application/x-www-form-urlencoded", "Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")]
    public void The_published_suite_is_accepted(
        string name, string method, string target, string headers, string body, string signature)
    {
        var extra = headers.Split('|', StringSplitOptions.RemoveEmptyEntries);
        var names = extra.Select(header => header.Split(':')[0].ToLowerInvariant()).Append("host").Append("x-amz-date");
        var signed = string.Join(';', names.Distinct().Order(StringComparer.Ordinal));
        var wire = Wire.Parse($"{method} {target} HTTP/1.1\nHost: example.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n"
            + string.Concat(extra.Select(header => header + "\n"))
            + $"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + $"SignedHeaders={signed}, Signature={signature}\n\n{body}");
        Verify(wire, "service", SuiteTime).ShouldBeOfType<SigV4Result.Verified>(name);
    }

    // https://docs.aws.amazon.com/general/latest/gr/sigv4-create-canonical-request.html
    [Fact]
    public void The_documented_ListUsers_request_is_signed_as_documented()
    {
        var headers = new HeaderDictionary { ["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8" };
        var signer = new SigV4Signer(TestKeys.LongLived, new FixedClock(SuiteTime), "us-east-1");
        signer.Sign("GET", new("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"), "iam", headers, []);
        headers["Authorization"].ToString().ShouldBe(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            + "SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }

    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    [Fact]
    public void The_documented_presigned_url_is_made_as_documented()
    {
        var key = TestKeys.LongLived with
        {
            AccessKeyId = "AKIAIOSFODNN7EXAMPLE", SecretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        };
        var clock = new FixedClock(new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero));
        new SigV4Signer(key, clock, "us-east-1")
            .Presign("GET", new("https://examplebucket.s3.amazonaws.com/test.txt"), "s3", TimeSpan.FromDays(1))
            .Query.ShouldEndWith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    }

    // The signature is from a few lines of Python's hmac.
    [Fact]
    public void The_Date_header_stands_in_for_X_Amz_Date() => Verify(
        Wire.Parse("""
            GET / HTTP/1.1
            Host: example.amazonaws.com
            Date: Sun, 30 Aug 2015 12:36:00 GMT
            Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,SignedHeaders=date;host,Signature=1262aceaf1a79c7f0b69fda81cd744572fcbe2e4c23b647b4de183cd5a0f1075
            """),
        "service", SuiteTime).ShouldBeOfType<SigV4Result.Verified>();

    [Theory]
    [MemberData(nameof(SdkNames))]
    public void What_an_AWS_client_signed_is_accepted(string name)
    {
        var (service, text) = SdkVectors.All[name];
        var verified = Verify(Wire.Parse(text), service, SdkTime).ShouldBeOfType<SigV4Result.Verified>();
        verified.Service.ShouldBe(service);
        verified.Key.PrincipalArn.ShouldContain(text.Contains("ASID", StringComparison.Ordinal) ? ":sts:" : ":iam:");
    }

    [Theory]
    [MemberData(nameof(SdkNames))]
    public void What_an_AWS_client_signed_is_refused_for_another_service_or_region(string name)
    {
        var (service, text) = SdkVectors.All[name];
        Verify(Wire.Parse(text), service, SdkTime, "eu-west-1").ShouldBeOfType<SigV4Result.Refused>();
        Verify(Wire.Parse(text), service + "2", SdkTime).ShouldBeOfType<SigV4Result.Refused>();
    }

    private static SigV4Result Verify(Wire wire, string service, DateTimeOffset now, string region = "us-east-1") =>
        new SigV4Verifier(new TestKeys(), new FixedClock(now), region).Verify(wire.Request, wire.Body, service);
}
