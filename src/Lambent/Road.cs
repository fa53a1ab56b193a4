using Lambent.Contracts;
using Lambent.Invoke;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.Counting;
using Lambent.Invoke.Placement;
using Lambent.Invoke.Provisioned;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.WorkerClient;
using Lambent.Storage;
using Lambent.Worker;

namespace Lambent;

/// <summary>The scheduler's half of the road, put together around one worker, with the rounds that keep it tidy.</summary>
internal sealed partial class Road : IAsyncDisposable
{
    /// <summary>An idle sandbox is kept this long. AWS does not say; ten minutes is what studies see at the least.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(10), Round = TimeSpan.FromSeconds(20);

    /// <summary>An invoke uses its sandbox at once; one that has not after this long never will.</summary>
    private static readonly TimeSpan UnusedLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource stopping = new();
    private readonly LocalWorker machine;
    private readonly AssignmentService assignment;
    private readonly CountingService countingService;
    private readonly CountingSession counting;
    private readonly WorkerLeases leases;
    private readonly TimeProvider clock;
    private readonly ILogger<Road> logger;
    private Task rounds = Task.CompletedTask;

    private Road(LocalWorker machine, WorkerDirectory workers, SandboxJournal journal, int accountConcurrency, RoadTelemetry telemetry, TimeProvider clock, ILoggerFactory loggers)
    {
        (this.machine, this.clock, logger) = (machine, clock, loggers.CreateLogger<Road>());
        leases = new WorkerLeases(machine, workers, clock);
        leases.Renew();
        assignment = new AssignmentService(journal, workers, clock);
        countingService = new CountingService(accountConcurrency, clock);
        counting = countingService.Join();
        var placement = new PlacementService(workers, new WorkerOptions().StartsAtOnce * 2);
        Path = new InvokePath(counting, assignment, placement, workers, telemetry, loggers.CreateLogger<InvokePath>());
        Provisioned = new ProvisionedConcurrency(Catalog, assignment, placement, clock, loggers.CreateLogger<ProvisionedConcurrency>());
    }

    internal FunctionCatalog Catalog { get; } = new();

    internal InvokePath Path { get; }

    internal ProvisionedConcurrency Provisioned { get; }

    internal CountingService Counting => countingService;

    internal AssignmentService Assignment => assignment;

    internal static async Task<Road> OpenAsync(
        LocalWorker machine, Database database, int accountConcurrency, RoadTelemetry telemetry, TimeProvider clock, ILoggerFactory loggers)
    {
        var workers = new WorkerDirectory();
        var road = new Road(machine, workers, await SandboxJournal.OwnAsync(database), accountConcurrency, telemetry, clock, loggers);
        await road.assignment.RecoverAsync();
        road.Catalog.Changed += road.OnChanged;
        return road;
    }

    /// <summary>Begins what goes on beside invokes.</summary>
    internal void Begin()
    {
        Provisioned.Start();
        _ = BuryAsync();
        rounds = Task.Run(KeepTidyAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await rounds;
        await Provisioned.DisposeAsync();
        counting.Dispose();
        stopping.Dispose();
    }

    /// <summary>Counting follows; and the sandboxes of versions that are another now, or are no more, are of no use.</summary>
    private void OnChanged(FunctionEntry? before, FunctionEntry? after)
    {
        countingService.Configure(before, after);
        foreach (var (version, old) in before?.Versions ?? [])
        {
            var now = after?.Versions.GetValueOrDefault(version);
            if (now?.Revision != old.Revision)
            {
                assignment.Drain(old.Arn.ToString(), now?.Revision);
            }
        }
    }

    private async Task BuryAsync()
    {
        await foreach (var dead in machine.Deaths.ReadAllAsync())
        {
            assignment.Died(dead);
            Provisioned.Wake();
        }
    }

    private async Task KeepTidyAsync()
    {
        using var timer = new PeriodicTimer(Round, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                counting.Renew();
                Report(countingService.EndSilentSessions(), assignment.EndUnused(UnusedLimit));
                machine.EndExpiring();
                assignment.Expire(KeepAlive);
                if (leases.Renew() is { } draining)
                {
                    assignment.Drain(draining.Id);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    private void Report(int leasesLost, int sandboxesUnused)
    {
        if (leasesLost > 0)
        {
            Log.LeasesLost(logger, leasesLost);
        }

        if (sandboxesUnused > 0)
        {
            Log.SandboxesUnused(logger, sandboxesUnused);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} units of concurrency were given back for a frontend that has gone silent")]
        internal static partial void LeasesLost(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Count} sandboxes had been assigned to invokes that never used them, and were ended")]
        internal static partial void SandboxesUnused(ILogger logger, int count);
    }
}
