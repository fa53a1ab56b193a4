using System.Collections.Concurrent;
using Lambent.Contracts;

namespace Lambent.Simulation.Road;

/// <summary>What was seen that must not be.</summary>
internal sealed class Violations
{
    private readonly ConcurrentQueue<string> seen = new();

    internal void If(bool broken, string what)
    {
        if (broken)
        {
            seen.Enqueue(what);
        }
    }

    internal void Throw()
    {
        if (!seen.IsEmpty)
        {
            throw new BrokenInvariantException(string.Join('\n', seen.Take(10)));
        }
    }
}

/// <summary>Chance for many threads, from one seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly Lock gate = new();
    private readonly Random random = new(seed);

    internal double Next()
    {
        lock (gate)
        {
            return random.NextDouble();
        }
    }

    internal int Next(int from, int below)
    {
        lock (gate)
        {
            return random.Next(from, below);
        }
    }

    /// <summary>Lets others go first, now and then for long.</summary>
    internal async Task PauseAsync()
    {
        if (Next() < 0.1)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        for (var turns = Next(0, 12); turns > 0; turns--)
        {
            await Task.Yield();
        }
    }
}

/// <summary>How many of a thing there are at once, by version, and how many there were at most.</summary>
internal sealed class Census
{
    private readonly Lock gate = new();
    private readonly Dictionary<VersionKey, (int Now, int Peak)> counts = [];

    internal IReadOnlyList<(VersionKey Version, int Peak)> Peaks
    {
        get
        {
            lock (gate)
            {
                return [.. counts.Select(c => (c.Key, c.Value.Peak))];
            }
        }
    }

    internal int Peak(VersionKey version)
    {
        lock (gate)
        {
            return counts.GetValueOrDefault(version).Peak;
        }
    }

    internal void Comes(VersionKey version)
    {
        lock (gate)
        {
            var (now, peak) = counts.GetValueOrDefault(version);
            counts[version] = (now + 1, Math.Max(peak, now + 1));
        }
    }

    internal void Goes(VersionKey version)
    {
        lock (gate)
        {
            counts[version] = counts[version] with { Now = counts[version].Now - 1 };
        }
    }
}
