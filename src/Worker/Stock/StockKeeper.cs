using System.Collections.Concurrent;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;
using Lambent.Worker.SandboxLife;
using Microsoft.Extensions.Logging;

namespace Lambent.Worker.Stock;

/// <summary>
/// Empty sandboxes kept ready, refilled in the background. Taking one skips the slow part of a cold start: namespaces, cgroup, wire and
/// interpreter are there. A few of each image are always kept; where more were wanted at once of late (<see cref="StockDemand"/>), more,
/// as long as there is memory. See decision 0029.
/// </summary>
/// <remarks>
/// While more starts wait than there are processors nothing is refilled: an interpreter that is stocked costs several times the
/// processor time of one that starts with its function. Beyond the few, one at a time is made, while nobody waits for any start.
/// </remarks>
internal sealed partial class StockKeeper : IAsyncDisposable
{
    /// <summary>A machine that cannot make one now (disk full, no memory) is asked again, but not in a loop.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>While the machine is busy with starts, it is asked this often whether it still is.</summary>
    private static readonly TimeSpan WhileBusy = TimeSpan.FromMilliseconds(50);

    /// <summary>So often it is looked what is no longer needed.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>More of one image are not kept, whatever was wanted.</summary>
    internal const int MostOfOne = 100;

    private readonly Func<RuntimeImage, CancellationToken, Task<Sandbox>> make;
    private readonly Func<int> starting;
    private readonly StockRoom room;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Dictionary<string, Shelf> shelves;
    private readonly SemaphoreSlim wanted = new(1);
    private readonly CancellationTokenSource stopping = new();
    private readonly int perImage;
    private Task refilling = Task.CompletedTask;

    /// <param name="images">What to keep.</param>
    /// <param name="perImage">How many of each at least; 0 keeps none at all.</param>
    /// <param name="room">How many all images together may have beyond that.</param>
    /// <param name="make">Makes one empty sandbox.</param>
    /// <param name="starting">How many starts somebody waits for now.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Says when one cannot be made.</param>
    internal StockKeeper(
        IEnumerable<RuntimeImage> images, int perImage, StockRoom room, Func<RuntimeImage, CancellationToken, Task<Sandbox>> make,
        Func<int> starting, TimeProvider clock, ILogger logger)
    {
        (this.perImage, this.room, this.make, this.starting, this.clock, this.logger) = (perImage, room, make, starting, clock, logger);
        shelves = images.ToDictionary(i => i.Key, i => new Shelf(i, new StockDemand(clock)), StringComparer.Ordinal);
    }

