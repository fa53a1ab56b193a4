using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Queue;

namespace Lambent.Simulation.Deciders;

/// <summary>
/// Events in virtual time around the shipped <see cref="EventSchedule"/> and <see cref="RetryPolicy"/>: the disk is a
/// dictionary, and a crash is a new schedule, made from it as <c>EventQueue</c> does.
/// </summary>
internal sealed class EventWorld(int seed)
{
    private static readonly FunctionArn Arn = new("us-east-1", "000000000001", "f", "$LATEST");

    private readonly Random random = new(seed);
    private readonly VirtualTime time = new();
    private readonly Dictionary<string, (QueuedEvent Event, DateTimeOffset Due)> disk = [];
    private readonly Dictionary<string, EventHistory> histories = [];
    private EventSchedule schedule = new();
    private int generation;

    internal void Run()
    {
        var failing = random.NextDouble();
        for (var i = random.Next(1, 40); i > 0; i--)
        {
            var id = $"e{i}";
            time.After(TimeSpan.FromMilliseconds(random.Next(60_000)), () => Accept(id));
        }

        for (var crashes = random.Next(0, 4); crashes > 0; crashes--)
        {
            time.After(TimeSpan.FromSeconds(random.Next(1, random.Next(2) == 0 ? 300 : 30_000)), Crash);
        }

        while (time.Step())
        {
            Poll(failing);
        }

        foreach (var history in histories.Values)
        {
            history.CheckEnd();
        }

        if (disk.Count > 0 || schedule.Count > 0)
        {
            throw new BrokenInvariantException($"{disk.Count} events are forgotten on disk, {schedule.Count} in the schedule");
        }
    }

    private void Accept(string id)
    {
        var queued = new QueuedEvent(id, Arn, ReadOnlyMemory<byte>.Empty, null, "", time.Now);
        disk[id] = (queued, time.Now);
        histories[id] = new EventHistory(id, time.Now);
        schedule.Add(id, time.Now);
    }

    private void Crash()
    {
        generation++;
        schedule = new EventSchedule();
        foreach (var (id, kept) in disk)
        {
            histories[id].Crashed(kept.Due);
            schedule.Add(id, kept.Due);
        }
    }

    private void Poll(double failing)
    {
        while (schedule.TryTake(time.Now) is { } id)
        {
            Attempt(id, failing);
        }

        if (schedule.NextDue is { } next)
        {
            if (next <= time.Now)
            {
                throw new BrokenInvariantException($"an event is due at {next:O}, and was not given at {time.Now:O}");
            }

            time.After(next - time.Now, () => { });
        }
    }

    private void Attempt(string id, double failing)
    {
        var (queued, _) = disk[id];
        histories[id].Runs(time.Now);
        InvokeOutcome outcome = random.NextDouble() >= failing ? new InvokeOutcome.Succeeded(default)
            : random.Next(2) == 0 ? new InvokeOutcome.FunctionError("Runtime.ExitError", default)
            : random.Next(2) == 0 ? new InvokeOutcome.Throttled("ConcurrentInvocationLimitExceeded")
            : new InvokeOutcome.ServiceFault(InvokeStage.Start, "");
        var (mine, takes) = (generation, TimeSpan.FromMilliseconds(random.Next(2_000)));
        time.After(takes, () =>
        {
            if (mine == generation)
            {
                Settle(queued, outcome);
            }
        });
    }

    private void Settle(QueuedEvent queued, InvokeOutcome outcome)
    {
        var fate = RetryPolicy.Decide(queued, outcome, time.Now);
        histories[queued.RequestId].Settled(outcome, fate, time.Now);
        if (fate is EventFate.Again again)
        {
            disk[queued.RequestId] = (again.Event, again.Due);
            schedule.Add(queued.RequestId, again.Due);
        }
        else
        {
            disk.Remove(queued.RequestId);
        }
    }
}
