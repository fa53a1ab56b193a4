using Lambent.Contracts;

namespace Lambent.Invoke.Assignment;

/// <summary>
/// Which sandboxes there are, which are idle, and which invokes wait for one: the decider of Assignment, without I/O. A
/// sandbox is with exactly one invoke at a time. An invoke that waits takes whatever comes first: a sandbox that another
/// invoke has finished with, or a new one.
/// </summary>
/// <remarks>Not thread-safe: <see cref="AssignmentService"/> owns it and serialises the calls.</remarks>
public sealed class SandboxLedger
{
    private readonly Dictionary<VersionKey, Pool> pools = [];
    private readonly Dictionary<SandboxId, Entry> entries = [];
    private readonly Dictionary<VersionKey, int> provisioned = [];

    /// <summary>Sandboxes that are known, starting ones included.</summary>
    public int Count => entries.Count;

    /// <summary>Takes an idle sandbox of the version: a provisioned one if there is one, and the most recently used.</summary>
    public SandboxRef? TryTake(VersionKey version, DateTimeOffset now)
    {
        if (!pools.TryGetValue(version, out var pool) || (pool.IdleProvisioned.Last ?? pool.Idle.Last) is not { } last)
        {
            return null;
        }

        last.List!.Remove(last);
        Assign(last.Value, now);
        return last.Value.Ref;
    }

    /// <summary>Puts an invoke in the queue of its version.</summary>
    /// <returns>True if a new sandbox should be started for it: fewer are on their way than invokes wait.</returns>
    public bool Wait(VersionKey version, SandboxWaiter waiter)
    {
        var pool = PoolOf(version);
        pool.Waiters.AddLast(waiter);
        if (pool.Starting >= pool.Waiters.Count)
        {
            return false;
        }

        pool.Starting++;
        return true;
    }

    /// <summary>
    /// The start that <see cref="Wait"/> asked for will not be, and the invoke does not wait for another. False if it has been
    /// served meanwhile.
    /// </summary>
    public bool GiveUp(VersionKey version, SandboxWaiter waiter)
    {
        var pool = PoolOf(version);
        pool.Starting--;
        var waited = pool.Waiters.Remove(waiter);
        Forget(version, pool);
        return waited;
    }

    /// <summary>
    /// Asked just before a start really begins: true if it is still wanted. If not, it is taken back and must not begin.
    /// </summary>
    public bool ConfirmStart(VersionKey version)
    {
        var pool = PoolOf(version);
        if (pool.Starting <= pool.Waiters.Count)
        {
            return true;
        }

        pool.Starting--;
        Forget(version, pool);
        return false;
    }

    /// <summary>A start has ended well: the sandbox goes to the invoke that has waited longest, or becomes idle.</summary>
    /// <returns>The invoke that has it now, or null.</returns>
    public SandboxWaiter? Started(VersionKey version, SandboxRef sandbox, DateTimeOffset now)
    {
        PoolOf(version).Starting--;
        return Add(version, sandbox, isProvisioned: false, now);
    }

    /// <summary>A sandbox that nobody asked for was made ahead: it is kept whatever comes, until <see cref="TakeProvisioned"/>.</summary>
    /// <returns>The invoke that has it now, or null.</returns>
    public SandboxWaiter? Provisioned(VersionKey version, SandboxRef sandbox, DateTimeOffset now) => Add(version, sandbox, isProvisioned: true, now);

    /// <summary>Provisioned sandboxes of a version.</summary>
    public int CountProvisioned(VersionKey version) => provisioned.GetValueOrDefault(version);

    /// <summary>
    /// Takes out so many of the version's provisioned sandboxes, idle ones first; those that are busy are marked, and not counted any
    /// more. None stays as an ordinary one: a version that is no longer provisioned runs on demand (recorded on AWS).
    /// </summary>
    public IReadOnlyList<SandboxRef> TakeProvisioned(VersionKey version, int count)
    {
        var chosen = entries.Values.Where(e => e.IsProvisioned && e.Version == version).OrderBy(e => e.IdleSince is null).Take(count).ToList();
        chosen.ForEach(Unprovision);
        return Drain(chosen.Contains);
    }

