using System.Globalization;

namespace Lambent.Simulation;

/// <summary>
/// Which seeds a simulation runs: 1 to its own default count; one alone with <c>LAMBENT_SEED=N</c>; more with
/// <c>LAMBENT_SEEDS=COUNT</c>, for a long night.
/// </summary>
internal static class Seeds
{
    /// <summary>True if one seed was asked for: its whole trace is wanted.</summary>
    internal static bool IsReplay => Number("LAMBENT_SEED") is not null;

    internal static async Task EachAsync(string simulation, int count, Func<int, Task> run)
    {
        foreach (var seed in Chosen(count))
        {
            try
            {
                await run(seed);
            }
#pragma warning disable CA1031 // Whatever broke, the seed belongs to the message.
            catch (Exception e)
#pragma warning restore CA1031
            {
                throw new InvalidOperationException($"{simulation} broke with seed {seed}. Replay it: ./test Simulation --seed {seed}\n{e.Message}", e);
            }
        }
    }

    internal static Task EachAsync(string simulation, int count, Action<int> run) => EachAsync(simulation, count, seed =>
    {
        run(seed);
        return Task.CompletedTask;
    });

    private static IEnumerable<int> Chosen(int count) =>
        Number("LAMBENT_SEED") is { } only ? [only] : Enumerable.Range(1, Number("LAMBENT_SEEDS") ?? count);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>An invariant does not hold.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message);
