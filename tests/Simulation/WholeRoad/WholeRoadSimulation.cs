using Shouldly;

namespace Lambent.Simulation.WholeRoad;

/// <summary>The shipped road from the client's request to its answer, in thousands of histories.</summary>
public sealed class WholeRoadSimulation(ITestOutputHelper output)
{
    private const int Steps = 60;

    [Fact]
    public Task All_promises_hold_in_every_history() => Seeds.EachAsync("WholeRoad", 3000, seed =>
    {
        World world = new(seed);
        try
        {
            world.Run();
        }
        catch (BrokenInvariantException e)
        {
            throw new BrokenInvariantException($"{e.Message}\nThe last of {world.History.Count} steps:\n{string.Join('\n', world.History.TakeLast(Steps))}");
        }
        finally
        {
            if (Seeds.IsReplay)
            {
                output.WriteLine(string.Join('\n', world.History));
            }
        }
    });

    [Fact]
    public void A_seed_has_one_history()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            HistoryOf(seed).ShouldBe(HistoryOf(seed));
        }
    }

    private static string HistoryOf(int seed)
    {
        World world = new(seed);
        try
        {
            world.Run();
        }
        catch (BrokenInvariantException)
        {
            // The other test says so.
        }

        return string.Join('\n', world.History);
    }
}