    /// <summary>A start has failed: the invoke that has waited longest gets the failure.</summary>
    public SandboxWaiter? StartFailed(VersionKey version)
    {
        var pool = PoolOf(version);
        pool.Starting--;
        var waiter = FirstWaiter(pool);
        Forget(version, pool);
        return waiter;
    }

    /// <summary>An invoke has finished with its sandbox: it goes to one that waits, or becomes idle.</summary>
    public SandboxWaiter? GiveBack(SandboxId id, DateTimeOffset now) =>
        entries.TryGetValue(id, out var entry) && entry.IdleSince is null ? HandOver(PoolOf(entry.Version), entry, now) : null;

    /// <summary>The invoke that was given the sandbox really uses it.</summary>
    public void Used(SandboxId id)
    {
        if (entries.TryGetValue(id, out var entry))
        {
            entry.AssignedAt = null;
        }
    }

    /// <summary>
    /// Takes out the sandboxes that were given to an invoke before <paramref name="limit"/> which has not used them: it never will.
    /// Such ones filled Lambda's fleet on 13 June 2023 (AWS, "Summary of the AWS Lambda Service Event in the US-EAST-1 Region").
    /// </summary>
    public IReadOnlyList<SandboxRef> TakeUnused(DateTimeOffset limit)
    {
        var unused = entries.Values.Where(e => e.AssignedAt <= limit).ToList();
        unused.ForEach(e => Died(e.Ref.Id));
        return unused.ConvertAll(e => e.Ref);
    }

    /// <summary>The sandbox is no more.</summary>
    public void Died(SandboxId id)
    {
        if (!entries.Remove(id, out var entry))
        {
            return;
        }

        Unprovision(entry);
        entry.Node?.List?.Remove(entry.Node);
        Forget(entry.Version, PoolOf(entry.Version));
    }

    /// <summary>An invoke no longer waits.</summary>
    public void StopWaiting(VersionKey version, SandboxWaiter waiter)
    {
        if (pools.TryGetValue(version, out var pool))
        {
            pool.Waiters.Remove(waiter);
            Forget(version, pool);
        }
    }

    /// <summary>Takes out the sandboxes that have been idle since before <paramref name="limit"/>, least recently used first.</summary>
    public IReadOnlyList<SandboxRef> TakeIdleSince(DateTimeOffset limit) => Take(e => e.IdleSince <= limit && !e.IsProvisioned, int.MaxValue);

    /// <summary>Takes out the one that has been idle for longest, of any version: memory is needed.</summary>
    public SandboxRef? TakeLeastRecentlyUsed() => Take(e => !e.IsProvisioned, 1).FirstOrDefault();

    /// <summary>
    /// Takes out every idle sandbox of the function that is not of the given revision. Those that are busy now are marked:
    /// <see cref="IsStale"/> says so when they are given back.
    /// </summary>
    public IReadOnlyList<SandboxRef> TakeStale(string functionArn, string? currentRevision) =>
        Drain(e => e.Version.FunctionArn == functionArn && e.Version.Revision != currentRevision);

    /// <summary>Takes out every idle sandbox of a worker that drains, and marks those that are busy, likewise.</summary>
    public IReadOnlyList<SandboxRef> TakeOf(WorkerId worker) => Drain(e => e.Ref.Worker == worker);

    private List<SandboxRef> Drain(Func<Entry, bool> which)
    {
        foreach (var entry in entries.Values.Where(which))
        {
            entry.IsStale = true;
        }

        return Take(which, int.MaxValue);
    }

    /// <summary>True for a sandbox whose revision was replaced while it was busy: of no more use once nobody waits for it.</summary>
    public bool IsStale(SandboxId id) => entries.TryGetValue(id, out var entry) && entry.IsStale;

    private List<SandboxRef> Take(Func<Entry, bool> which, int most)
    {
        var taken = entries.Values.Where(e => e.IdleSince is not null && which(e)).OrderBy(e => e.IdleSince).Take(most).ToList();
        taken.ForEach(e => Died(e.Ref.Id));
        return taken.ConvertAll(e => e.Ref);
    }

