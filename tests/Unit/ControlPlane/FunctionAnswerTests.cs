using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>The members of answers: their presence, form and values.</summary>
public class FunctionAnswerTests
{
    private static readonly string[] Always =
    [
        "Architectures", "CodeSha256", "CodeSize", "Description", "EphemeralStorage", "FunctionArn", "FunctionName", "Handler",
        "LastModified", "LoggingConfig", "MemorySize", "PackageType", "RevisionId", "Role", "Runtime", "RuntimeVersionConfig",
        "SnapStart", "State", "Timeout", "TracingConfig", "Version",
    ];

    [Fact]
    public async Task A_creation_answers_what_AWS_answers()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Preparation.Close();
        var created = await plane.CreateAsync("f");
        created.Status.ShouldBe(201);
        created.Headers.ContentType.ToString().ShouldBe("application/json");
        created.Headers["x-amzn-RequestId"].ToString().ShouldBe("00000000-0000-4000-8000-000000000000");
        Given(created.Json).ShouldBe([.. Always, "StateReason", "StateReasonCode"], ignoreOrder: true);

        var zip = TestPlane.ZipBytes(("index.py", "x = 1"));
        var expected = JsonNode.Parse($$"""
            {"Architectures":["x86_64"],"CodeSize":{{zip.Length}},"Description":"","EphemeralStorage":{"Size":512},
            "FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:f","FunctionName":"f","Handler":"index.handler",
            "LastModified":"2026-01-12T10:11:12.345+0000",
            "LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},
            "MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::123456789012:role/x","Runtime":"python3.12",
            "RuntimeVersionConfig":{"RuntimeVersionArn":"arn:aws:lambda:us-east-1::runtime:python3.12","Error":null},
            "SnapStart":{"OptimizationStatus":"Off","ApplyOn":"None"},
            "State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating","Timeout":3,
            "TracingConfig":{"Mode":"PassThrough"},"Version":"$LATEST"}
            """)!.AsObject();
        foreach (var (name, value) in expected)
        {
            JsonNode.DeepEquals(created.Json[name], value).ShouldBeTrue($"{name}: {created.Json[name]}");
        }
    }

    [Fact]
    public async Task An_active_function_has_no_reasons_and_a_new_revision()
    {
        await using var plane = await TestPlane.StartAsync();
        var created = await plane.CreateReadyAsync("f");
        var got = await plane.SendAsync("GET", $"{TestPlane.Functions}/f");
        Given(got.Json).ShouldBe(["Configuration", "Code"]);
        var found = got.Json["Configuration"]!;
        Given(found).ShouldBe([.. Always, "LastUpdateStatus"], ignoreOrder: true);
        (found["State"]!.ToString(), found["LastUpdateStatus"]!.ToString()).ShouldBe(("Active", "Successful"));
        found["RevisionId"]!.ToString().ShouldNotBe(created.Json["RevisionId"]!.ToString());
        JsonNode.DeepEquals(found, await plane.GetAsync("f")).ShouldBeTrue();
    }

    [Fact]
    public async Task Every_accepted_setting_comes_back()
    {
        var settings = JsonNode.Parse("""
            {"Description":"zażółć 'x' <&>","Timeout":42,"MemorySize":640,"Architectures":["arm64"],"EphemeralStorage":{"Size":1024},
            "Environment":{"Variables":{"AA":"1","BB":""}},"TracingConfig":{"Mode":"Active"},
            "DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:123456789012:q"},"KMSKeyArn":"arn:aws:kms:us-east-1:123456789012:key/k",
            "SnapStart":{"ApplyOn":"PublishedVersions"},"LoggingConfig":{"LogFormat":"JSON","LogGroup":"my/group"},
            "FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/x"}],
            "VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}
            """)!.AsObject();
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", body =>
        {
            foreach (var (name, value) in settings)
            {
                body[name] = value!.DeepClone();
            }

            body["Tags"] = new JsonObject { ["team"] = "a" };
        });
        var before = await first.SendAsync("GET", $"{TestPlane.Functions}/f");
        var found = before.Json["Configuration"]!;
        before.Json["Tags"]!.ToJsonString().ShouldBe("""{"team":"a"}""");
        foreach (var name in new[] { "Description", "Timeout", "MemorySize", "Architectures", "EphemeralStorage", "TracingConfig", "DeadLetterConfig", "KMSKeyArn", "FileSystemConfigs" })
        {
            JsonNode.DeepEquals(found[name], settings[name]).ShouldBeTrue($"{name}: {found[name]}");
        }

        found["Environment"]!.ToJsonString().ShouldBe("""{"Variables":{"AA":"1","BB":""},"Error":null}""");
        found["SnapStart"]!.ToJsonString().ShouldBe("""{"OptimizationStatus":"Off","ApplyOn":"PublishedVersions"}""");
        found["LoggingConfig"]!.ToJsonString().ShouldBe(
            """{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO","LogGroup":"my/group"}""");
        found["VpcConfig"]!.ToJsonString().ShouldBe(
            """{"VpcId":"","SecurityGroupIds":["sg-1"],"SubnetIds":["subnet-1"],"Ipv6AllowedForDualStack":false}""");

        await using var second = await first.RestartAsync();
        JsonNode.DeepEquals(await second.GetAsync("f"), found).ShouldBeTrue();
    }

    [Fact]
    public async Task An_update_merges_replaces_and_takes_away()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f", body =>
        {
            body["Environment"] = JsonNode.Parse("""{"Variables":{"AA":"1"}}""");
            body["DeadLetterConfig"] = JsonNode.Parse("""{"TargetArn":"arn:aws:sqs:us-east-1:123456789012:q"}""");
            body["LoggingConfig"] = JsonNode.Parse("""{"LogFormat":"JSON","SystemLogLevel":"WARN"}""");
            body["ImageConfig"] = JsonNode.Parse("""{"Command":["a"],"WorkingDirectory":"/w"}""");
        });
        var updated = await plane.SendAsync("PUT", $"{TestPlane.Functions}/f/configuration", """
            {"Environment":{"Variables":{"BB":"2"}},"DeadLetterConfig":{"TargetArn":""},"LoggingConfig":{"ApplicationLogLevel":"DEBUG"},
            "Timeout":9}
            """);
        updated.Status.ShouldBe(200);
        updated.Json["Environment"]!["Variables"]!.ToJsonString().ShouldBe("""{"BB":"2"}""");
        updated.Json["DeadLetterConfig"].ShouldBeNull();
        updated.Json["LoggingConfig"]!.ToJsonString().ShouldBe(
            """{"LogFormat":"JSON","ApplicationLogLevel":"DEBUG","SystemLogLevel":"WARN","LogGroup":"/aws/lambda/f"}""");
        updated.Json["Handler"]!.ToString().ShouldBe("index.handler");
        updated.Json["ImageConfigResponse"]!["ImageConfig"]!["WorkingDirectory"]!.ToString().ShouldBe("/w");
        updated.Json["LastModified"]!.ToString().ShouldBe("2026-01-12T10:11:12.000+0000");
        await plane.Plane.Lifecycle.IdleAsync();
        var text = await plane.SendAsync("PUT", $"{TestPlane.Functions}/f/configuration", """{"LoggingConfig":{"LogFormat":"Text"},"ImageConfig":{}}""");
        text.Json["LoggingConfig"]!["SystemLogLevel"].ShouldBeNull();
        text.Json["ImageConfigResponse"].ShouldBeNull();
    }

    [Fact]
    public async Task The_code_hash_is_that_of_the_zip()
    {
        await using var plane = await TestPlane.StartAsync();
        var created = await plane.CreateReadyAsync("f");
        var zip = Convert.FromBase64String(TestPlane.Zip(("index.py", "x = 1")));
        created.Json["CodeSize"]!.GetValue<int>().ShouldBe(zip.Length);
        created.Json["CodeSha256"]!.ToString().Length.ShouldBe(Convert.ToBase64String(SHA256.HashData(zip)).Length);
    }

    [Fact]
    public async Task The_account_counts_functions_and_their_code()
    {
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Limits = new Limits { AccountConcurrency = 40 } });
        var size = (await plane.CreateReadyAsync("f")).Json["CodeSize"]!.GetValue<int>();
        await plane.CreateReadyAsync("g");
        var settings = await plane.SendAsync("GET", "/2016-08-19/account-settings");
        settings.Text.ShouldBe(
            """
            {"AccountLimit":{"CodeSizeUnzipped":262144000,"UnreservedConcurrentExecutions":40,"ConcurrentExecutions":40,
            "CodeSizeZipped":52428800,"TotalCodeSize":80530636800},"AccountUsage":{"FunctionCount":2,"TotalCodeSize":SIZE}}
            """.Replace("\n", "", StringComparison.Ordinal).Replace("SIZE", $"{2 * size}", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Given(JsonNode found) => found.AsObject().Where(p => p.Value is not null).Select(p => p.Key);
}
