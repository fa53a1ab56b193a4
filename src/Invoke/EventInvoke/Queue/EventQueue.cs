using System.Data.Common;

namespace Lambent.Invoke.EventInvoke.Queue;

/// <summary>
/// The durable queue of asynchronous invocations. An event is on disk, fsynced, before its 202; it leaves the queue only when
/// it has run, or is given up. After a crash every event that is still there is due again. One poller takes from it.
/// </summary>
public sealed class EventQueue
{
    private readonly IEventStore store;
    private readonly TimeProvider clock;
    private readonly EventSchedule schedule = new();
    private readonly Lock gate = new();
    private readonly WakeUp changed;

    /// <summary>Opens the queue with what an earlier process left in it.</summary>
    public EventQueue(IEventStore store, TimeProvider clock)
    {
        (this.store, this.clock, changed) = (store, clock, new WakeUp(clock));
        foreach (var (id, due) in store.All())
        {
            schedule.Add(id, due);
        }
    }

    /// <summary>Events that wait for their time or their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return schedule.Count;
            }
        }
    }

    /// <summary>Takes an event in. When the task completes it survives a crash.</summary>
    public async Task AcceptAsync(QueuedEvent queued)
    {
        await store.AddAsync(queued);
        Schedule(queued.RequestId, queued.AcceptedAt);
    }

    /// <summary>Waits for the next event that is due.</summary>
    public async Task<QueuedEvent> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            string? id;
            DateTimeOffset? next;
            lock (gate)
            {
                (id, next) = (schedule.TryTake(clock.GetUtcNow()), schedule.NextDue);
            }

            if (id is null)
            {
                await changed.WaitAsync(next - clock.GetUtcNow(), cancellation);
            }
            else if (Read(id) is { } queued)
            {
                return queued;
            }
        }
    }

    /// <summary>The event has ended: it leaves the queue.</summary>
    public Task RemoveAsync(QueuedEvent queued) => store.RemoveAsync(queued.RequestId);

    /// <summary>What is known of the event is durable, and nothing follows of it by itself: it is still in the hands of who took it.</summary>
    public Task KeepAsync(QueuedEvent queued) => store.PutOffAsync(queued, clock.GetUtcNow());

    /// <summary>The event is taken again later.</summary>
    public async Task PutOffAsync(QueuedEvent queued, DateTimeOffset due)
    {
        await store.PutOffAsync(queued, due);
        Schedule(queued.RequestId, due);
    }

    /// <summary>The event could not be settled: it is taken again at <paramref name="due"/>, as it is on disk.</summary>
    public void TakeAgain(QueuedEvent queued, DateTimeOffset due) => Schedule(queued.RequestId, due);

    private QueuedEvent? Read(string id)
    {
        try
        {
            return store.Find(id);
        }
        catch (DbException)
        {
            Schedule(id, clock.GetUtcNow()); // it is not lost from the schedule either
            throw;
        }
    }

    private void Schedule(string requestId, DateTimeOffset due)
    {
        lock (gate)
        {
            schedule.Add(requestId, due);
        }

        changed.Set();
    }
}
