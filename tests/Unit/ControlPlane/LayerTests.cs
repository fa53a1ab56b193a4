using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Layers and the functions that have them. Messages and presence of members are those that AWS was seen to answer.</summary>
public class LayerTests
{
    private const string Layers = "/2018-10-31/layers", Other = "999999999999", None = "The resource you requested does not exist.";

    [Fact]
    public async Task A_published_version_is_answered_in_full()
    {
        await using var plane = await TestPlane.StartAsync();
        var zip = TestPlane.ZipBytes(("python/m.py", "x = 1"));
        var answer = await plane.SendAsync("POST", $"{Layers}/l/versions", new JsonObject
        {
            ["Content"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) },
            ["Description"] = "d",
            ["LicenseInfo"] = "MIT",
            ["CompatibleRuntimes"] = new JsonArray("python3.12", "python3.7"),
            ["CompatibleArchitectures"] = new JsonArray(),
        }.ToJsonString());
        answer.Status.ShouldBe(201, answer.Text);
        answer.Json.AsObject().Select(m => m.Key).ShouldBe(
            ["Content", "LayerArn", "LayerVersionArn", "Description", "CreatedDate", "Version", "CompatibleRuntimes", "LicenseInfo", "CompatibleArchitectures"]);
        answer.Json["Content"]!["CodeSize"]!.GetValue<int>().ShouldBe(zip.Length);
        ((string?)answer.Json["LayerVersionArn"]).ShouldBe($"arn:aws:lambda:us-east-1:{TestPlane.Account}:layer:l:1");
        ((string?)answer.Json["CreatedDate"]).ShouldBe("2026-01-12T10:11:12.345+0000");
        answer.Json["CompatibleArchitectures"]!.AsArray().ShouldBeEmpty();

