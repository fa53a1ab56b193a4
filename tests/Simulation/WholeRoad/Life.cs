using Lambent.Contracts;
using Lambent.Invoke;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Counting;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Placement;
using Lambent.Invoke.Provisioned;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.WorkerClient;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.Simulation.WholeRoad;

/// <summary>One process from its start to its end, put together as <c>Lambent.Road</c> does it, with several frontends.</summary>
internal sealed class Life
{
    private static readonly RoadTelemetry Telemetry = new(TimeProvider.System); // nobody listens

    private readonly OneThread world;
    private readonly FunctionCatalog catalog;
    private readonly Durable durable;
    private readonly Disk disk;
    private readonly EventReferee events;
    private readonly List<WorkerLeases> leases = [];

    internal Life(OneThread world, FunctionCatalog catalog, Durable durable, Weather weather, Referee referee, EventReferee events, int accountLimit, Random shape)
    {
        (this.world, this.catalog, this.durable, this.events) = (world, catalog, durable, events);
        (Core, disk) = (new Place(world), null!);
        disk = new Disk(world, Core);
        var clock = Core.Clock;
        Workers = new WorkerDirectory();
        Machines = [.. Enumerable.Range(0, shape.Next(1, 4)).Select(i => new Machine(
            $"m{durable.Epoch}.{i}", weather.IsCalm ? 1_000_000 + i : (shape.Next(4, 40) * 128) + i, world, Core, weather, durable, referee))];
        Counting = new CountingService(accountLimit, clock);
        Assignment = new AssignmentService(new MemoryJournal(durable, disk), Workers, clock);
        Placement = new PlacementService(Workers, shape.Next(1, 5));
        Provisioned = new ProvisionedConcurrency(catalog, Assignment, Placement, clock, NullLogger<ProvisionedConcurrency>.Instance);
        Queue = new EventQueue(new MemoryEvents(durable, disk, events), clock);
        Frontends = [.. Enumerable.Range(0, shape.Next(1, 4)).Select(i => new Frontend(i, i == 0 ? Core : new Place(world), Counting.Join(), this))];
        foreach (var machine in Machines)
        {
            machine.Died = id => Core.After(world.Between(0, 20), () => Bury(id));
            leases.Add(new WorkerLeases(machine, Workers, clock));
            leases[^1].Renew();
        }
    }

    internal Place Core { get; }

    internal WorkerDirectory Workers { get; }

    internal IReadOnlyList<Machine> Machines { get; }

    internal CountingService Counting { get; }

    internal AssignmentService Assignment { get; }

    internal PlacementService Placement { get; }

    internal ProvisionedConcurrency Provisioned { get; }

    internal EventQueue Queue { get; }

    internal IReadOnlyList<Frontend> Frontends { get; }

    /// <summary>Comes up: the journal is compared with what is there, counting learns the catalog, the loops begin.</summary>
    internal async Task OpenAsync(Func<Life, Frontend, InvokeRequest, Task<InvokeOutcome>> invoke)
    {
        await Assignment.RecoverAsync();
        foreach (var entry in catalog.All)
        {
            Counting.Configure(null, entry);
        }

        catalog.Changed += OnChanged;
        Provisioned.Start();
        new EventPoller(Queue, catalog, r => invoke(this, Frontends[0], r), NobodyListens, () => world.Random.NextDouble(), Telemetry, Core.Clock, events).Start();
        Tidy();
    }

    private static Task<DeliveryOutcome> NobodyListens(QueuedEvent ended, DeliveryTarget target) =>
        throw new InvalidOperationException("Functions of this world have no destinations.");

    internal void Kill()
    {
        catalog.Changed -= OnChanged;
        Core.Die();
        foreach (var frontend in Frontends)
        {
            frontend.Place.Die();
        }
    }

    /// <summary>Another scheduler owned the journal for a moment.</summary>
    internal void LoseJournal() => durable.Epoch++;

    private void OnChanged(FunctionEntry? before, FunctionEntry? after)
    {
        Counting.Configure(before, after);
        foreach (var (version, old) in before?.Versions ?? [])
        {
            var now = after?.Versions.GetValueOrDefault(version);
            if (now?.Revision != old.Revision)
            {
                Assignment.Drain(old.Arn.ToString(), now?.Revision);
            }
        }
    }

    private void Bury(SandboxId dead)
    {
        Assignment.Died(dead);
        Provisioned.Wake();
    }

    private void Tidy()
    {
        foreach (var frontend in Frontends.Where(f => !f.Place.IsPaused))
        {
            frontend.Counting.Renew();
        }

        SessionsEnded |= Counting.EndSilentSessions() > 0;
        var unused = Assignment.EndUnused(TimeSpan.FromSeconds(30));
        world.Check(unused == 0 || Frontends.Any(f => f.HasPaused), "What is given to an invoke is used by it, but a sandbox was not.");
        Assignment.Expire(TimeSpan.FromMinutes(10));
        foreach (var draining in leases.Select(l => l.Renew()).OfType<LeasedWorker>().ToList())
        {
            world.Tell("a lease ends");
            Assignment.Drain(draining.Id);
        }

        Core.After(TimeSpan.FromSeconds(20), Tidy);
    }

    /// <summary>A frontend was given up for dead: its invokes run, but are not counted any more.</summary>
    internal bool SessionsEnded { get; private set; }

    internal sealed class Frontend(int number, Place place, CountingSession counting, Life life)
    {
        internal int Number => number;

        internal Place Place => place;

        internal CountingSession Counting => counting;

        internal bool HasPaused { get; set; }

        internal InvokePath Path { get; } =
            new(counting, life.Assignment, life.Placement, life.Workers, Telemetry, NullLogger<InvokePath>.Instance);
    }
}
