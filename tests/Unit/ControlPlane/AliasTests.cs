using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Aliases, their routing and what is refused of them, in the words recorded on AWS.</summary>
public class AliasTests
{
    private const string Function = $"{TestPlane.Functions}/f", Aliases = $"{Function}/aliases";

    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Fact]
    public async Task An_alias_leads_to_its_version_and_is_read_as_the_function()
    {
        var plane = await PublishedTwiceAsync();
        var created = await plane.SendAsync("POST", Aliases, """{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}}""");
        created.Status.ShouldBe(201);
        created.Text.ShouldBe(
            $$$"""{"AliasArn":"{{{Arn}}}:live","Name":"live","FunctionVersion":"1","Description":"","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}},"RevisionId":"{{{created.Json["RevisionId"]}}}"}""");
        (await plane.SendAsync("GET", $"{Aliases}/live")).Text.ShouldBe(created.Text);
        Entry(plane).Aliases["live"].ShouldBe(new AliasRoute("1", "2", 0.25));
        var read = (await plane.SendAsync("GET", $"{Function}:live")).Json["Configuration"]!;
        (read["FunctionArn"]!.ToString(), read["Version"]!.ToString()).ShouldBe((Arn + ":live", "1"));

        await using var again = await plane.RestartAsync();
        Entry(again).Aliases["live"].ShouldBe(new AliasRoute("1", "2", 0.25));
        (await again.SendAsync("GET", $"{Aliases}/live")).Text.ShouldBe(created.Text);
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_an_empty_routing_takes_the_second_version_away()
    {
        await using var plane = await PublishedTwiceAsync();
        var first = await CreateAsync(plane, "live", "1", """{"2":0.25}""");
        var second = await plane.SendAsync("PUT", $"{Aliases}/live", """{"Description":"changed"}""");
        second.Json["RevisionId"]!.ToString().ShouldNotBe(first.Json["RevisionId"]!.ToString());
        second.Json["RoutingConfig"]!["AdditionalVersionWeights"]!["2"]!.GetValue<double>().ShouldBe(0.25);
        var stale = await plane.SendAsync("PUT", $"{Aliases}/live", $$"""{"RevisionId":"{{first.Json["RevisionId"]}}"}""");
        (stale.Status, stale.ErrorType).ShouldBe((412, "PreconditionFailedException"));
        var twice = await plane.SendAsync("PUT", $"{Aliases}/live", """{"FunctionVersion":"2"}""");
        twice.Message.ShouldBe("Invalid function version 2. Function version 2 is already included in routing configuration.");
        var third = await plane.SendAsync("PUT", $"{Aliases}/live", """{"FunctionVersion":"2","RoutingConfig":{"AdditionalVersionWeights":{}}}""");
        third.Json["RoutingConfig"].ShouldBeNull();
        third.Json["Description"]!.ToString().ShouldBe("changed");
        Entry(plane).Aliases["live"].ShouldBe(new AliasRoute("2"));
        var missing = await plane.SendAsync("PUT", $"{Aliases}/dead", "{}");
        (missing.Status, missing.Message).ShouldBe((404, $"Alias not found: {Arn}:dead"));
    }

    [Theory]
    [InlineData("live", "1", """{"1":0.8,"2":0.2}""", "InvalidParameterValueException", "Number of items in AdditionalVersionWeights cannot be greater than 1")]
    [InlineData("live", "1", """{"2":2}""", "ValidationException", "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("live", "1", """{"2":-1}""", "ValidationException", "1 validation error detected: Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("live", "1", """{"1":0.5}""", "InvalidParameterValueException", "Invalid function version 1. Function version 1 is already included in routing configuration.")]
    [InlineData("live", "10", """{"2":0.5}""", "ResourceNotFoundException", "Function not found: " + Arn + ":10")]
    [InlineData("live", "1", """{"10":0.5}""", "ResourceNotFoundException", "Function not found: " + Arn + ":10")]
    [InlineData("live", "$LATEST", """{"1":0.5}""", "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version")]
    [InlineData("live", "1", """{"$LATEST":0.5}""", "ValidationException", "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]")]
    [InlineData("2024", "1", "{}", "ValidationException", "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")]
    [InlineData("taken", "1", "{}", "ResourceConflictException", "Alias already exists: " + Arn + ":taken")]
    public async Task What_cannot_be_is_refused(string name, string version, string weights, string type, string message)
    {
        await using var plane = await PublishedTwiceAsync();
        await CreateAsync(plane, "taken", "1", "{}");
        var answer = await CreateAsync(plane, name, version, weights);
        (answer.ErrorType, answer.Message).ShouldBe((type, message));
        Entry(plane).Aliases.Keys.ShouldBe(["taken"]);
    }

    [Fact]
    public async Task Names_may_begin_with_numbers_and_lead_to_LATEST()
    {
        await using var plane = await PublishedTwiceAsync();
        (await CreateAsync(plane, "2024-01-02", "$LATEST", "{}")).Status.ShouldBe(201);
        (await plane.SendAsync("GET", $"{Function}:2024-01-02")).Json["Configuration"]!["Version"]!.ToString().ShouldBe("$LATEST");
    }

    [Fact]
    public async Task A_version_that_an_alias_leads_to_cannot_be_deleted()
    {
        await using var plane = await PublishedTwiceAsync();
        await CreateAsync(plane, "live", "1", """{"2":0.5}""");
        await CreateAsync(plane, "other", "1", "{}");
        var first = await plane.SendAsync("DELETE", $"{Function}?Qualifier=1");
        (first.Status, first.ErrorType, first.Message).ShouldBe((
            409, "ResourceConflictException", "Unable to delete version because the following aliases reference it: [live, other]"));
        (await plane.SendAsync("DELETE", $"{Function}?Qualifier=2")).Status.ShouldBe(409);
        (await plane.SendAsync("DELETE", $"{Aliases}/live")).Status.ShouldBe(204);
        (await plane.SendAsync("DELETE", $"{Aliases}/live")).Status.ShouldBe(204);
        (await plane.SendAsync("DELETE", $"{Function}?Qualifier=2")).Status.ShouldBe(204);
        var gone = await plane.SendAsync("GET", $"{Aliases}/live");
        (gone.Status, gone.Message).ShouldBe((404, $"Cannot find alias arn: {Arn}:live"));
    }

    [Fact]
    public async Task Lists_go_by_name_page_by_page_and_by_version()
    {
        await using var plane = await PublishedTwiceAsync();
        foreach (var (name, version) in new[] { ("b", "1"), ("a", "2"), ("c", "1"), ("d", "$LATEST") })
        {
            await CreateAsync(plane, name, version, "{}");
        }

        var names = new List<string>();
        for (string? marker = ""; marker is not null;)
        {
            var page = (await plane.SendAsync("GET", $"{Aliases}?MaxItems=1&Marker={marker}")).Json;
            names.AddRange(page["Aliases"]!.AsArray().Select(a => a!["Name"]!.ToString()));
            marker = page["NextMarker"]?.ToString();
        }

        names.ShouldBe(["a", "b", "c", "d"]);
        var first = await plane.SendAsync("GET", $"{Aliases}?FunctionVersion=1");
        first.Json["Aliases"]!.AsArray().Select(a => a!["Name"]!.ToString()).ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task Deletions_of_versions_and_new_aliases_at_once_never_leave_an_alias_to_nowhere()
    {
        await using var plane = await PublishedTwiceAsync();
        for (var round = 0; round < 20; round++)
        {
            var name = $"a{round}";
            await Task.WhenAll(
                Task.Run(() => CreateAsync(plane, name, "1", "{}")),
                Task.Run(() => plane.SendAsync("DELETE", $"{Function}?Qualifier=1")));
            foreach (var alias in Entry(plane).Aliases.Values)
            {
                Entry(plane).Versions.ShouldContainKey(alias.Primary);
            }
        }
    }

    private static FunctionEntry Entry(TestPlane plane) => plane.Catalog.All.Single();

    private static Task<Answer> CreateAsync(TestPlane plane, string name, string version, string weights) => plane.SendAsync(
        "POST", Aliases, $$$"""{"Name":"{{{name}}}","FunctionVersion":"{{{version}}}","RoutingConfig":{"AdditionalVersionWeights":{{{weights}}}}}""");

    private static async Task<TestPlane> PublishedTwiceAsync()
    {
        var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f", body => body["Publish"] = true);
        await plane.SendAsync("PUT", $"{Function}/configuration", """{"Timeout":9}""");
        await plane.Plane.Lifecycle.IdleAsync();
        await plane.SendAsync("POST", $"{Function}/versions");
        return plane;
    }
}
