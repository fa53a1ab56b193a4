using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Reserved and provisioned concurrency: what is published, and what is refused, in the words recorded on AWS.</summary>
public class ConcurrencyTests
{
    private const string Reserved = "/2017-10-31/functions/f/concurrency", Read = "/2019-09-30/functions/f/concurrency";

    private const string Provisioned = "/2019-09-30/functions/f/provisioned-concurrency", Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Fact]
    public async Task A_reservation_is_published_kept_and_given_back()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f");
        (await first.SendAsync("GET", Read)).Json["ReservedConcurrentExecutions"].ShouldBeNull();
        (await ReserveAsync(first, 0)).Text.ShouldBe("""{"ReservedConcurrentExecutions":0}""");
        first.Catalog.All.Single().ReservedConcurrency.ShouldBe(0);
        (await ReserveAsync(first, 7)).Status.ShouldBe(200);
        await using var plane = await first.RestartAsync();
        plane.Catalog.All.Single().ReservedConcurrency.ShouldBe(7);
        (await plane.SendAsync("GET", Read)).Text.ShouldBe("""{"ReservedConcurrentExecutions":7}""");
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/f")).Json["Concurrency"]!.ToJsonString().ShouldBe("""{"ReservedConcurrentExecutions":7}""");
        (await UnreservedAsync(plane)).ShouldBe(993);
        (await plane.SendAsync("DELETE", Reserved)).Status.ShouldBe(204);
        plane.Catalog.All.Single().ReservedConcurrency.ShouldBeNull();
        (await UnreservedAsync(plane)).ShouldBe(1_000);
    }

    [Fact]
    public async Task A_hundred_stay_unreserved_also_when_many_reserve_at_once()
    {
        await using var plane = await TestPlane.StartAsync();
        var names = Enumerable.Range(0, 12).Select(i => $"f{i}").ToList();
        await Task.WhenAll(names.Select(n => plane.CreateAsync(n)));
        var answers = await Task.WhenAll(names.Select(n => Task.Run(() =>
            plane.SendAsync("PUT", $"/2017-10-31/functions/{n}/concurrency", """{"ReservedConcurrentExecutions":100}"""))));
        answers.Count(a => a.Status == 200).ShouldBe(9);
        var refused = answers.First(a => a.Status != 200);
        (refused.Status, refused.ErrorType, refused.Message).ShouldBe((400, "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."));
        (await UnreservedAsync(plane)).ShouldBe(100);
    }

    [Fact]
    public async Task A_reservation_is_of_a_function_that_is_there_and_of_the_whole_of_it()
    {
        await using var plane = await TestPlane.StartAsync();
        var missing = await ReserveAsync(plane, 1);
        (missing.Status, missing.Message).ShouldBe((404, $"Function not found: {Arn}:$LATEST"));
        await plane.CreateReadyAsync("f");
        var qualified = await plane.SendAsync("PUT", "/2017-10-31/functions/f:1/concurrency", """{"ReservedConcurrentExecutions":1}""");
        qualified.Message!.ShouldStartWith("This operation is permitted on Lambda functions only.");
        (await ReserveAsync(plane, -1)).ErrorType.ShouldBe("ValidationException");
        (await plane.SendAsync("PUT", Reserved, "{}")).ErrorType.ShouldBe("ValidationException");
    }

    [Fact]
    public async Task What_is_kept_initialised_is_published_by_qualifier_and_answered_as_its_keeper_says()
    {
        await using var plane = await AliasedAsync();
        var put = await ProvisionAsync(plane, "live", 3);
        put.Status.ShouldBe(202);
        put.Text.ShouldBe("""{"RequestedProvisionedConcurrentExecutions":3,"AvailableProvisionedConcurrentExecutions":0,"AllocatedProvisionedConcurrentExecutions":0,"Status":"IN_PROGRESS","StatusReason":null,"LastModified":"2026-01-12T10:11:12+0000"}""");
        plane.Catalog.All.Single().ProvisionedConcurrency["live"].ShouldBe(3);
        plane.Keeper.Status = new(2, 3, "IN_PROGRESS");
        var get = await plane.SendAsync("GET", $"{Provisioned}?Qualifier=live");
        (get.Json["AvailableProvisionedConcurrentExecutions"]!.GetValue<int>(), get.Json["AllocatedProvisionedConcurrentExecutions"]!.GetValue<int>()).ShouldBe((2, 3));
        plane.Keeper.Status = new(3, 3, "READY");
        var listed = (await plane.SendAsync("GET", $"{Provisioned}?List=ALL")).Json["ProvisionedConcurrencyConfigs"]!.AsArray().Single()!;
        (listed["FunctionArn"]!.ToString(), listed["Status"]!.ToString()).ShouldBe((Arn + ":live", "READY"));

        (await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f/aliases/live")).Status.ShouldBe(204);
        plane.Catalog.All.Single().ProvisionedConcurrency.ShouldBeEmpty();
        (await plane.SendAsync("GET", $"{Provisioned}?Qualifier=live")).Message.ShouldBe($"Cannot find alias arn: {Arn}:live");
        (await plane.SendAsync("GET", $"{Provisioned}?List=ALL")).Text.ShouldBe("""{"ProvisionedConcurrencyConfigs":[],"NextMarker":null}""");
    }

    [Fact]
    public async Task A_version_that_gets_some_has_a_new_revision()
    {
        await using var plane = await AliasedAsync();
        var before = await RevisionAsync();
        await ProvisionAsync(plane, "live", 1);
        (await RevisionAsync()).ShouldNotBe(before);

        async Task<string> RevisionAsync() => (await plane.GetAsync("f:1"))["RevisionId"]!.ToString();
    }

    [Fact]
    public async Task An_alias_and_its_version_cannot_both_have_some()
    {
        await using var plane = await AliasedAsync();
        await ProvisionAsync(plane, "1", 1);
        var alias = await ProvisionAsync(plane, "live", 1);
        (alias.Status, alias.Message).ShouldBe((409, "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"));
        (await plane.SendAsync("DELETE", $"{Provisioned}?Qualifier=1")).Status.ShouldBe(204);
        (await plane.SendAsync("DELETE", $"{Provisioned}?Qualifier=1")).Status.ShouldBe(204);
        var gone = await plane.SendAsync("GET", $"{Provisioned}?Qualifier=1");
        (gone.Status, gone.ErrorType, gone.Message).ShouldBe((
            404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function"));
        (await ProvisionAsync(plane, "live", 1)).Status.ShouldBe(202);
        var version = await ProvisionAsync(plane, "1", 1);
        (version.Status, version.Message).ShouldBe((409, "Version is pointed by a Provisioned Concurrency alias"));
    }

    [Fact]
    public async Task Neither_what_is_reserved_nor_what_must_stay_unreserved_can_be_exceeded()
    {
        await using var plane = await AliasedAsync();
        (await ProvisionAsync(plane, "1", 1_001)).Text.ShouldBe(
            """{"message":"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."}""");
        (await ProvisionAsync(plane, "1", 901)).Message.ShouldBe(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].");
        (await ProvisionAsync(plane, "1", 900)).Status.ShouldBe(202);
        (await ReserveAsync(plane, 1)).Text.ShouldBe(
            """{"message":" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [900]."}""");
        (await ProvisionAsync(plane, "1", 2)).Status.ShouldBe(202);
        (await ReserveAsync(plane, 2)).Status.ShouldBe(200);
        (await ProvisionAsync(plane, "1", 3)).Text.ShouldBe(
            """{"Type":"User","message":"Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"}""");
    }

    [Theory]
    [InlineData("PUT", "$LATEST", "InvalidParameterValueException", "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")]
    [InlineData("GET", "$LATEST", "InvalidParameterValueException", "The function resource provided must be an alias or a published version.")]
    [InlineData("DELETE", "$LATEST", "InvalidParameterValueException", "The function resource provided must be an alias or a published version.")]
    [InlineData("PUT", "noalias", "ResourceNotFoundException", "Cannot find alias arn: " + Arn + ":noalias")]
    [InlineData("GET", "noalias", "ResourceNotFoundException", "Cannot find alias arn: " + Arn + ":noalias")]
    [InlineData("PUT", "10", "ResourceNotFoundException", "Function not found: " + Arn + ":10")]
    [InlineData("DELETE", "10", "ResourceNotFoundException", "Function not found: " + Arn + ":10")]
    public async Task Only_published_versions_and_aliases_can_have_some(string method, string qualifier, string type, string message)
    {
        await using var plane = await AliasedAsync();
        var answer = await plane.SendAsync(method, $"{Provisioned}?Qualifier={qualifier}", """{"ProvisionedConcurrentExecutions":1}""");
        (answer.ErrorType, answer.Message).ShouldBe((type, message));
    }

    [Fact]
    public async Task None_at_all_is_against_the_model()
    {
        await using var plane = await AliasedAsync();
        (await ProvisionAsync(plane, "live", 0)).Message.ShouldBe(
            "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1");
    }

    private static Task<Answer> ReserveAsync(TestPlane plane, int amount) =>
        plane.SendAsync("PUT", Reserved, new JsonObject { ["ReservedConcurrentExecutions"] = amount }.ToJsonString());

    private static Task<Answer> ProvisionAsync(TestPlane plane, string qualifier, int amount) =>
        plane.SendAsync("PUT", $"{Provisioned}?Qualifier={qualifier}", new JsonObject { ["ProvisionedConcurrentExecutions"] = amount }.ToJsonString());

    private static async Task<int> UnreservedAsync(TestPlane plane) =>
        (await plane.SendAsync("GET", "/2016-08-19/account-settings")).Json["AccountLimit"]!["UnreservedConcurrentExecutions"]!.GetValue<int>();

    private static async Task<TestPlane> AliasedAsync()
    {
        var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f", body => body["Publish"] = true);
        await plane.SendAsync("POST", $"{TestPlane.Functions}/f/aliases", """{"Name":"live","FunctionVersion":"1"}""");
        return plane;
    }
}

/// <summary>Says what the test says.</summary>
internal sealed class FakeKeeper : IProvisionedConcurrency
{
    public ProvisionedConcurrencyStatus Status { get; set; } = new(0, 0, "IN_PROGRESS");

    public ProvisionedConcurrencyStatus StatusOf(FunctionArn qualified) => Status;
}
