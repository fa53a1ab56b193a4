using Lambent.Contracts;
using Lambent.Invoke;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.Counting;
using Lambent.Invoke.Placement;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.WorkerClient;
using Lambent.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.Simulation.Road;

/// <summary>
/// The whole road with a real journal and workers that fail. Faults follow the seed; threads interleave as they like, so a
/// seed is a kind of weather, not one history.
/// </summary>
internal sealed class RoadWorld : IAsyncDisposable
{
    private const string Account = "000000000001";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder folder = new();
    private readonly Dice dice;
    private readonly Violations violations = new();
    private readonly WorkerDirectory workers = new();
    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly List<FaultyWorker> everyWorker = [];
    private readonly List<Task> pumps = [];
    private readonly CancellationTokenSource over = new();
    private readonly Database database;
    private readonly CountingService counting;
    private readonly PlacementService placement;
    private readonly Census invokes = new(), sandboxes = new();
    private readonly FunctionSnapshot[] functions;
    private readonly double failing;
    private readonly bool calm;
    private AssignmentService assignment = null!;
    private InvokePath road = null!;

    internal RoadWorld(int seed)
    {
        dice = new Dice(seed);
        calm = dice.Next() < 0.3;
        failing = dice.Next() < 0.2 ? 0 : dice.Next() * 0.5;
        database = Database.Open(Path.Combine(folder.Path, "journal.db"), SandboxJournal.Migrations);
        counting = new CountingService(dice.Next(1, 30), new LeapingClock());
        placement = new PlacementService(workers, dice.Next(1, 5));
        functions = [.. Enumerable.Range(0, dice.Next(1, 4)).Select(NewFunction)];
        for (var i = dice.Next(1, 3); i > 0; i--)
        {
            AddWorker();
        }
    }

    internal async Task<SandboxJournal> OpenAsync()
    {
        var journal = await SandboxJournal.OwnAsync(database);
        assignment = new AssignmentService(journal, workers, TimeProvider.System);
        road = new InvokePath(counting.Join(), assignment, placement, workers, telemetry, NullLogger<InvokePath>.Instance);
        return journal;
    }

    /// <summary>Another scheduler becomes the owner of the journal.</summary>
    internal Task TakeOverAsync() => SandboxJournal.OwnAsync(database);

    internal async Task RunAsync(int invokesEach, Func<Task>? halfway = null)
    {
        var clients = Enumerable.Range(0, dice.Next(1, 24)).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < invokesEach; i++)
            {
                await InvokeAsync($"{client}.{i}");
                if (client == 0 && i == invokesEach / 2 && halfway is not null)
                {
                    await halfway();
                }
            }
        })).ToArray();
        var trouble = Task.Run(TroubleAsync);
        await Finish(Task.WhenAll(clients), () => $"{counting.Running(Account)} invokes wait for ever");
        await over.CancelAsync();
        await Finish(trouble, () => "the background work hangs");
        violations.Throw();
    }

    internal void CheckCounts()
    {
        violations.If(counting.Running(Account) != 0, $"{counting.Running(Account)} invokes are still counted");
        foreach (var (version, peak) in calm ? sandboxes.Peaks : [])
        {
            // Only in calm weather: a sandbox that Assignment has taken out may live for a moment beside its successor.
            violations.If(peak > invokes.Peak(version), $"{peak} sandboxes of {version} for at most {invokes.Peak(version)} invokes");
        }

        violations.Throw();
    }

    /// <summary>
    /// Everything idle is ended: nothing may be left, in memory, on the workers, or in the journal. Starts that nobody waits
    /// for any more, and deaths that are written down without waiting, have their time to end.
    /// </summary>
    internal async Task CheckNothingIsLeftAsync(SandboxJournal journal)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            assignment.Expire(-TimeSpan.FromDays(1));
            var (known, running, written) = (assignment.Count, workers.All.Sum(w => w.Sandboxes.Count), journal.Living().Count);
            if ((known, running, written) == (0, 0, 0) && everyWorker.All(w => w.Load.Starting == 0))
            {
                return;
            }

            if (limit.IsCancellationRequested)
            {
                throw new BrokenInvariantException($"Left are {known} sandboxes in Assignment, {running} on the workers, {written} in the journal");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        everyWorker.ForEach(w => w.Close());
        await Task.WhenAll(pumps);
        over.Dispose();
        telemetry.Dispose();
        placement.Dispose();
        await database.DisposeAsync();
        folder.Dispose();
    }

    private async Task InvokeAsync(string id)
    {
        var function = functions[dice.Next(0, functions.Length)];
        invokes.Comes(function.Key);
        try
        {
            var outcome = await road.InvokeAsync(new InvokeRequest
            {
                RequestId = id, Function = function, InvokedFunctionArn = function.Arn.ToString(), Payload = default, TraceId = "",
            });
            violations.If(outcome is null, $"{id} got no outcome");
            violations.If(calm && outcome is InvokeOutcome.Throttled && counting.AccountLimit >= 24, $"{id} was throttled below the limit");
        }
#pragma warning disable CA1031 // InvokeAsync never throws; that it did is what is to be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            violations.If(true, $"{id}: InvokeAsync threw {e.GetType().Name}: {e.Message}");
        }

        violations.If(counting.Running(Account) > counting.AccountLimit, "the account is over its limit");
        invokes.Goes(function.Key);
    }

    private async Task TroubleAsync()
    {
        var deadly = failing > 0;
        while (!calm && !over.IsCancellationRequested)
        {
            await dice.PauseAsync();
            switch (dice.Next(0, 60))
            {
                case < 3 when deadly:
                    workers.All.OfType<FaultyWorker>().First().KillSome();
                    break;
                case 3 when deadly && everyWorker.Count < 10:
                    var gone = workers.All.OfType<FaultyWorker>().First();
                    AddWorker();
                    gone.Crash();
                    workers.Unregister(gone.Id);
                    break;
                case < 6:
                    assignment.Expire(TimeSpan.FromMilliseconds(dice.Next(0, 5)));
                    break;
                case 6:
                    Change(dice.Next(0, functions.Length));
                    break;
            }
        }
    }

    private void Change(int index)
    {
        var next = functions[index] with { Revision = $"{int.Parse(functions[index].Revision, System.Globalization.CultureInfo.InvariantCulture) + 1}" };
        functions[index] = next;
        assignment.Drain(next.Arn.ToString(), next.Revision);
    }

    private void AddWorker()
    {
        var worker = new FaultyWorker(everyWorker.Count, calm ? 1_000_000 : dice.Next(3, 24) * 128, violations, sandboxes, dice, failing);
        everyWorker.Add(worker);
        workers.Register(worker);
        pumps.Add(Task.Run(async () =>
        {
            await foreach (var id in worker.Deaths.ReadAllAsync())
            {
                assignment.Died(id);
            }
        }));
    }

    private static async Task Finish(Task task, Func<string> otherwise)
    {
        try
        {
            await task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new BrokenInvariantException(otherwise());
        }
    }

    private FunctionSnapshot NewFunction(int number) => new()
    {
        Arn = new FunctionArn("us-east-1", Account, $"f{number}", "$LATEST"), Revision = "1", Runtime = "provided.al2023", Handler = "h",
        CodeSha256Hex = "", LogGroup = "", State = "Active", Role = "", MemoryMb = dice.Next(1, 4) * 128,
    };
}
