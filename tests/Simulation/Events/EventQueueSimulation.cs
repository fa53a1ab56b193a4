using System.Diagnostics;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Lambent.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.Simulation.Events;

/// <summary>The event queue over real files, killed at any moment.</summary>
public sealed class EventQueueSimulation
{
    [Fact]
    public Task No_accepted_event_is_lost() => Seeds.EachAsync("EventQueue", 60, async seed =>
    {
        await using var world = new EventQueueWorld(seed);
        await world.RunAsync();
    });

    /// <summary>
    /// One event that is put off again and again, on busy threads: at each time the poller ends one wait, runs the event, and
    /// begins another wait while the event comes back. It must hear of it each time.
    /// </summary>
    [Fact]
    public async Task No_signal_is_lost_between_two_waits()
    {
        using TestFolder folder = new();
        await using var database = Database.Open(Path.Combine(folder.Path, "queue.db"), EventStore.Migrations);
        FakeClock clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        EventQueue queue = new(new EventStore(database), clock);
        var runs = 0;
        using RoadTelemetry telemetry = new(TimeProvider.System);
        await using EventPoller poller = new(queue, EventQueueWorld.Catalog(), Throttle, (_, _) => throw new InvalidOperationException("No event ends."), () => 1, telemetry, clock, NullLogger<EventPoller>.Instance);
        using CancellationTokenSource quiet = new();
        var noise = Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => Task.Run(() => NoiseAsync(quiet.Token))).ToArray();
        poller.Start();
        for (var round = 0; round < 5_000; round++)
        {
            var before = Volatile.Read(ref runs);
            if (round % 50 == 0)
            {
                await queue.AcceptAsync(new QueuedEvent($"e{round}", EventQueueWorld.Arn("f"), new byte[1], null, "", clock.Now));
            }

            await RunsAsync(() => Volatile.Read(ref runs) > before, clock, round);
        }

        await quiet.CancelAsync();
        await Task.WhenAll(noise);

        Task<InvokeOutcome> Throttle(InvokeRequest request)
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult<InvokeOutcome>(new InvokeOutcome.Throttled("ConcurrentInvocationLimitExceeded"));
        }
    }

    private static async Task RunsAsync(Func<bool> ran, FakeClock clock, int round)
    {
        var patience = Stopwatch.StartNew();
        while (!ran())
        {
            if (clock.NextTimer is { } next)
            {
                clock.AdvanceTo(next);
            }

            if (patience.Elapsed > TimeSpan.FromSeconds(10))
            {
                throw new BrokenInvariantException($"In round {round} the poller sleeps beside an event that waits.");
            }

            await Task.Yield();
        }
    }

    /// <summary>Keeps the threads busy, so that a continuation may come late.</summary>
    private static async Task NoiseAsync(CancellationToken quiet)
    {
        while (!quiet.IsCancellationRequested)
        {
            Thread.SpinWait(300);
            await Task.Yield();
        }
    }
}
