using System.Text;
using Lambent.Aws;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Code from another server that speaks S3: what is asked of it, and what becomes of its refusals.</summary>
public class S3CodeTests
{
    private static readonly AccessKey Key = new("AKIAS3", "secret", TestPlane.Account, "", "");

    [Fact]
    public async Task The_object_is_fetched_with_a_signature_and_by_its_version()
    {
        await using var s3 = await FakeS3.StartAsync(new ManualClock());
        s3.Objects["/bucket/a dir/ä+b.zip?versionId=v/1"] = TestPlane.ZipBytes(("index.py", "x = 3"));
        using var client = s3.Client(Key);
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        var created = await CreateAsync(plane, """{"S3Bucket":"bucket","S3Key":"a dir/ä+b.zip","S3ObjectVersion":"v/1"}""");
        created.Status.ShouldBe(201, created.Text);
        await plane.Plane.Lifecycle.IdleAsync();
        plane.Snapshot("f")!.CodeSha256Hex.ShouldBe(Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(TestPlane.ZipBytes(("index.py", "x = 3")))));

        s3.Objects["/bucket/next"] = TestPlane.ZipBytes(("index.py", "x = 4"));
        var updated = await plane.SendAsync("PUT", $"{TestPlane.Functions}/f/code", """{"S3Bucket":"bucket","S3Key":"next","Publish":true}""");
        updated.Json["Version"]!.ToString().ShouldBe("1");
    }

    [Theory]
    [InlineData("nobucket", "k", 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist")]
    [InlineData("bucket", "nokey", 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")]
    [InlineData("bucket", "../secret/key", 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")]
    [InlineData("private", "k", 403, "AccessDeniedException", "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for private/k. S3 Error Code: AccessDenied. S3 Error Message: Access Denied")]
    [InlineData("broken", "k", 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: 503. S3 Error Message: ")]
    [InlineData("bucket", "nozip", 400, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.")]
    [InlineData("ab", "k", 400, "ValidationException", "1 validation error detected: Value 'ab' at 'code.s3Bucket' failed to satisfy constraint: Member must have length greater than or equal to 3")]
    [InlineData("dot.", "k", 400, "ValidationException", @"1 validation error detected: Value 'dot.' at 'code.s3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z\.\-_]*(?<!\.)")]
    public async Task What_S3_refuses_is_told_in_AWSs_words(string bucket, string key, int status, string type, string message)
    {
        await using var s3 = await FakeS3.StartAsync(new ManualClock());
        s3.Objects["/bucket/nozip"] = Encoding.UTF8.GetBytes("no zip");
        using var client = s3.Client(Key);
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        var answer = await CreateAsync(plane, $$"""{"S3Bucket":"{{bucket}}","S3Key":"{{key}}"}""");
        (answer.Status, answer.ErrorType, answer.Message).ShouldBe((status, type, message));
        plane.StoredPackages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_key_is_denied_and_a_server_that_is_not_there_is_a_fault()
    {
        var s3 = await FakeS3.StartAsync(new ManualClock());
        using var client = s3.Client(Key with { SecretAccessKey = "other" });
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        (await CreateAsync(plane, """{"S3Bucket":"bucket","S3Key":"k"}""")).Message!.ShouldEndWith("S3 Error Code: SignatureDoesNotMatch. S3 Error Message: no");
        await s3.DisposeAsync();
        var gone = await CreateAsync(plane, """{"S3Bucket":"bucket","S3Key":"k"}""");
        (gone.Status, gone.ErrorType).ShouldBe((500, "ServiceException"));
    }

    [Fact]
    public async Task A_zip_and_an_object_contradict_each_other()
    {
        await using var plane = await TestPlane.StartAsync();
        (await CreateAsync(plane, $$"""{"S3Bucket":"bucket","S3Key":"k","ZipFile":"{{TestPlane.Zip(("index.py", ""))}}"}""")).Message
            .ShouldBe("Please do not provide other FunctionCode parameters when providing a ZipFile.");
    }

    private static Task<Answer> CreateAsync(TestPlane plane, string code) =>
        plane.CreateAsync("f", body => body["Code"] = System.Text.Json.Nodes.JsonNode.Parse(code));

    /// <summary>Objects by path, and S3's refusals; it verifies signatures.</summary>
    private sealed class FakeS3(WebApplication application) : IAsyncDisposable
    {
        public Dictionary<string, byte[]> Objects { get; } = [];

        public AwsClient Client(AccessKey key) => new(new Dictionary<string, Uri> { ["s3"] = new(application.Urls.First()) }, key, "us-east-1", new ManualClock());

        public static async Task<FakeS3> StartAsync(ManualClock clock)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var application = builder.Build();
            application.Urls.Add("http://127.0.0.1:0");
            var s3 = new FakeS3(application);
            var verifier = new SigV4Verifier(new OneKey(), clock, "us-east-1");
            application.Run(context => s3.AnswerAsync(context, verifier));
            await application.StartAsync();
            return s3;
        }

        public ValueTask DisposeAsync() => application.DisposeAsync();

        private Task AnswerAsync(HttpContext context, SigV4Verifier verifier)
        {
            if (verifier.Verify(context.Request, [], "s3") is SigV4Result.Refused)
            {
                return RefuseAsync(context, 403, "SignatureDoesNotMatch", "no");
            }

            var version = context.Request.Query["versionId"].ToString();
            var path = context.Request.Path.Value! + (version.Length > 0 ? $"?versionId={version}" : "");
            if (Objects.TryGetValue(path, out var found))
            {
                return context.Response.Body.WriteAsync(found).AsTask();
            }

            return path.Split('/')[1] switch
            {
                "nobucket" => RefuseAsync(context, 404, "NoSuchBucket", "The specified bucket does not exist"),
                "private" => RefuseAsync(context, 403, "AccessDenied", "Access Denied"),
                "broken" => Task.FromResult(context.Response.StatusCode = 503),
                _ => RefuseAsync(context, 404, "NoSuchKey", "The specified key does not exist."),
            };
        }

        private static Task RefuseAsync(HttpContext context, int status, string code, string message)
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
        }

        private sealed class OneKey : IAccessKeys
        {
            public bool TryFind(string accessKeyId, out AccessKey key)
            {
                key = Key;
                return accessKeyId == Key.AccessKeyId;
            }
        }
    }
}
