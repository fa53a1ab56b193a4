namespace Lambent.Simulation.Road;

/// <summary><c>InvokePath</c> as a whole, with a real journal.</summary>
public sealed class RoadSimulation
{
    [Fact]
    public Task Every_invoke_gets_one_answer_and_nothing_is_left() => Seeds.EachAsync("Road", 150, async seed =>
    {
        await using var world = new RoadWorld(seed);
        var journal = await world.OpenAsync();
        await world.RunAsync(invokesEach: 12);
        world.CheckCounts();
        await world.CheckNothingIsLeftAsync(journal);
    });

    [Fact]
    public Task A_scheduler_that_was_replaced_still_answers_everyone() => Seeds.EachAsync("Takeover", 40, async seed =>
    {
        await using var world = new RoadWorld(seed);
        await world.OpenAsync();
        await world.RunAsync(invokesEach: 8, halfway: world.TakeOverAsync);
        world.CheckCounts();
    });
}
