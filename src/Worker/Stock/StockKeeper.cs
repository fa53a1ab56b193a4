using System.Collections.Concurrent;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;
using Lambent.Worker.SandboxLife;
using Microsoft.Extensions.Logging;

namespace Lambent.Worker.Stock;

/// <summary>
/// Empty sandboxes kept ready, a few for each image, refilled in the background. Taking one skips the slow part of a cold
/// start: namespaces, cgroup, wire and interpreter are there. While more starts wait than there are processors nothing is
/// refilled: an interpreter that is stocked costs several times the processor time of one that starts with its function.
/// </summary>
internal sealed partial class StockKeeper : IAsyncDisposable
{
    /// <summary>A machine that cannot make one now (disk full, no memory) is asked again, but not in a loop.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>While the machine is busy with starts, it is asked this often whether it still is.</summary>
    private static readonly TimeSpan WhileBusy = TimeSpan.FromMilliseconds(50);

    private readonly Func<RuntimeImage, CancellationToken, Task<Sandbox>> make;
    private readonly Func<bool> isBusy;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Dictionary<string, Shelf> shelves;
    private readonly SemaphoreSlim wanted = new(1);
    private readonly CancellationTokenSource stopping = new();
    private Task refilling = Task.CompletedTask;

    /// <param name="images">What to keep.</param>
    /// <param name="perImage">How many of each; 0 keeps none.</param>
    /// <param name="make">Makes one empty sandbox.</param>
    /// <param name="isBusy">True while starts that somebody waits for need all processors.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Says when one cannot be made.</param>
    internal StockKeeper(
        IEnumerable<RuntimeImage> images, int perImage, Func<RuntimeImage, CancellationToken, Task<Sandbox>> make, Func<bool> isBusy,
        TimeProvider clock, ILogger logger)
    {
        (this.make, this.isBusy, this.clock, this.logger) = (make, isBusy, clock, logger);
        shelves = images.ToDictionary(i => i.Key, i => new Shelf(i, perImage), StringComparer.Ordinal);
    }

    /// <summary>Sandboxes that wait now.</summary>
    internal int Count => shelves.Values.Sum(s => s.Ready.Count);

    /// <summary>Begins to fill.</summary>
    internal void Start() => refilling = Task.Run(RefillAsync);

    /// <summary>The sandbox that has waited longest, or null.</summary>
    internal Sandbox? TryTake(RuntimeImage image)
    {
        var shelf = shelves[image.Key];
        while (shelf.Ready.TryDequeue(out var sandbox))
        {
            Wake();
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
        foreach (var sandbox in shelves.Values.SelectMany(s => s.Ready))
        {
            await sandbox.DisposeAsync();
        }

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
                await wanted.WaitAsync(stopping.Token);
                await Task.Delay(WhileBusy, clock, stopping.Token); // the start that took one has the processors first
                while (NextToRefill() is { Count: > 0 } next)
                {
                    if (isBusy())
                    {
                        await Task.Delay(WhileBusy, clock, stopping.Token);
                        continue;
                    }

                    await Task.WhenAll(next.Select(MakeOneAsync));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    /// <summary>As many as there are processors, the emptiest shelves first.</summary>
    private List<Shelf> NextToRefill() =>
    [
        .. shelves.Values.SelectMany(s => Enumerable.Range(1, Math.Max(0, s.Missing)).Select(rank => (Shelf: s, Rank: rank - s.Missing)))
            .OrderBy(s => s.Rank).Take(Environment.ProcessorCount).Select(s => s.Shelf),
    ];

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

    private sealed class Shelf(RuntimeImage image, int target)
    {
        internal RuntimeImage Image => image;

        internal ConcurrentQueue<Sandbox> Ready { get; } = new();

        internal int Missing => target - Ready.Count(s => s.State == SandboxState.Stocked);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "No empty sandbox could be stocked: {Reason}. Cold starts make their own meanwhile.")]
        internal static partial void RefillFailed(ILogger logger, string reason);
    }
}
