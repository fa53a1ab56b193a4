using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>What other resources add to a function: kept, published and deleted with it.</summary>
public class FunctionPartTests
{
    private static readonly FunctionKey Key = new(TestPlane.Account, "f");

    [Fact]
    public async Task What_a_part_adds_is_published_at_once_and_again_after_a_restart_and_goes_with_the_function()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f");
        var part = PartOf(first);
        (await PutAsync(first, part, "live", "1")).ShouldBeTrue();
        RouteOf(first).ShouldBe("1");
        (await PutAsync(first, part, "live", "2")).ShouldBeTrue();
        RouteOf(first).ShouldBe("2");

        await using var second = await first.RestartAsync();
        part = PartOf(second);
        await second.Plane.Store.LoadAsync();
        RouteOf(second).ShouldBe("2");
        await second.SendAsync("DELETE", $"{TestPlane.Functions}/f");
        part.All.ShouldBeEmpty();
        await second.CreateReadyAsync("f");
        RouteOf(second).ShouldBeNull();
    }

    [Fact]
    public async Task Nothing_is_kept_for_a_function_that_is_not_there_and_what_was_removed_is_gone_for_good()
    {
        await using var plane = await TestPlane.StartAsync();
        var part = PartOf(plane);
        (await PutAsync(plane, part, "live", "1")).ShouldBeFalse();
        await plane.CreateReadyAsync("f");
        await PutAsync(plane, part, "live", "1");
        using (await plane.Plane.Store.TurnAsync(Key))
        {
            (await part.RemoveAsync(Key, "live")).ShouldBeTrue();
            (await part.RemoveAsync(Key, "live")).ShouldBeFalse();
        }

        RouteOf(plane).ShouldBeNull();
        await plane.Plane.Store.LoadAsync();
        part.All.ShouldBeEmpty();
    }

    private static async Task<bool> PutAsync(TestPlane plane, FunctionPart<FunctionDefinition> part, string alias, string version)
    {
        using var turn = await plane.Plane.Store.TurnAsync(Key);
        return await part.PutAsync(Key, alias, new FunctionDefinition { LogGroup = version });
    }

    private static string? RouteOf(TestPlane plane) => plane.Catalog.All.Single().Aliases.GetValueOrDefault("live")?.Primary;

    private static FunctionPart<FunctionDefinition> PartOf(TestPlane plane) => plane.Plane.Store.Add(new FunctionPart<FunctionDefinition>(
        plane.Plane.Store, "test", json => json.FunctionDefinition,
        (entry, found) => entry with { Aliases = entry.Aliases.AddRange(found.Select(r => KeyValuePair.Create(r.Key, new AliasRoute(r.Value.LogGroup)))) }));
}
