using System.Collections.Immutable;
using Lambent.Contracts;

namespace Lambent.Invoke.WorkerClient;

/// <summary>The workers that have registered: one in one process, many in a fleet.</summary>
public sealed class WorkerDirectory
{
    private ImmutableDictionary<WorkerId, IWorker> workers = ImmutableDictionary<WorkerId, IWorker>.Empty;

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<IWorker> All => [.. Volatile.Read(ref workers).Values];

    /// <summary>A worker comes.</summary>
    public void Register(IWorker worker) => ImmutableInterlocked.TryAdd(ref workers, worker.Id, worker);

    /// <summary>A worker goes.</summary>
    public void Unregister(WorkerId worker) => ImmutableInterlocked.TryRemove(ref workers, worker, out _);

    /// <summary>Null if it has gone.</summary>
    public IWorker? Find(WorkerId worker) => Volatile.Read(ref workers).GetValueOrDefault(worker);
}