    private SandboxWaiter? Add(VersionKey version, SandboxRef sandbox, bool isProvisioned, DateTimeOffset now)
    {
        var entry = entries[sandbox.Id] = new Entry(sandbox, version) { IsProvisioned = isProvisioned };
        if (isProvisioned)
        {
            provisioned[version] = provisioned.GetValueOrDefault(version) + 1;
        }

        return HandOver(PoolOf(version), entry, now);
    }

    private void Unprovision(Entry entry)
    {
        if (entry.IsProvisioned)
        {
            entry.IsProvisioned = false;
            provisioned[entry.Version]--;
            if (provisioned[entry.Version] == 0)
            {
                provisioned.Remove(entry.Version);
            }
        }
    }

    private static SandboxWaiter? HandOver(Pool pool, Entry entry, DateTimeOffset now)
    {
        if (FirstWaiter(pool) is { } waiter)
        {
            Assign(entry, now);
            return waiter;
        }

        Rest(pool, entry, now);
        return null;
    }

    private static void Assign(Entry entry, DateTimeOffset now) => (entry.IdleSince, entry.AssignedAt) = (null, now);

    private static void Rest(Pool pool, Entry entry, DateTimeOffset now)
    {
        (entry.IdleSince, entry.AssignedAt) = (now, null);
        entry.Node ??= new LinkedListNode<Entry>(entry);
        (entry.IsProvisioned ? pool.IdleProvisioned : pool.Idle).AddLast(entry.Node);
    }

    private static SandboxWaiter? FirstWaiter(Pool pool)
    {
        var first = pool.Waiters.First?.Value;
        if (first is not null)
        {
            pool.Waiters.RemoveFirst();
        }

        return first;
    }

    private Pool PoolOf(VersionKey version)
    {
        if (!pools.TryGetValue(version, out var pool))
        {
            pools[version] = pool = new Pool();
        }

        return pool;
    }

    private void Forget(VersionKey version, Pool pool)
    {
        if (pool is { Starting: 0, Waiters.Count: 0, Idle.Count: 0, IdleProvisioned.Count: 0 })
        {
            pools.Remove(version);
        }
    }

    private sealed class Pool
    {
        public LinkedList<Entry> Idle { get; } = [];

        public LinkedList<Entry> IdleProvisioned { get; } = [];

        public LinkedList<SandboxWaiter> Waiters { get; } = [];

        public int Starting { get; set; }
    }

    private sealed class Entry(SandboxRef sandbox, VersionKey version)
    {
        public SandboxRef Ref => sandbox;

        public VersionKey Version => version;

        public DateTimeOffset? IdleSince { get; set; }

        /// <summary>When it was given to an invoke that has not used it yet.</summary>
        public DateTimeOffset? AssignedAt { get; set; }

        public bool IsStale { get; set; }

        public bool IsProvisioned { get; set; }

        /// <summary>Its place among the idle ones, when it is idle.</summary>
        public LinkedListNode<Entry>? Node { get; set; }
    }
}

/// <summary>A sandbox and the worker that has it.</summary>
public sealed record SandboxRef(SandboxId Id, WorkerId Worker);

/// <summary>An invoke that waits for a sandbox. Completed by Assignment, on another thread.</summary>
public sealed class SandboxWaiter
{
    private readonly TaskCompletionSource<SandboxGrant> granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it gets.</summary>
    public Task<SandboxGrant> Granted => granted.Task;

    /// <summary>Ends the wait.</summary>
    public void Grant(SandboxGrant grant) => granted.TrySetResult(grant);
}

/// <summary>What an invoke gets from Assignment.</summary>
public abstract record SandboxGrant
{
    private SandboxGrant()
    {
    }

    /// <summary>A sandbox, its alone until it gives it back.</summary>
    public sealed record Given(SandboxRef Ref) : SandboxGrant;

    /// <summary>A start that failed: this is the invoke's outcome.</summary>
    public sealed record Failed(InvokeOutcome Outcome) : SandboxGrant;
}
