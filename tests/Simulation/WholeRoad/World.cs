using System.Globalization;
using Lambent.Contracts;
using Lambent.Invoke.Counting;
using Lambent.Invoke.EventInvoke;

namespace Lambent.Simulation.WholeRoad;

/// <summary>Clients, machines, operators and accidents around the shipped road, all on one thread in virtual time, all by the seed.</summary>
internal sealed partial class World
{
    private static readonly string[] Accounts = ["000000000001", "000000000002"];

    private readonly OneThread world;
    private readonly Place outside;
    private readonly FunctionCatalog catalog = new();
    private readonly Durable durable = new();
    private readonly Weather weather;
    private readonly Referee referee;
    private readonly EventReferee events;
    private readonly Random shape;
    private readonly int accountLimit;
    private readonly List<FunctionArn> functions = [];
    private readonly Dictionary<string, (Life Life, DateTimeOffset Since)> open = new(StringComparer.Ordinal);
    private Life? life;
    private bool isUp;
    private int ids, revisions, coming;

    internal World(int seed)
    {
        world = new OneThread(seed);
        (outside, shape) = (new Place(world), world.Random);
        var calm = world.Chance(0.25);
        weather = new Weather
        {
            IsCalm = calm, Failing = calm || world.Chance(0.3) ? 0 : shape.NextDouble() * 0.4, SlowestMs = Math.Pow(10, 1 + (shape.NextDouble() * 3.5)),
        };
        accountLimit = shape.Next(2, 24);
        referee = new Referee(world, accountLimit);
        events = new EventReferee(world);
        referee.Runs = events.Runs;
        catalog.Changed += (before, after) => referee.Configure((after ?? before)!.Arn, after);
        for (var i = shape.Next(1, 5); i > 0; i--)
        {
            functions.Add(new FunctionArn("us-east-1", Accounts[shape.Next(2)], $"f{i}"));
            Create(functions[^1]);
        }
    }

    internal IReadOnlyList<string> History => world.History;

    internal void Run()
    {
        Begin();
        for (var steps = shape.Next(5, 40); steps > 0; steps--)
        {
            outside.Enter(Act);
            world.Run(() => false, world.Between(0, Math.Pow(10, shape.Next(1, 6))));
        }

        world.Tell("all accidents are over");
        weather.Failing = 0;
        outside.Enter(BeginUnlessUp);
        world.Run(() => life is not null && coming == 0 && open.Count == 0 && durable.Events.Count == 0, TimeSpan.FromHours(9));
        world.Check(open.Count == 0, $"Every invoke ends, but for hours these did not: {string.Join(", ", open.Keys)}.");
        events.CheckEnd();
        world.Run(() => false, TimeSpan.FromMinutes(20));
        CheckRest(life!);
    }

    private void BeginUnlessUp()
    {
        if (!isUp)
        {
            Begin();
        }
    }

    private void Begin()
    {
        isUp = true;
        var next = new Life(world, catalog, durable, weather, referee, events, accountLimit, shape);
        world.Tell($"a process begins: epoch {durable.Epoch}, {next.Machines.Count} machines, {next.Frontends.Count} frontends");
        next.Core.Post(() => Watch(OpenAsync(next)));
    }

    /// <summary>Clients are refused until the process is ready.</summary>
    private async Task OpenAsync(Life next)
    {
        await next.OpenAsync(RunEventAsync);
        life = next;
    }

    private void Kill()
    {
        var died = life!;
        world.Tell("the process is killed");
        died.Kill();
        (life, isUp) = (null, false);
        referee.ForgetUnits();
        events.Crashed();
        events.MayBeLate = true;
        foreach (var (id, _) in open.Where(o => o.Value.Life == died).ToList())
        {
            world.Tell($"{id} loses its connection");
            Close(id);
        }

        foreach (var machine in died.Machines)
        {
            machine.Lost();
        }

        outside.After(world.Between(0, 60_000), BeginUnlessUp);
    }

    private void Send(FunctionArn arn, bool asEvent)
    {
        if (life is not { } mine)
        {
            return; // connection refused
        }

        var (id, frontend) = ($"{(asEvent ? "e" : "i")}{ids++}", mine.Frontends[shape.Next(mine.Frontends.Count)]);
        open[id] = (mine, world.Now);
        frontend.Place.Post(() => Watch(asEvent ? AcceptAsync(mine, id, arn) : AskAsync(mine, frontend, id, arn)));
    }

    private async Task AcceptAsync(Life mine, string id, FunctionArn arn)
    {
        world.Tell($"{id}: an event for {arn.Name}:{arn.Qualifier}");
        await mine.Queue.AcceptAsync(new QueuedEvent(id, arn, ReadOnlyMemory<byte>.Empty, null, "", world.Now));
        world.Tell($"{id} is accepted");
        events.Accepted(id);
        Close(id);
    }

    private async Task AskAsync(Life mine, Life.Frontend frontend, string id, FunctionArn arn)
    {
        if (catalog.TryFind(arn, out var function, shape.NextDouble()))
        {
            await InvokeAsync(mine, frontend, Request(id, arn, function));
        }

        world.Check(open.ContainsKey(id), $"Every invoke ends with exactly one outcome, but {id} ended twice.");
        Close(id);
    }

    private void Close(string id) => open.Remove(id);

    private async Task<InvokeOutcome> RunEventAsync(Life mine, Life.Frontend frontend, InvokeRequest request)
    {
        var queued = durable.Events[request.RequestId].Event;
        events.Attempted(request.RequestId);
        var outcome = await InvokeAsync(mine, frontend, request);
        events.Ended(queued, outcome);
        return outcome;
    }

