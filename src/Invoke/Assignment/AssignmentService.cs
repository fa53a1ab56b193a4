using Lambent.Contracts;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.Placement;
using Lambent.Invoke.WorkerClient;

namespace Lambent.Invoke.Assignment;

/// <summary>
/// Gives sandboxes to invokes. One <see cref="SandboxLedger"/> decides; the journal remembers which sandboxes exist, so that
/// a scheduler that takes over goes on using them. A warm assignment writes nothing.
/// </summary>
public sealed class AssignmentService(ISandboxJournal journal, WorkerDirectory workers, TimeProvider clock)
{
    private readonly SandboxLedger ledger = new();
    private readonly Lock gate = new();

    /// <summary>Sandboxes that are known now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return ledger.Count;
            }
        }
    }

    /// <summary>Replays the journal and compares it with what the workers really have: what is gone is written off.</summary>
    public async Task RecoverAsync()
    {
        var alive = workers.All.SelectMany(w => w.Sandboxes).ToHashSet();
        foreach (var lost in journal.Living().Where(s => !alive.Contains(s.Id)))
        {
            await journal.DiedAsync(lost.Id);
        }
    }

    /// <summary>An idle sandbox of the version at once, or a place in the queue; then <c>ShouldStart</c> asks for one more.</summary>
    public SandboxClaim Claim(FunctionSnapshot function)
    {
        lock (gate)
        {
            if (ledger.TryTake(function.Key, clock.GetUtcNow()) is { } idle)
            {
                return new SandboxClaim(idle, null, ShouldStart: false);
            }

            var waiter = new SandboxWaiter();
            return new SandboxClaim(null, waiter, ShouldStart: ledger.Wait(function.Key, waiter));
        }
    }

    /// <summary>The start that was asked for will not be, and its invoke gives up. False if it has been served meanwhile.</summary>
    public bool GiveUp(FunctionSnapshot function, SandboxWaiter waiter)
    {
        lock (gate)
        {
            return ledger.GiveUp(function.Key, waiter);
        }
    }

    /// <summary>The invoke that was given the sandbox begins to run in it.</summary>
    public void Used(SandboxId sandbox)
    {
        lock (gate)
        {
            ledger.Used(sandbox);
        }
    }

    /// <summary>Ends sandboxes that were given to an invoke long ago which has never used them.</summary>
    /// <returns>How many; any is a defect worth an alarm.</returns>
    public int EndUnused(TimeSpan since) => EndAll(l => l.TakeUnused(clock.GetUtcNow() - since));

    /// <summary>Provisioned sandboxes of a version.</summary>
    public int CountProvisioned(FunctionSnapshot function)
    {
        lock (gate)
        {
            return ledger.CountProvisioned(function.Key);
        }
    }

    /// <summary>A sandbox that was made ahead is there.</summary>
    public void Provisioned(FunctionSnapshot function, SandboxRef sandbox)
    {
        SandboxWaiter? next;
        lock (gate)
        {
            next = ledger.Provisioned(function.Key, sandbox, clock.GetUtcNow());
        }

        next?.Grant(new SandboxGrant.Given(sandbox));
    }

    /// <summary>Ends so many of the version's provisioned sandboxes, idle ones first; busy ones when they are given back.</summary>
    public void Unprovision(FunctionSnapshot function, int count) => EndAll(l => l.TakeProvisioned(function.Key, count));

    /// <summary>True if a start that was asked for is still wanted.</summary>
    public bool ConfirmStart(FunctionSnapshot function)
    {
        lock (gate)
        {
            return ledger.ConfirmStart(function.Key);
        }
    }

    /// <summary>Has a sandbox started, and writes it down meanwhile: nobody gets it before that is durable. If it cannot be written it is ended.</summary>
    public async Task<StartOutcome> StartAsync(IWorker worker, StartRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(request);
        var written = journal.CreatedAsync(new SandboxRef(request.Sandbox, worker.Id), request.Function.Key);
        try
        {
            var outcome = await worker.StartAsync(request, cancellation);
            await written;
            return outcome;
        }
        catch
        {
            worker.End(request.Sandbox);
            throw;
        }
    }

    /// <summary>The sandbox runs: it goes to an invoke that waits, or becomes idle.</summary>
    public void Started(FunctionSnapshot function, SandboxRef sandbox)
    {
        SandboxWaiter? next;
        lock (gate)
        {
            next = ledger.Started(function.Key, sandbox, clock.GetUtcNow());
        }

        next?.Grant(new SandboxGrant.Given(sandbox));
    }

    /// <summary>The start failed: an invoke that waits gets the outcome.</summary>
    public void StartFailed(FunctionSnapshot function, SandboxId? sandbox, InvokeOutcome outcome)
    {
        SandboxWaiter? next;
        lock (gate)
        {
            next = ledger.StartFailed(function.Key);
        }

        next?.Grant(new SandboxGrant.Failed(outcome));
        if (sandbox is { } id)
        {
            WriteOff(id);
        }
    }

    /// <summary>An invoke has finished with its sandbox: another may have it, unless its code has been replaced meanwhile.</summary>
    public void GiveBack(SandboxRef sandbox)
    {
        SandboxWaiter? next;
        bool isOver;
        lock (gate)
        {
            next = ledger.GiveBack(sandbox.Id, clock.GetUtcNow());
            isOver = next is null && ledger.IsStale(sandbox.Id);
            if (isOver)
            {
                ledger.Died(sandbox.Id);
            }
        }

        next?.Grant(new SandboxGrant.Given(sandbox));
        if (isOver)
        {
            End([sandbox]);
        }
    }

    /// <summary>The sandbox is no more.</summary>
    public void Died(SandboxId sandbox)
    {
        lock (gate)
        {
            ledger.Died(sandbox);
        }

        WriteOff(sandbox);
    }

    /// <summary>Ends sandboxes that have been idle for longer than the keep-alive policy allows.</summary>
    public void Expire(TimeSpan keepAlive) => EndAll(l => l.TakeIdleSince(clock.GetUtcNow() - keepAlive));

    /// <summary>Ends idle sandboxes of a function that are of another revision; with null, all of them.</summary>
    public void Drain(string functionArn, string? currentRevision) => EndAll(l => l.TakeStale(functionArn, currentRevision));

    /// <summary>Ends the idle sandboxes of a worker that drains; busy ones when they are given back.</summary>
    public void Drain(WorkerId worker) => EndAll(l => l.TakeOf(worker));

    /// <summary>Ends the sandbox that has been idle for longest, to make room. False if none is idle.</summary>
    public bool Evict()
    {
        SandboxRef? oldest;
        lock (gate)
        {
            oldest = ledger.TakeLeastRecentlyUsed();
        }

        End(oldest is null ? [] : [oldest]);
        return oldest is not null;
    }

    /// <summary>The worker for one more sandbox of this function; idle ones, least recently used first, end until one has room. Null if none has.</summary>
    public IWorker? ChooseWorker(PlacementService placement, FunctionSnapshot function)
    {
        var worker = placement.Choose(function);
        while (worker is null && Evict())
        {
            worker = placement.Choose(function);
        }

        return worker;
    }

    private int EndAll(Func<SandboxLedger, IReadOnlyList<SandboxRef>> take)
    {
        IReadOnlyList<SandboxRef> taken;
        lock (gate)
        {
            taken = take(ledger);
        }

        End(taken);
        return taken.Count;
    }

    /// <summary>Ends one sandbox that never came to be of use.</summary>
    public void End(SandboxRef sandbox) => End([sandbox]);

    private void End(IReadOnlyList<SandboxRef> taken)
    {
        foreach (var sandbox in taken)
        {
            workers.Find(sandbox.Worker)?.End(sandbox.Id);
            WriteOff(sandbox.Id);
        }
    }

    /// <summary>
    /// A death is written without waiting, and may fail (a full disk, a stop): the sandbox is dead all the same, and
    /// <see cref="RecoverAsync"/> writes it off at the next start. No answer to a client hangs on it.
    /// </summary>
    private void WriteOff(SandboxId sandbox) => _ = journal.DiedAsync(sandbox).ContinueWith(
        failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}

/// <summary>What Assignment says at once.</summary>
/// <param name="Idle">A sandbox, or null.</param>
/// <param name="Waiter">The place in the queue, if there was none.</param>
/// <param name="ShouldStart">True if the invoke has to see to a new one.</param>
public readonly record struct SandboxClaim(SandboxRef? Idle, SandboxWaiter? Waiter, bool ShouldStart);