    /// <summary>Beyond the few, this lies between one and the next: an interpreter warms up for some 0.15 s of processor time after it is made.</summary>
    internal TimeSpan WhileWarming { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Sandboxes that wait now.</summary>
    internal int Count => shelves.Values.Sum(s => s.Ready.Count);

    /// <summary>Those of one image.</summary>
    internal int CountOf(RuntimeImage image) => shelves[image.Key].Ready.Count;

    /// <summary>Begins to fill.</summary>
    internal void Start() => refilling = Task.Run(RefillAsync);

    /// <summary>The sandbox that has waited longest, or null.</summary>
    internal Sandbox? TryTake(RuntimeImage image)
    {
        var shelf = shelves[image.Key];
        shelf.Demand.Want();
        Wake();
        while (shelf.Ready.TryDequeue(out var sandbox))
        {
            if (sandbox.State == SandboxState.Stocked)
            {
                return sandbox;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await refilling;
        await Task.WhenAll(shelves.Values.SelectMany(s => s.Ready).Select(s => Task.Run(() => EndAsync(s)))); // together: there may be hundreds
        stopping.Dispose();
        wanted.Dispose();
    }

    private void Wake()
    {
        if (!stopping.IsCancellationRequested && wanted.CurrentCount == 0)
        {
            wanted.Release();
        }
    }

    private async Task RefillAsync()
    {
        try
        {
            while (true)
            {
                await wanted.WaitAsync(BetweenLooks, stopping.Token);
                await Task.Delay(WhileBusy, clock, stopping.Token); // the start that took one has the processors first
                await EndSurplusAsync();
                while (NextToRefill() is { Shelves.Count: > 0 } next)
                {
                    var isBusy = starting() > next.StartsAtMost;
                    if (!isBusy)
                    {
                        await Task.WhenAll(next.Shelves.Select(MakeOneAsync));
                    }

                    await Task.Delay(isBusy ? WhileBusy : next.Pause, clock, stopping.Token);
                    await EndSurplusAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    /// <summary>As many as there are processors, the emptiest shelves first; beyond what is always kept, one at a time.</summary>
    private (IReadOnlyList<Shelf> Shelves, int StartsAtMost, TimeSpan Pause) NextToRefill()
    {
        List<Shelf> few =
        [
            .. shelves.Values.SelectMany(s => Enumerable.Range(1, Math.Max(0, perImage - s.Stocked)).Select(rank => (Shelf: s, Rank: rank + s.Stocked)))
                .OrderBy(s => s.Rank).Take(Environment.ProcessorCount).Select(s => s.Shelf),
        ];
        if (few.Count > 0)
        {
            return (few, Environment.ProcessorCount, TimeSpan.Zero);
        }

        var targets = Targets();
        var emptiest = shelves.Values.MaxBy(s => targets[s] - s.Stocked);
        return (emptiest is not null && emptiest.Stocked < targets[emptiest] && room.Now.MayMake ? [emptiest] : [], 0, WhileWarming);
    }

    /// <summary>What was wanted of each image; if there is no room for all of that, less of each in the same measure.</summary>
    private Dictionary<Shelf, int> Targets()
    {
        var more = shelves.Values.ToDictionary(s => s, s => perImage == 0 ? 0 : Math.Max(0, Math.Min(s.Demand.Peak, MostOfOne) - perImage));
        var (sum, (most, _)) = (more.Values.Sum(), room.Now);
        return more.ToDictionary(m => m.Key, m => perImage + (sum <= most ? m.Value : m.Value * most / sum));
    }

    /// <summary>Ends what was made for a burst that is long past, or while there was more room; and what has died is not counted any more.</summary>
    private async Task EndSurplusAsync()
    {
        var targets = Targets();
        foreach (var shelf in shelves.Values.Where(s => s.Ready.Count > Math.Min(s.Stocked, targets[s])))
        {
            for (var left = shelf.Ready.Count; left > 0 && shelf.Ready.TryDequeue(out var sandbox); left--)
            {
                if (sandbox.State == SandboxState.Stocked && shelf.Stocked < Targets()[shelf])
                {
                    shelf.Ready.Enqueue(sandbox);
                }
                else
                {
                    await EndAsync(sandbox);
                }
            }
        }
    }

    private async Task EndAsync(Sandbox sandbox)
    {
        try
        {
            await sandbox.DisposeAsync();
        }
        catch (Exception e) when (e is Drivers.SandboxFailedException or IOException or UnauthorizedAccessException)
        {
            Log.EndFailed(logger, e.Message);
        }
    }

    private async Task MakeOneAsync(Shelf shelf)
    {
        try
        {
            shelf.Ready.Enqueue(await make(shelf.Image, stopping.Token));
        }
        catch (Exception e) when (e is Drivers.SandboxFailedException or IOException or UnauthorizedAccessException)
        {
            Log.RefillFailed(logger, e.Message);
            await Task.Delay(AfterFailure, clock, stopping.Token);
        }
    }

    private sealed class Shelf(RuntimeImage image, StockDemand demand)
    {
        internal RuntimeImage Image => image;

        internal StockDemand Demand => demand;

        internal ConcurrentQueue<Sandbox> Ready { get; } = new();

        internal int Stocked => Ready.Count(s => s.State == SandboxState.Stocked);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "No empty sandbox could be stocked: {Reason}. Cold starts make their own meanwhile.")]
        internal static partial void RefillFailed(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "An empty sandbox could not be ended: {Reason}. The next start takes away what it left.")]
        internal static partial void EndFailed(ILogger logger, string reason);
    }
}
