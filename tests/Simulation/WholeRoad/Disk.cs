using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Queue;

namespace Lambent.Simulation.WholeRoad;

/// <summary>What survives every crash.</summary>
internal sealed class Durable
{
    internal Dictionary<SandboxId, SandboxRef> Sandboxes { get; } = [];

    internal Dictionary<string, (QueuedEvent Event, DateTimeOffset Due)> Events { get; } = new(StringComparer.Ordinal);

    internal long Epoch { get; set; }
}

/// <summary>
/// One process's way to the disk, as <c>Database</c> is: writes are committed together and in order, and acknowledged later. A
/// crash loses what is not committed, and the acknowledgement of what is.
/// </summary>
internal sealed class Disk(OneThread world, Place place)
{
    private readonly List<(Action Apply, TaskCompletionSource Done)> waiting = [];

    internal Task WriteAsync(Action apply)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((apply, done));
        if (waiting.Count == 1)
        {
            place.After(world.Between(0, 20), Commit);
        }

        return done.Task;
    }

    private void Commit()
    {
        foreach (var (apply, done) in waiting)
        {
            try
            {
                apply();
                place.After(world.Between(0, 3), done.SetResult);
            }
            catch (NotOwnerException e)
            {
                place.After(TimeSpan.Zero, () => done.SetException(e));
            }
        }

        waiting.Clear();
    }
}

/// <summary>The journal in memory, with the promise of <see cref="SandboxJournal"/>: an owner that was replaced appends no more.</summary>
internal sealed class MemoryJournal : ISandboxJournal
{
    private readonly Durable durable;
    private readonly Disk disk;
    private readonly long epoch;

    internal MemoryJournal(Durable durable, Disk disk) => (this.durable, this.disk, epoch) = (durable, disk, ++durable.Epoch);

    public IReadOnlyList<SandboxRef> Living() => [.. durable.Sandboxes.Values];

    public Task CreatedAsync(SandboxRef sandbox, VersionKey version) => AppendAsync(() => durable.Sandboxes.Add(sandbox.Id, sandbox));

    public Task DiedAsync(SandboxId sandbox) => AppendAsync(() => durable.Sandboxes.Remove(sandbox));

    private Task AppendAsync(Action append) => disk.WriteAsync(() =>
    {
        if (durable.Epoch != epoch)
        {
            throw new NotOwnerException();
        }

        append();
    });
}

/// <summary>The event queue's table in memory.</summary>
internal sealed class MemoryEvents(Durable durable, Disk disk, EventReferee referee) : IEventStore
{
    public IReadOnlyList<(string RequestId, DateTimeOffset Due)> All() => [.. durable.Events.Select(e => (e.Key, e.Value.Due))];

    public QueuedEvent? Find(string requestId) => durable.Events.TryGetValue(requestId, out var found) ? found.Event : null;

    public Task AddAsync(QueuedEvent queued) => disk.WriteAsync(() => durable.Events.Add(queued.RequestId, (queued, queued.AcceptedAt)));

    public Task PutOffAsync(QueuedEvent queued, DateTimeOffset due) => disk.WriteAsync(() =>
    {
        if (durable.Events.ContainsKey(queued.RequestId))
        {
            durable.Events[queued.RequestId] = (queued, due);
        }
    });

    public Task RemoveAsync(string requestId) => disk.WriteAsync(() =>
    {
        if (durable.Events.Remove(requestId, out var left))
        {
            referee.Left(left.Event);
        }
    });
}
