using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Lambent.Storage;
using Microsoft.Extensions.Logging;

namespace Lambent.Simulation.Events;

/// <summary>
/// The real queue and poller on real SQLite files, with a clock of ours. A crash is a copy of the files at any moment, as
/// <c>kill -9</c> leaves them; the old objects are dropped as they are, and write on into files that nobody reads.
/// </summary>
internal sealed class EventQueueWorld : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestFolder folder = new();
    private readonly Random random;
    private readonly FunctionCatalog catalog = Catalog();
    private readonly Ledger ledger = new();
    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly List<Database> dropped = [];
    private readonly double failing;
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int generation, names;
    private Life life;

    internal EventQueueWorld(int seed)
    {
        random = new Random(seed);
        failing = random.NextDouble() * 0.9;
        life = Begin();
    }

    /// <summary>One function, <c>f</c>.</summary>
    internal static FunctionCatalog Catalog()
    {
        FunctionCatalog catalog = new();
        var entry = FunctionEntry.Of(new FunctionSnapshot
        {
            Arn = Arn("f"), Revision = "1", Runtime = "provided.al2023", Handler = "h", CodeSha256Hex = "", LogGroup = "", State = "Active", Role = "",
            DeadLetterTarget = "dead",
        });
        catalog.Publish(entry with { EventInvoke = entry.EventInvoke.Add(FunctionEntry.Latest, new(null, null, "success", "failure")) });
        return catalog;
    }

    internal static FunctionArn Arn(string name) => new("us-east-1", "000000000001", name, "$LATEST");

    internal async Task RunAsync()
    {
        for (var steps = random.Next(4, 20); steps > 0; steps--)
        {
            switch (random.Next(6))
            {
                case < 3:
                    await AcceptSomeAsync();
                    break;
                case 3 when generation < 4:
                    Crash();
                    break;
                default:
                    await QuietAsync();
                    Advance();
                    break;
            }
        }

        while (await QuietAsync())
        {
            Advance();
        }

        ledger.CheckEnd(crashes: generation - 1);
    }

    public async ValueTask DisposeAsync()
    {
        await life.Poller.DisposeAsync();
        foreach (var database in dropped.Append(life.Database))
        {
            await database.DisposeAsync();
        }

        telemetry.Dispose();
        folder.Dispose();
    }

    /// <summary>Clients send; some of them are still waiting for their 202 when this returns.</summary>
    private async Task AcceptSomeAsync()
    {
        var sent = Enumerable.Range(0, random.Next(1, 8)).Select(_ => AcceptAsync(life, $"e{names++}", random.Next(12) == 0 ? "gone" : "f")).ToArray();
        await Task.WhenAll(sent.Take(random.Next(sent.Length + 1)));
    }

    private async Task AcceptAsync(Life mine, string id, string function)
    {
        await mine.Queue.AcceptAsync(new QueuedEvent(id, Arn(function), new byte[random.Next(64)], null, "", mine.Clock.Now));
        mine.IfAlive(() => ledger.Accepted(id, mine.Clock.Now));
    }

    private async Task<InvokeOutcome> InvokeAsync(Life mine, InvokeRequest request)
    {
        var alive = mine.IfAlive(() => ledger.Began(request.RequestId, mine.Clock.Now));
        for (var turns = alive ? Roll(8) : 0; turns > 0; turns--)
        {
            await Task.Yield();
        }

        var outcome = Outcome();
        if (!mine.IfAlive(() => ledger.Ended(request.RequestId, outcome, mine.Clock.Now)))
        {
            await mine.Never; // this process is no more
        }

        return outcome;
    }

    private async Task<DeliveryOutcome> DeliverAsync(Life mine, QueuedEvent ended, DeliveryTarget target)
    {
        for (var turns = Roll(8); turns > 0; turns--)
        {
            await Task.Yield();
        }

        DeliveryOutcome outcome = Roll(4) switch
        {
            0 => new DeliveryOutcome.Refused(""),
            1 => new DeliveryOutcome.Unavailable(""),
            _ => new DeliveryOutcome.Delivered(),
        };
        if (!mine.IfAlive(() => ledger.Told(ended.RequestId, target.Arn, outcome)))
        {
            await mine.Never; // this process is no more
        }

        return outcome;
    }

    private InvokeOutcome Outcome() => Roll(1000) >= failing * 1000 ? new InvokeOutcome.Succeeded(ReadOnlyMemory<byte>.Empty)
        : Roll(2) == 0 ? new InvokeOutcome.FunctionError("Runtime.ExitError", ReadOnlyMemory<byte>.Empty)
        : Roll(2) == 0 ? new InvokeOutcome.Throttled("ConcurrentInvocationLimitExceeded")
        : new InvokeOutcome.ServiceFault(InvokeStage.Start, "");

    private int Roll(int below)
    {
        lock (random)
        {
            return random.Next(below);
        }
    }

    private Life Begin()
    {
        var file = Path.Combine(folder.Path, $"{generation++}.db");
        var (database, clock) = (Database.Open(file, EventStore.Migrations), new FakeClock(now));
        var queue = new EventQueue(new EventStore(database), clock);
        Life? mine = null;
        var poller = new EventPoller(queue, catalog, request => InvokeAsync(mine!, request), (ended, target) => DeliverAsync(mine!, ended, target), () => 1, telemetry, clock, ledger);
        mine = new Life(database, clock, queue, poller);
        poller.Start();
        return mine;
    }

    private void Crash()
    {
        life.Die();
        ledger.Crashed();
        foreach (var suffix in new[] { "", "-wal" })
        {
            File.Copy(Path.Combine(folder.Path, $"{generation - 1}.db{suffix}"), Path.Combine(folder.Path, $"{generation}.db{suffix}"));
        }

        dropped.Add(life.Database);
        now = life.Clock.Now + TimeSpan.FromSeconds(Roll(2) == 0 ? 0 : Roll(600));
        life = Begin();
        ledger.CheckKept([.. Rows(life).Select(r => r.Id)]);
    }

    /// <summary>Waits until the poller waits for a time to come. False if there is nothing left to wait for.</summary>
    private async Task<bool> QuietAsync()
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var (asked, rows) = (life.Clock.Asked, Rows(life));
            var time = life.Clock.Now.ToUnixTimeMilliseconds();
            if (ledger.UnderWay == 0 && rows.Count == life.Queue.Waiting && rows.All(r => r.Due > time)
                && (rows.Count == 0 || life.Clock.NextTimer?.ToUnixTimeMilliseconds() <= rows.Min(r => r.Due)))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System); // is it in the middle of setting its timer?
                if (asked == life.Clock.Asked)
                {
                    return rows.Count > 0;
                }
            }

            if (limit.IsCancellationRequested)
            {
                throw new BrokenInvariantException(
                    $"{rows.Count} events on disk, {rows.Count(r => r.Due <= time)} of them due, {life.Queue.Waiting} in the schedule, and nothing happens; the next timer is at {life.Clock.NextTimer:O}, the next event is due at {DateTimeOffset.FromUnixTimeMilliseconds(rows.Select(r => r.Due).DefaultIfEmpty().Min()):O}");
            }

            await Task.Yield();
        }
    }

    private void Advance()
    {
        if (life.Clock.NextTimer is { } next)
        {
            life.Clock.AdvanceTo(next);
        }
    }

    private static List<(string Id, long Due)> Rows(Life of) => of.Database.Read(c => Dapper.SqlMapper
        .Query<(string, long)>(c, "SELECT request_id, due_at FROM events").ToList());

    /// <summary>One process, from its start to its crash.</summary>
    private sealed class Life(Database database, FakeClock clock, EventQueue queue, EventPoller poller)
    {
        private readonly Lock gate = new();
        private bool dead;

        internal Database Database => database;

        internal FakeClock Clock => clock;

        internal EventQueue Queue => queue;

        internal EventPoller Poller => poller;

        internal Task Never { get; } = new TaskCompletionSource().Task;

        internal bool IfAlive(Action act)
        {
            lock (gate)
            {
                if (!dead)
                {
                    act();
                }

                return !dead;
            }
        }

        internal void Die()
        {
            lock (gate)
            {
                dead = true;
            }
        }
    }
}