    /// <summary>One invoke down the shipped road. Its count is taken before it waits for the first time: the referee counts along.</summary>
    private async Task<InvokeOutcome> InvokeAsync(Life mine, Life.Frontend frontend, InvokeRequest request)
    {
        var (id, version) = (request.RequestId, request.Function.Arn);
        world.Tell($"{id} asks frontend {frontend.Number} for {referee.Say(request.Function.Key)}");
        var (unit, reason) = referee.Expect(version);
        var before = mine.Counting.Running(version.Account);
        referee.Opens(request.Function.Key);
        var running = frontend.Path.InvokeAsync(request);
        if (running is { IsCompletedSuccessfully: true, Result: InvokeOutcome.Throttled throttled } && mine.Counting.Running(version.Account) == before)
        {
            CheckThrottle(mine, request, throttled.Reason, unit, reason);
        }
        else
        {
            world.Check(mine.SessionsEnded || unit is not null, $"Concurrency is never above its limit, but {id} was let in instead of {reason}.");
            referee.Admits(version);
            await CountAlongAsync(mine, request, unit, running);
        }

        referee.Closes(request.Function.Key);
        var outcome = await running;
        world.Tell($"{id} ends: {outcome switch { InvokeOutcome.Throttled t => t.Reason, InvokeOutcome.ServiceFault f => $"{f.Stage}: {f.Message}", _ => outcome.GetType().Name }}");
        world.Check(!weather.IsCalm || outcome is InvokeOutcome.Succeeded or InvokeOutcome.Throttled, $"In calm weather every invoke succeeds, but {id} did not.");
        return outcome;
    }

    private async Task CountAlongAsync(Life mine, InvokeRequest request, ConcurrencyUnit? unit, Task<InvokeOutcome> running)
    {
        var account = request.Function.Arn.Account;
        if (unit is { } taken && !running.IsCompleted)
        {
            referee.Take(taken);
            CheckCount(mine, account);
            await running;
            referee.GiveBack(taken);
            CheckCount(mine, account);
        }

        var outcome = await running;
        world.Check(
            !weather.IsCalm || outcome is not InvokeOutcome.Throttled,
            $"Throttled only with a true reason, but {request.RequestId} had its unit, and there is memory for all.");
    }

    private void CheckCount(Life mine, string account)
    {
        var (counted, real) = (mine.Counting.Running(account), referee.Taken(account));
        world.Check(mine.SessionsEnded || counted == real, $"What is counted is what runs, but in account {account[^1]} {counted} are counted and {real} are under way.");
    }

    private void CheckThrottle(Life mine, InvokeRequest request, string reason, ConcurrencyUnit? unit, string? expected)
    {
        if (reason is ThrottleReason.FunctionRate or ThrottleReason.ReservedRate)
        {
            referee.CheckRate(request.Function.Arn, request.RequestId, reason);
            return;
        }

        var isFull = mine.Workers.All.All(w => w.Load.Draining || w.Load.MemoryMbFree < request.Function.MemoryMb);
        world.Check(
            mine.SessionsEnded || reason == expected || (unit is not null && isFull && !weather.IsCalm),
            $"Throttled only with a true reason, but {request.RequestId} got {reason} instead of {expected ?? $"a unit of {unit!.Value.Kind}"}.");
        if (reason == ThrottleReason.Concurrency && isFull)
        {
            referee.Admits(request.Function.Arn); // it may have had its unit, and found no memory
        }
    }

    private void CheckRest(Life mine)
    {
        foreach (var account in Accounts)
        {
            world.Check(mine.Counting.Running(account) == 0, $"All counts are zero at rest, but account {account[^1]} has {mine.Counting.Running(account)}.");
        }

        var kept = 0;
        foreach (var entry in catalog.All)
        {
            foreach (var (qualifier, wanted) in entry.ProvisionedConcurrency)
            {
                var version = entry.Resolve(qualifier, draw: 1)!;
                var status = mine.Provisioned.StatusOf(entry.Arn with { Qualifier = qualifier });
                var noRoom = mine.Workers.All.All(w => w.Load.Draining || w.Load.MemoryMbFree < version.MemoryMb);
                world.Check(status.Status == "READY" || noRoom, $"Provisioned environments reach what was asked, but {referee.Say(version.Key)} has {status} of {wanted}.");
            }

            kept += entry.Versions.Values.Sum(mine.Assignment.CountProvisioned);
        }

        var (known, real, written) = (mine.Assignment.Count, mine.Machines.Sum(m => m.Sandboxes.Count), durable.Sandboxes.Count);
        world.Check(
            known == kept && real == kept && written == kept,
            $"At rest there are the provisioned sandboxes and no others, but of {kept} Assignment knows {known}, the machines have {real}, the journal {written}.");
        if (weather.IsCalm)
        {
            referee.CheckPeaks();
        }
    }

    private void Watch(Task task) => task.ContinueWith(
        broken => world.Check(false, broken.Exception!.InnerException!.Message), CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static InvokeRequest Request(string id, FunctionArn arn, FunctionSnapshot function) =>
        new() { RequestId = id, Function = function, InvokedFunctionArn = arn.ToString(), Payload = default, TraceId = "" };

    private FunctionSnapshot Snapshot(FunctionArn arn, string version) => new()
    {
        Arn = arn with { Qualifier = version }, Revision = (++revisions).ToString(CultureInfo.InvariantCulture), Runtime = "provided.al2023", Handler = "h",
        CodeSha256Hex = "", LogGroup = "", State = "Active", Role = "", MemoryMb = shape.Next(1, 4) * 128,
    };
}
