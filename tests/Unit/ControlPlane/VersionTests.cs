using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Publishing: what makes a new version, what it answers, and what stays of it. The answers are those recorded on AWS.</summary>
public class VersionTests
{
    private const string Function = $"{TestPlane.Functions}/f", Versions = $"{Function}/versions", Configuration = $"{Function}/configuration";

    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Fact]
    public async Task A_version_keeps_what_LATEST_was_and_is_ready_at_once()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var before = await plane.GetAsync("f");
        var published = await plane.SendAsync("POST", Versions, """{"Description":"first"}""");
        published.Status.ShouldBe(201);
        Text(published.Json, "Version", "FunctionArn", "State", "LastUpdateStatus", "Description").ShouldBe(["1", Arn + ":1", "Active", "Successful", "first"]);
        var latest = await plane.GetAsync("f");
        latest["RevisionId"]!.ToString().ShouldNotBe(before["RevisionId"]!.ToString());
        latest["Description"]!.ToString().ShouldBe("");

        (await ChangeAsync(plane, """{"Timeout":44,"Description":"second"}""")).Status.ShouldBe(200);
        (await GetAsync(plane, "1")).ToJsonString().ShouldBe(published.Json.ToJsonString());
        plane.Catalog.Find(FunctionArn("1"))!.Versions["1"].TimeoutMs.ShouldBe(3_000);
        plane.Snapshot("f")!.TimeoutMs.ShouldBe(44_000);

        var second = await plane.SendAsync("POST", Versions);
        Text(second.Json, "Version", "Description").ShouldBe(["2", "second"]);
    }

    [Fact]
    public async Task Without_a_change_the_last_version_is_answered_again_as_it_is()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var first = await plane.SendAsync("POST", Versions, """{"Description":"first"}""");
        var latest = await plane.GetAsync("f");
        (await plane.SendAsync("POST", Versions, """{"Description":"other"}""")).Json.ToJsonString().ShouldBe(first.Json.ToJsonString());
        (await plane.GetAsync("f")).ToJsonString().ShouldBe(latest.ToJsonString());

        await ChangeAsync(plane, """{"Timeout":5}""");
        await ChangeAsync(plane, """{"Timeout":3}""");
        (await plane.SendAsync("POST", Versions)).Json["Version"]!.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task Both_preconditions_hold_a_publication_back()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var latest = await plane.GetAsync("f");
        var code = latest["CodeSha256"]!.ToString();
        var other = await plane.SendAsync("POST", Versions, """{"CodeSha256":"somenonexistentsha256"}""");
        (other.Status, other.ErrorType, other.Message).ShouldBe((400, "InvalidParameterValueException",
            $"CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST ({code}). Please try again with the CodeSHA256 in $LATEST."));
        (await plane.SendAsync("POST", Versions, """{"RevisionId":"wrong"}""")).ErrorType.ShouldBe("PreconditionFailedException");
        var right = new JsonObject { ["CodeSha256"] = code, ["RevisionId"] = latest["RevisionId"]!.ToString() };
        (await plane.SendAsync("POST", Versions, right.ToJsonString())).Json["Version"]!.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task A_creation_that_publishes_answers_with_the_version_which_becomes_active_by_itself()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Preparation.Close();
        var created = await plane.CreateAsync("f", body => body["Publish"] = true);
        Text(created.Json, "Version", "FunctionArn", "State").ShouldBe(["1", Arn, "Pending"]);
        (await GetAsync(plane, "1"))["State"]!.ToString().ShouldBe("Pending");
        (await plane.SendAsync("POST", Versions)).Status.ShouldBe(409);

        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();
        Text(await GetAsync(plane, "1"), "State", "LastUpdateStatus").ShouldBe(["Active", "Successful"]);
        plane.Catalog.Find(FunctionArn("1"))!.Versions["1"].State.ShouldBe("Active");
        (await plane.SendAsync("POST", Versions)).Json["Version"]!.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task New_code_that_is_published_at_once_is_a_pending_version_beside_the_update()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        plane.Preparation.Close();
        var code = TestPlane.Zip(("index.py", "x = 2"));
        var updated = await plane.SendAsync("PUT", $"{Function}/code", $$"""{"ZipFile":"{{code}}","Publish":true}""");
        Text(updated.Json, "Version", "FunctionArn", "State", "StateReasonCode").ShouldBe(["1", Arn + ":1", "Pending", "Creating"]);
        updated.Json["LastUpdateStatus"].ShouldBeNull();
        (await GetAsync(plane, "1")).ToJsonString().ShouldBe(updated.Json.ToJsonString());
        (await plane.GetAsync("f"))["LastUpdateStatus"]!.ToString().ShouldBe("InProgress");

        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();
        (await GetAsync(plane, "1"))["State"]!.ToString().ShouldBe("Active");
        var again = await plane.SendAsync("PUT", $"{Function}/code", $$"""{"ZipFile":"{{code}}","Publish":true}""");
        again.Json["Version"]!.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task Versions_survive_restarts_and_a_crash_resumes_those_that_were_pending()
    {
        var dead = await TestPlane.StartAsync();
        await dead.CreateReadyAsync("f");
        await dead.SendAsync("POST", Versions);
        dead.Preparation.Close();
        await dead.CreateAsync("g", body => body["Publish"] = true);

        await using var alive = await dead.RestartAfterCrashAsync();
        await alive.Plane.Lifecycle.IdleAsync();
        (await GetAsync(alive, "1"))["State"]!.ToString().ShouldBe("Active");
        alive.Catalog.Find(FunctionArn("1"))!.Versions.Keys.ShouldBe(["$LATEST", "1"], ignoreOrder: true);
        (await alive.GetAsync("g:1"))["State"]!.ToString().ShouldBe("Active");
    }

    [Fact]
    public async Task A_number_is_never_used_again()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        await plane.SendAsync("POST", Versions);
        (await plane.SendAsync("DELETE", $"{Function}?Qualifier=1")).Status.ShouldBe(204);
        (await plane.SendAsync("GET", $"{Function}?Qualifier=1")).Status.ShouldBe(404);
        plane.Catalog.Find(FunctionArn("1"))!.Versions.Keys.ShouldBe(["$LATEST"]);
        (await plane.SendAsync("POST", Versions)).Json["Version"]!.ToString().ShouldBe("2");
        await plane.SendAsync("DELETE", Function);
        await plane.CreateReadyAsync("f", body => body["Publish"] = true);
        (await plane.SendAsync("GET", Versions)).Json["Versions"]!.AsArray().Select(v => v!["Version"]!.ToString()).ShouldBe(["$LATEST", "3"]);
    }

    [Fact]
    public async Task A_version_holds_its_package_until_it_is_deleted()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        await plane.SendAsync("POST", Versions);
        await plane.SendAsync("PUT", $"{Function}/code", $$"""{"ZipFile":"{{TestPlane.Zip(("index.py", "x = 2"))}}"}""");
        await plane.Plane.Lifecycle.IdleAsync();
        plane.StoredPackages.Count.ShouldBe(2);
        var usage = (await plane.SendAsync("GET", "/2016-08-19/account-settings")).Json["AccountUsage"]!;
        usage["FunctionCount"]!.GetValue<int>().ShouldBe(1);
        usage["TotalCodeSize"]!.GetValue<long>().ShouldBe(TestPlane.ZipBytes(("index.py", "x = 1")).Length * 2L);
        await plane.SendAsync("DELETE", $"{Function}:1");
        plane.StoredPackages.ShouldBe([plane.Snapshot("f")!.CodeSha256Hex]);
        await plane.SendAsync("POST", Versions);
        await plane.SendAsync("DELETE", Function);
        plane.StoredPackages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Layers_count_as_code_of_the_account_once_for_each_version()
    {
        await using var plane = await TestPlane.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            var zip = TestPlane.Zip(("f", "content"));
            (await plane.SendAsync("POST", "/2018-10-31/layers/l/versions", $$$"""{"Content":{"ZipFile":"{{{zip}}}"}}""")).Status.ShouldBe(201);
        }

        (await UsedAsync()).ShouldBe(TestPlane.ZipBytes(("f", "content")).Length * 2L);
        (await plane.SendAsync("DELETE", "/2018-10-31/layers/l/versions/1")).Status.ShouldBe(204);
        (await UsedAsync()).ShouldBe(TestPlane.ZipBytes(("f", "content")).Length);

        async Task<long> UsedAsync() =>
            (await plane.SendAsync("GET", "/2016-08-19/account-settings")).Json["AccountUsage"]!["TotalCodeSize"]!.GetValue<long>();
    }

    [Fact]
    public async Task To_delete_a_version_that_is_not_there_is_no_error()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("DELETE", $"{Function}?Qualifier=1233")).Status.ShouldBe(204);
        (await plane.GetAsync("f"))["State"]!.ToString().ShouldBe("Active");
    }

    [Fact]
    public async Task Lists_go_by_number_page_by_page_and_name_each_version_once()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        await plane.CreateReadyAsync("g");
        for (var i = 1; i <= 12; i++)
        {
            await ChangeAsync(plane, $$"""{"Timeout":{{i + 10}}}""");
            await plane.SendAsync("POST", Versions);
        }

        string[] expected = ["$LATEST", .. Enumerable.Range(1, 12).Select(i => $"{i}")];
        foreach (var size in new[] { 1, 5, 13, 10_000 })
        {
            (await AllAsync(plane, $"{Versions}?MaxItems={size}", "Versions", "Version")).ShouldBe(expected);
            (await AllAsync(plane, $"{TestPlane.Functions}?FunctionVersion=ALL&MaxItems={size}", "Functions", "FunctionArn"))
                .ShouldBe([.. expected.Select(v => $"{Arn}:{v}"), "arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST"]);
        }

        (await plane.SendAsync("GET", $"{Versions}?MaxItems=10001")).ErrorType.ShouldBe("ValidationException");
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/nobody/versions")).Message.ShouldBe(
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody");
    }

    [Fact]
    public async Task Of_many_publications_at_once_one_makes_the_version_and_all_answer_with_it()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => plane.SendAsync("POST", Versions))));
        answers.Select(a => a.Text).Distinct().Count().ShouldBe(1);
        answers[0].Json["Version"]!.ToString().ShouldBe("1");
    }

    private static async Task<List<string>> AllAsync(TestPlane plane, string target, string list, string member)
    {
        var all = new List<string>();
        for (string? marker = ""; marker is not null;)
        {
            var page = (await plane.SendAsync("GET", $"{target}&Marker={marker}")).Json;
            all.AddRange(page[list]!.AsArray().Select(e => e![member]!.ToString()));
            marker = page["NextMarker"]?.ToString();
        }

        return all;
    }

    private static async Task<Answer> ChangeAsync(TestPlane plane, string change)
    {
        var answer = await plane.SendAsync("PUT", Configuration, change);
        await plane.Plane.Lifecycle.IdleAsync();
        return answer;
    }

    private static async Task<JsonNode> GetAsync(TestPlane plane, string qualifier) =>
        (await plane.SendAsync("GET", $"{Function}?Qualifier={qualifier}")).Json["Configuration"]!;

    private static FunctionArn FunctionArn(string qualifier) => new("us-east-1", TestPlane.Account, "f", qualifier);

    private static string?[] Text(JsonNode json, params string[] members) => [.. members.Select(m => (string?)json[m])];
}
