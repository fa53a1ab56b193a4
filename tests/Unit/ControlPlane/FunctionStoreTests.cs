using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Durability, writers at once, and pages.</summary>
public class FunctionStoreTests
{
    [Fact]
    public async Task Functions_survive_a_restart_and_are_published_again()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f");
        await first.CreateReadyAsync("g");
        await first.SendAsync("DELETE", $"{TestPlane.Functions}/g");
        var (answer, snapshot) = (await first.GetAsync("f"), first.Snapshot("f")!);

        await using var second = await first.RestartAsync();
        (await second.GetAsync("f")).ToJsonString().ShouldBe(answer.ToJsonString());
        second.Snapshot("f")!.Key.ShouldBe(snapshot.Key);
        second.Snapshot("g").ShouldBeNull();
        await using var package = second.Packages.Open(snapshot.CodeSha256Hex);
        package.Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Of_many_creations_of_one_name_exactly_one_succeeds()
    {
        await using var plane = await TestPlane.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() =>
            plane.CreateAsync("f", body => body["Description"] = $"{i}"))));
        var winner = answers.Single(a => a.Status == 201);
        foreach (var loser in answers.Where(a => a != winner))
        {
            (loser.Status, loser.ErrorType, loser.Message).ShouldBe((409, "ResourceConflictException", "Function already exist: f"));
        }

        (await plane.GetAsync("f"))["Description"]!.ToString().ShouldBe(winner.Json["Description"]!.ToString());
    }

    [Fact]
    public async Task Of_many_updates_at_once_each_is_answered_and_none_is_mixed()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        plane.Preparation.Close();
        var answers = await Task.WhenAll(Enumerable.Range(1, 24).Select(i => Task.Run(() =>
            plane.SendAsync("PUT", $"{TestPlane.Functions}/f/configuration", $$"""{"Timeout":{{i}},"Description":"{{i}}"}"""))));
        answers.Count(a => a.Status == 200).ShouldBe(1);
        answers.Count(a => a.Status == 409).ShouldBe(23);
        var found = await plane.GetAsync("f");
        found["Description"]!.ToString().ShouldBe(found["Timeout"]!.ToString());
    }

    [Fact]
    public async Task Names_created_and_deleted_all_the_time_leave_index_catalog_and_packages_in_step()
    {
        await using var plane = await TestPlane.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 40; i++)
            {
                var name = $"f{random.Next(4)}";
                var answer = random.Next(3) switch
                {
                    0 => await plane.SendAsync("DELETE", $"{TestPlane.Functions}/{name}"),
                    1 => await plane.SendAsync("PUT", $"{TestPlane.Functions}/{name}/configuration", $$"""{"Timeout":{{i + 1}}}"""),
                    _ => await plane.CreateAsync(name, body => body["Code"]!["ZipFile"] = TestPlane.Zip(("index.py", $"x = {random.Next(3)}"))),
                };
                answer.Status.ShouldBeOneOf(200, 201, 204, 404, 409);
            }
        })));
        await plane.Plane.Lifecycle.IdleAsync();

        var live = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var found = await plane.SendAsync("GET", $"{TestPlane.Functions}/f{i}/configuration");
            var snapshot = plane.Snapshot($"f{i}");
            (snapshot is not null).ShouldBe(found.Status == 200);
            if (snapshot is not null)
            {
                found.Json["State"]!.ToString().ShouldBe("Active");
                (snapshot.State, snapshot.TimeoutMs).ShouldBe(("Active", found.Json["Timeout"]!.GetValue<int>() * 1000));
                live.Add(snapshot.CodeSha256Hex);
            }
        }

        plane.StoredPackages.ShouldBe(live.Distinct(), ignoreOrder: true);
    }

    [Fact]
    public async Task A_package_that_two_functions_share_goes_with_the_last_of_them()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        await plane.CreateReadyAsync("g");
        plane.Snapshot("f")!.CodeSha256Hex.ShouldBe(plane.Snapshot("g")!.CodeSha256Hex);
        await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f");
        plane.StoredPackages.Count.ShouldBe(1);
        await plane.SendAsync("DELETE", $"{TestPlane.Functions}/g");
        plane.StoredPackages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Pages_of_any_size_show_every_function_exactly_once_while_others_come_and_go(int seed)
    {
        var random = new Random(seed);
        await using var plane = await TestPlane.StartAsync();
        var stays = Enumerable.Range(0, 70).Select(i => $"stays-{random.Next(1_000_000)}-{i}").ToList();
        await Task.WhenAll(stays.Select(name => plane.CreateAsync(name)));
        var listed = new List<string>();
        string? marker = null;
        do
        {
            var size = random.Next(1, 80);
            var page = (await plane.SendAsync("GET", $"{TestPlane.Functions}/?MaxItems={size}&Marker={marker}")).Json;
            var names = page["Functions"]!.AsArray().Select(f => f!["FunctionName"]!.ToString()).ToList();
            names.Count.ShouldBeInRange(1, Math.Min(size, 50));
            listed.AddRange(names);
            marker = page["NextMarker"]?.ToString();
            await plane.CreateAsync($"comes-{random.Next(1_000_000)}");
            if (names.LastOrDefault(n => n.StartsWith("comes", StringComparison.Ordinal)) is { } gone)
            {
                await plane.SendAsync("DELETE", $"{TestPlane.Functions}/{gone}");
            }
        }
        while (marker is not null);

        listed.ShouldBeUnique();
        listed.Where(n => n.StartsWith("stays", StringComparison.Ordinal)).ShouldBe(stays, ignoreOrder: true);
    }

    [Theory]
    [InlineData("MaxItems=0", "ValidationException")]
    [InlineData("MaxItems=10001", "ValidationException")]
    [InlineData("MaxItems=x", "SerializationException")]
    [InlineData("FunctionVersion=invalid", "ValidationException")]
    [InlineData("MasterRegion=Mars", "ValidationException")]
    [InlineData("Marker=%25%25", "InvalidParameterValueException")]
    public async Task A_list_refuses_what_its_parameters_cannot_be(string query, string type)
    {
        await using var plane = await TestPlane.StartAsync();
        (await plane.SendAsync("GET", $"{TestPlane.Functions}?{query}")).ErrorType.ShouldBe(type);
    }

    [Fact]
    public async Task A_list_of_all_versions_names_LATEST_and_has_no_states()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var list = await plane.SendAsync("GET", $"{TestPlane.Functions}?FunctionVersion=ALL&MasterRegion=ALL");
        var only = list.Json["Functions"]!.AsArray().Single()!.AsObject();
        only["FunctionArn"]!.ToString().ShouldBe("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST");
        only.ContainsKey("State").ShouldBeTrue();
        foreach (var member in new[] { "State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig" })
        {
            only[member].ShouldBeNull();
        }

        (await plane.SendAsync("GET", $"{TestPlane.Functions}?FunctionVersion=ALL&MasterRegion=eu-west-1"))
            .Json["Functions"]!.AsArray().ShouldBeEmpty();
    }
}
