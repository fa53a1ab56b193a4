using Lambent.Invoke.Placement;
using Lambent.Invoke.WorkerClient;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class PlacementTests
{
    [Fact]
    public void Without_workers_there_is_none() => PlacementService.Choose([], 128).ShouldBeNull();

    [Fact]
    public void A_worker_has_room_to_the_last_megabyte()
    {
        IdleWorker worker = new("w", 128);
        PlacementService.Choose([worker], 128).ShouldBe(worker);
        PlacementService.Choose([worker], 129).ShouldBeNull();
    }

    [Fact]
    public void A_draining_worker_gets_nothing() => PlacementService.Choose([new IdleWorker("w", 1024, draining: true)], 128).ShouldBeNull();

    [Fact]
    public void The_fewest_starts_count_first_then_the_most_memory()
    {
        IdleWorker busy = new("busy", 9000, starting: 2), small = new("small", 512, starting: 1), large = new("large", 1024, starting: 1);
        PlacementService.Choose([busy, small, large], 128).ShouldBe(large);
        PlacementService.Choose([busy, small, large], 1024).ShouldBe(large);
        PlacementService.Choose([busy, small, large], 1025).ShouldBe(busy);
    }

    [Fact]
    public async Task Only_so_many_starts_have_their_turn_at_once()
    {
        using PlacementService placement = new(new WorkerDirectory(), startsAtOnce: 1);
        var first = await placement.TurnAsync();
        var second = placement.TurnAsync();
        second.IsCompleted.ShouldBeFalse();
        first.Dispose();
        (await second).Dispose();
    }
}
