using System.Collections.Concurrent;
using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Placement;
using Microsoft.Extensions.Logging;

namespace Lambent.Invoke.Provisioned;

/// <summary>
/// Keeps as many environments initialised as functions ask for: on every change of the catalog, on the death of a sandbox, and
/// in a round besides, it compares what is wanted with what is there, starts what is missing and lets go what is too many.
/// Source: "Configuring provisioned concurrency for a function", Lambda Developer Guide.
/// </summary>
public sealed partial class ProvisionedConcurrency(
    FunctionCatalog catalog, AssignmentService assignment, PlacementService placement, TimeProvider clock, ILogger<ProvisionedConcurrency> logger)
    : IProvisionedConcurrency, IAsyncDisposable
{
    /// <summary>Environments of one version that are started at once.</summary>
    private const int StartsAtOnce = 8;

    /// <summary>After a failure it is tried again, but not in a loop; and this often everything is compared, whatever happened.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<VersionKey, Pool> pools = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly WakeUp changed = new(clock);
    private Task reconciling = Task.CompletedTask;

    /// <summary>Begins to reconcile, and follows the catalog from now on.</summary>
    public void Start()
    {
        catalog.Changed += (_, _) => Wake();
        reconciling = ReconcileAsync();
    }

    /// <summary>Something that it depends on has changed.</summary>
    public void Wake() => changed.Set();

    /// <inheritdoc/>
    public ProvisionedConcurrencyStatus StatusOf(FunctionArn qualified)
    {
        var entry = catalog.Find(qualified);
        var wanted = entry?.ProvisionedConcurrency.GetValueOrDefault(qualified.Qualifier!) ?? 0;
        if (entry?.Resolve(qualified.Qualifier, draw: 1) is not { } version || wanted == 0)
        {
            return new ProvisionedConcurrencyStatus(0, 0, "IN_PROGRESS");
        }

        var pool = pools.GetValueOrDefault(version.Key);
        var ready = Math.Min(wanted, assignment.CountProvisioned(version));
        return ready == wanted ? new ProvisionedConcurrencyStatus(ready, ready, "READY")
            : pool?.Failure is { } failure ? new ProvisionedConcurrencyStatus(ready, ready, "FAILED", failure)
            : new ProvisionedConcurrencyStatus(ready, Math.Min(wanted, ready + (pool?.Starting ?? 0)), "IN_PROGRESS");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await reconciling;
        stopping.Dispose();
    }

    private async Task ReconcileAsync()
    {
        await Task.Yield(); // whoever starts it does not wait for the first comparison
        try
        {
            while (true)
            {
                Compare();
                await changed.WaitAsync(Round, stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    private void Compare()
    {
        var wanted = catalog.All
            .Where(e => !e.ProvisionedConcurrency.IsEmpty)
            .SelectMany(e => e.ProvisionedByVersion().Select(p => (Version: e.Versions.GetValueOrDefault(p.Key), Count: p.Value)))
            .Where(p => p.Version is { State: "Active" })
            .ToDictionary(p => p.Version!.Key, p => (Version: p.Version!, p.Count));
        foreach (var (key, (version, count)) in wanted)
        {
            pools.GetOrAdd(key, _ => new Pool(version)).Wanted = count;
        }

        foreach (var (key, pool) in pools.OrderBy(p => p.Key.FunctionArn, StringComparer.Ordinal)) // when memory is short, it goes to the same ones each time
        {
            pool.Wanted = wanted.ContainsKey(key) ? pool.Wanted : 0;
            Adjust(pool);
            if (pool is { Wanted: 0, Starting: 0 })
            {
                pools.TryRemove(key, out _);
            }
        }
    }

    private void Adjust(Pool pool)
    {
        var there = assignment.CountProvisioned(pool.Version);
        if (there > pool.Wanted)
        {
            assignment.Unprovision(pool.Version, there - pool.Wanted);
        }

        var rests = pool.Failure is not null && clock.GetUtcNow() - pool.FailedAt < Round;
        for (var missing = pool.Wanted - there - pool.Starting; missing > 0 && pool.Starting < StartsAtOnce && !rests; missing--)
        {
            pool.Begin();
            _ = StartOneAsync(pool);
        }
    }

    private async Task StartOneAsync(Pool pool)
    {
        var sandbox = new SandboxId(Guid.NewGuid().ToString("n"));
        try
        {
            using var turn = await placement.TurnAsync();
            stopping.Token.ThrowIfCancellationRequested();
            if (assignment.ChooseWorker(placement, pool.Version) is not { } worker)
            {
                pool.Fail("No worker has memory for one more environment.", clock.GetUtcNow());
                return;
            }

            var request = new StartRequest(sandbox, pool.Version, "") { InitBegins = turn.Dispose, InitializationType = StartRequest.ProvisionedConcurrency };
            Finish(pool, new SandboxRef(sandbox, worker.Id), await assignment.StartAsync(worker, request, stopping.Token));
        }
#pragma warning disable CA1031 // Nobody awaits this task; the next round tries again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stopping.IsCancellationRequested)
            {
                Log.StartBroke(logger, e, pool.Version.Arn);
                pool.Fail("The environment could not be started.", clock.GetUtcNow());
                assignment.Died(sandbox);
            }
        }
        finally
        {
            pool.End();
            Wake();
        }
    }

    private void Finish(Pool pool, SandboxRef placed, StartOutcome outcome)
    {
        switch (outcome)
        {
            case StartOutcome.Started { InitError: null }:
                pool.Failure = null;
                assignment.Provisioned(pool.Version, placed);
                break;
            case StartOutcome.Started:
                pool.Fail("FUNCTION_ERROR_INIT_FAILURE", clock.GetUtcNow());
                assignment.End(placed);
                break;
            case StartOutcome.NoSandbox none:
                pool.Fail(none.Message, clock.GetUtcNow());
                assignment.Died(placed.Id);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A provisioned environment of {Function} could not be started")]
        internal static partial void StartBroke(ILogger logger, Exception error, FunctionArn function);
    }

    /// <summary>What is wanted of one version, and how far it is.</summary>
    private sealed class Pool(FunctionSnapshot version)
    {
        private int starting;

        internal FunctionSnapshot Version => version;

        internal int Wanted { get; set; }

        internal int Starting => Volatile.Read(ref starting);

        internal string? Failure { get; set; }

        internal DateTimeOffset FailedAt { get; private set; }

        internal void Begin() => Interlocked.Increment(ref starting);

        internal void End() => Interlocked.Decrement(ref starting);

        internal void Fail(string reason, DateTimeOffset now) => (Failure, FailedAt) = (reason, now);
    }
}
