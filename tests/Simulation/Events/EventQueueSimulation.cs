using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Storage;

namespace Lambent.Simulation.Events;

/// <summary>The event queue over real files, killed at any moment.</summary>
public sealed class EventQueueSimulation
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public Task No_accepted_event_is_lost() => Seeds.EachAsync("EventQueue", 60, async seed =>
    {
        await using var world = new EventQueueWorld(seed);
        await world.RunAsync();
    });

    /// <summary>One event becomes due while another comes in, thousands of times: the taker must hear of both.</summary>
    [Fact]
    public async Task No_signal_is_lost_between_two_waits()
    {
        using TestFolder folder = new();
        await using var database = Database.Open(Path.Combine(folder.Path, "queue.db"), EventQueue.Migrations);
        FakeClock clock = new(Start);
        using EventQueue queue = new(database, clock);
        var random = new Random(1);
        using CancellationTokenSource quiet = new();
        var noise = Enumerable.Range(0, Environment.ProcessorCount * 3).Select(_ => Task.Run(() => NoiseAsync(quiet.Token))).ToArray();
        for (var round = 0; round < 1_000; round++)
        {
            await queue.AcceptAsync(Event($"later{round}", clock.Now.AddSeconds(1)));
            var both = TakeAsync(queue, 2);
            var spins = random.Next(20_000);
            var now = Task.Run(() => queue.AcceptAsync(Event($"now{round}", clock.Now)));
            Thread.SpinWait(spins);
            clock.AdvanceTo(clock.Now.AddSeconds(1));
            await now;
            await Heard(both, clock, round);
        }

        await quiet.CancelAsync();
        await Task.WhenAll(noise);
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

    private static async Task Heard(Task both, FakeClock clock, int round)
    {
        for (var waits = 0; !both.IsCompleted; waits++)
        {
            if (waits > 2_000)
            {
                throw new BrokenInvariantException($"In round {round} the queue sleeps beside an event that is due.");
            }

            await Task.WhenAny(both, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
            if (clock.NextTimer is { } late)
            {
                clock.AdvanceTo(late); // its timer may have been set a moment after the time was read
            }
        }

        await both;
    }

    private static async Task TakeAsync(EventQueue queue, int count)
    {
        while (count-- > 0)
        {
            await queue.RemoveAsync(await queue.TakeAsync(CancellationToken.None));
        }
    }

    private static QueuedEvent Event(string id, DateTimeOffset due) =>
        new(id, new FunctionArn("us-east-1", "000000000001", "f", "$LATEST"), ReadOnlyMemory<byte>.Empty, null, "", due);
}