        var got = (await plane.SendAsync("GET", $"{Layers}/l/versions/1")).Json;
        var byArn = (await plane.SendAsync("GET", $"{Layers}?find=LayerVersion&Arn={answer.Json["LayerVersionArn"]}")).Json;
        var download = await plane.SendAsync("GET", new Uri((string)got["Content"]!["Location"]!).PathAndQuery, authenticated: false);
        download.Body.ShouldBe(zip);
        foreach (var other in (JsonNode[])[got, byArn])
        {
            other["Content"]!["Location"] = null;
            answer.Json["Content"]!["Location"]!.ToString().ShouldNotBeEmpty();
            var expected = answer.Json;
            expected["Content"]!["Location"] = null;
            other.ToJsonString().ShouldBe(expected.ToJsonString());
        }
    }

    [Fact]
    public async Task Version_numbers_are_never_given_twice_and_a_layer_without_versions_is_not_listed()
    {
        var first = await TestPlane.StartAsync();
        await PublishAsync(first, "l", "a");
        await PublishAsync(first, "l", "b");
        (await first.SendAsync("DELETE", $"{Layers}/l/versions/2")).Status.ShouldBe(204);
        (await first.SendAsync("DELETE", $"{Layers}/l/versions/2")).Status.ShouldBe(204);
        (await first.SendAsync("DELETE", $"{Layers}/l/versions/1")).Status.ShouldBe(204);
        (await first.SendAsync("DELETE", $"{Layers}/none/versions/1")).Status.ShouldBe(204);
        (await first.SendAsync("GET", Layers)).Json["Layers"]!.AsArray().ShouldBeEmpty();
        first.StoredPackages.ShouldBeEmpty();
        await using var second = await first.RestartAsync();
        ((int)(await PublishAsync(second, "l", "c"))["Version"]!).ShouldBe(3);
        second.StoredPackages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        await using var plane = await TestPlane.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await PublishAsync(plane, "a", $"{i}", "python3.12");
        }

        await PublishAsync(plane, "a", "x", "nodejs22.x");
        await PublishAsync(plane, "b", "y", "nodejs22.x");
        (await VersionsAsync("")).ShouldBe([4, 3, 2, 1]);
        (await VersionsAsync("&CompatibleRuntime=python3.12")).ShouldBe([3, 2, 1]);
        (await VersionsAsync("&CompatibleArchitecture=arm64")).ShouldBeEmpty();
        var page = (await plane.SendAsync("GET", $"{Layers}/a/versions?MaxItems=3")).Json;
        (await VersionsAsync($"&Marker={page["NextMarker"]}")).ShouldBe([1]);
        (await plane.SendAsync("GET", $"{Layers}/none/versions")).Json["LayerVersions"]!.AsArray().ShouldBeEmpty();

        var layers = (await plane.SendAsync("GET", $"{Layers}?CompatibleRuntime=python3.12")).Json["Layers"]!.AsArray();
        layers.ShouldHaveSingleItem()!["LatestMatchingVersion"]!["Version"]!.GetValue<int>().ShouldBe(3);
        page = (await plane.SendAsync("GET", $"{Layers}?MaxItems=1")).Json;
        page["Layers"]!.AsArray().ShouldHaveSingleItem()!["LayerName"]!.ToString().ShouldBe("a");
        page = (await plane.SendAsync("GET", $"{Layers}?MaxItems=1&Marker={page["NextMarker"]}")).Json;
        page["Layers"]!.AsArray().ShouldHaveSingleItem()!["LayerName"]!.ToString().ShouldBe("b");
        page["NextMarker"].ShouldBeNull();

        async Task<int[]> VersionsAsync(string query) =>
            [.. (await plane.SendAsync("GET", $"{Layers}/a/versions?{query.TrimStart('&')}")).Json["LayerVersions"]!.AsArray().Select(v => (int)v!["Version"]!)];
    }

    [Theory]
    [InlineData("l/versions/0", 400, "Layer Version Cannot be less than 1")]
    [InlineData("l/versions/-1", 400, "Layer Version Cannot be less than 1")]
    [InlineData("l/versions/2", 404, None)]
    [InlineData("none/versions/1", 404, None)]
    [InlineData("l/versions/x", 400, "STRING_VALUE can not be converted to a Long")]
    [InlineData("l/versions/1/policy", 404, "No policy is associated with the given resource.")]
    [InlineData("l/versions/2/policy", 404, "Layer version arn:aws:lambda:us-east-1:123456789012:layer:l:2 does not exist.")]
    [InlineData("none/versions/1/policy", 404, "Layer version arn:aws:lambda:us-east-1:123456789012:layer:none:1 does not exist.")]
    [InlineData("?find=LayerVersion&Arn=arn:aws:lambda:us-east-1:123456789012:layer:l", 400,
        @"1 validation error detected: Value 'arn:aws:lambda:us-east-1:123456789012:layer:l' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+")]
    [InlineData("?CompatibleArchitecture=x", 400,
        "1 validation error detected: Value 'x' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]")]
    public async Task What_is_not_there_or_wrong_is_said_as_AWS_says_it(string target, int status, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await PublishAsync(plane, "l", "a");
        var answer = await plane.SendAsync("GET", target[0] == '?' ? Layers + target : $"{Layers}/{target}");
        (answer.Status, answer.Message).ShouldBe((status, message));
    }

    [Fact]
    public async Task Two_wrong_lists_are_refused_together()
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.SendAsync("POST", $"{Layers}/l/versions", new JsonObject
        {
            ["Content"] = new JsonObject { ["ZipFile"] = TestPlane.Zip(("f", "x")) },
            ["CompatibleRuntimes"] = new JsonArray("invalidruntime"),
            ["CompatibleArchitectures"] = new JsonArray("invalidarch", "x86_64"),
        }.ToJsonString());
        answer.ErrorType.ShouldBe("ValidationException");
        answer.Message.ShouldBe(
            "2 validation errors detected: Value '[invalidruntime]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum "
            + $"value set: [{string.Join(", ", LambdaRuntimes.Supported)}]; Value '[invalidarch, x86_64]' at 'compatibleArchitectures' failed to satisfy "
            + "constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]");
    }

    [Fact]
    public async Task A_function_has_its_layers_in_order_and_keeps_them_when_they_are_deleted()
    {
        var first = await TestPlane.StartAsync();
        var (a, b) = (await PublishAsync(first, "a", "1"), await PublishAsync(first, "b", "2"));
        var created = await first.CreateReadyAsync("f", f => f["Layers"] = new JsonArray($"{b["LayerVersionArn"]}", $"{a["LayerVersionArn"]}"));
        created.Json["Layers"]!.AsArray().Select(l => $"{l!["Arn"]}").ShouldBe([$"{b["LayerVersionArn"]}", $"{a["LayerVersionArn"]}"]);
        ((int)created.Json["Layers"]![0]!["CodeSize"]!).ShouldBe((int)b["Content"]!["CodeSize"]!);
        first.Snapshot("f")!.LayerSha256Hexes.ShouldBe([HexOf(b), HexOf(a)]);

        await first.SendAsync("DELETE", $"{Layers}/b/versions/1");
        first.StoredPackages.ShouldContain(HexOf(b));
        await using var second = await first.RestartAsync();
        second.StoredPackages.ShouldContain(HexOf(b));
        (await second.GetAsync("f"))["Layers"]!.AsArray().Count.ShouldBe(2);
        var gone = await UpdateAsync(second, $"{b["LayerVersionArn"]}");
        (gone.Status, gone.Message).ShouldBe((400, $"Layer version {b["LayerVersionArn"]} does not exist."));

        (await UpdateAsync(second)).Json["Layers"].ShouldBeNull();
        await second.Plane.Lifecycle.IdleAsync();
        second.Snapshot("f")!.LayerSha256Hexes.ShouldBeEmpty();
        second.StoredPackages.ShouldNotContain(HexOf(b));
        second.StoredPackages.ShouldContain(HexOf(a));
    }

    [Fact]
    public async Task Lists_of_layers_that_a_function_may_not_have_are_refused_as_AWS_refuses_them()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var one = $"{(await PublishAsync(plane, "l", "1"))["LayerVersionArn"]}";
        var two = $"{(await PublishAsync(plane, "l", "2"))["LayerVersionArn"]}";
        const string both = "Two different versions of the same layer are not allowed to be referenced in the same function.";
        (await UpdateAsync(plane, one, two)).Message.ShouldBe($"{both} {one} and {two} are versions of the same layer.");
        (await UpdateAsync(plane, one, one)).Message.ShouldBe($"{both} {one} and {one} are versions of the same layer.");
        (await UpdateAsync(plane, one.Replace(":l:1", ":l:9", StringComparison.Ordinal))).Message.ShouldBe(
            $"Layer version {one[..^1]}9 does not exist.");
        (await UpdateAsync(plane, one.Replace("us-east-1", "eu-west-1", StringComparison.Ordinal))).Message.ShouldBe(
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.");
        (await UpdateAsync(plane, [.. Enumerable.Range(0, 6).Select(i => $"{one[..^3]}x{i}:1")])).Message.ShouldBe("Cannot reference more than 5 layers.");
        (await UpdateAsync(plane, "arn:aws:lambda:::awslayer:AmazonLinux1803")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Code_and_layers_together_may_not_be_too_large()
    {
        await using var plane = await TestPlane.StartAsync();
        var half = new string('x', 130_000_000);
        var layer = await PublishAsync(plane, "l", half);
        await plane.CreateReadyAsync("f", f =>
        {
            f["Code"]!["ZipFile"] = TestPlane.Zip(("index.py", half));
            f["Layers"] = new JsonArray($"{layer["LayerVersionArn"]}");
        });
        var more = await PublishAsync(plane, "m", new string('y', 3_000_000));
        (await UpdateAsync(plane, $"{layer["LayerVersionArn"]}", $"{more["LayerVersionArn"]}")).Message.ShouldBe(
            "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 263000000 bytes.");
    }

    [Fact]
    public async Task Only_whom_the_policy_allows_may_use_a_layer_of_another_account()
    {
        await using var plane = await TestPlane.StartAsync();
        var arn = $"{(await PublishAsync(plane, "l", "1"))["LayerVersionArn"]}";
        (await TakeAsync()).ErrorType.ShouldBe("AccessDeniedException");
        var added = await AddAsync(plane, "s1", Other);
        var statement = JsonNode.Parse($"{added.Json["Statement"]}")!;
        statement.ToJsonString().ShouldBe(
            $$$"""{"Sid":"s1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{{Other}}}:root"},"Action":"lambda:GetLayerVersion","Resource":"{{{arn}}}"}""");
        (await TakeAsync()).Status.ShouldBe(201);
        (await plane.SendAsync("GET", $"{Layers}?find=LayerVersion&Arn={arn}", account: Other)).Status.ShouldBe(200);
        (await plane.SendAsync("DELETE", $"{Layers}/{arn[..^2]}/versions/1", account: Other)).Status.ShouldBe(403);

        Task<Answer> TakeAsync() => plane.CreateAsync("theirs", f => f["Layers"] = new JsonArray(arn), Other);
    }

    [Fact]
    public async Task A_policy_has_a_life_with_revisions()
    {
        await using var plane = await TestPlane.StartAsync();
        await PublishAsync(plane, "l", "1");
        var s1 = await AddAsync(plane, "s1", "*");
        s1.Status.ShouldBe(201);
        (await AddAsync(plane, "s1", "*")).Message.ShouldBe(
            "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.");
        const string stale =
            "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id";
        (await AddAsync(plane, "s2", "*", "wrong")).Message.ShouldBe(stale);
        var s2 = await AddAsync(plane, "s2", "*", $"{s1.Json["RevisionId"]}", "o-a1b2c3d4e5");
        s2.Json["Statement"]!.ToString().ShouldEndWith(",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-a1b2c3d4e5\"}}}");
        var policy = (await plane.SendAsync("GET", $"{Layers}/l/versions/1/policy")).Json;
        policy["RevisionId"]!.ToString().ShouldBe($"{s2.Json["RevisionId"]}");
        policy["Policy"]!.ToString().ShouldStartWith("{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"s1\",");

        (await RemoveAsync("none")).Message.ShouldBe("Statement none is not found in resource policy.");
        (await RemoveAsync("s2?RevisionId=wrong")).Message.ShouldBe(stale);
        (await RemoveAsync("s2")).Status.ShouldBe(204);
        (await RemoveAsync("s1")).Status.ShouldBe(204);
        (await plane.SendAsync("GET", $"{Layers}/l/versions/1/policy")).Status.ShouldBe(404);
        var action = await plane.SendAsync("POST", $"{Layers}/l/versions/1/policy", """{"StatementId":"s","Action":"*","Principal":"*"}""");
        action.Message.ShouldBe("1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion");

        Task<Answer> RemoveAsync(string statement) => plane.SendAsync("DELETE", $"{Layers}/l/versions/1/policy/{statement}");
    }

    private static async Task<JsonNode> PublishAsync(TestPlane plane, string name, string content, params string[] runtimes)
    {
        var answer = await plane.SendAsync("POST", $"{Layers}/{name}/versions", new JsonObject
        {
            ["Content"] = new JsonObject { ["ZipFile"] = TestPlane.Zip(("f", content)) },
            ["CompatibleRuntimes"] = new JsonArray([.. runtimes.Select(r => JsonValue.Create(r))]),
        }.ToJsonString());
        return answer.Status == 201 ? answer.Json : throw new InvalidOperationException(answer.Text);
    }

    private static Task<Answer> UpdateAsync(TestPlane plane, params string[] layers) => plane.SendAsync(
        "PUT", $"{TestPlane.Functions}/f/configuration", new JsonObject { ["Layers"] = new JsonArray([.. layers.Select(l => JsonValue.Create(l))]) }.ToJsonString());

    private static Task<Answer> AddAsync(TestPlane plane, string id, string principal, string? revision = null, string? organization = null) =>
        plane.SendAsync("POST", $"{Layers}/l/versions/1/policy{(revision is null ? "" : $"?RevisionId={revision}")}", new JsonObject
        {
            ["StatementId"] = id, ["Action"] = "lambda:GetLayerVersion", ["Principal"] = principal, ["OrganizationId"] = organization,
        }.ToJsonString());

    private static string HexOf(JsonNode published) =>
        Convert.ToHexStringLower(Convert.FromBase64String((string)published["Content"]!["CodeSha256"]!));
}
