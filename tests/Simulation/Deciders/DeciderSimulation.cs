using Shouldly;

namespace Lambent.Simulation.Deciders;

/// <summary>The deciders alone, in virtual time: a seed is exactly one history.</summary>
public sealed class DeciderSimulation
{
    [Fact]
    public Task Sandboxes_and_counts_hold_through_crashes_deaths_and_delays() =>
        Seeds.EachAsync("Assignment", 4_000, seed => new AssignmentWorld(seed).Run());

    [Fact]
    public Task Every_event_is_retried_and_deferred_as_promised() =>
        Seeds.EachAsync("Events", 3_000, seed => new EventWorld(seed).Run());

    [Fact]
    public void A_seed_is_one_history()
    {
        AssignmentWorld first = new(7), second = new(7);
        first.Run();
        second.Run();
        second.Trace.ShouldBe(first.Trace);
        first.Trace.Length.ShouldBeGreaterThan(500);
    }
}
