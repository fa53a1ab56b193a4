using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Counting;
using Lambent.Invoke.Placement;

namespace Lambent.Simulation.Deciders;

/// <summary>
/// A region in virtual time around the shipped deciders. It does what <c>InvokePath</c> and <c>AssignmentService</c> do, but
/// every place where those await is a step of its own, so that anything can come between: deaths, crashes, clients that go.
/// </summary>
internal sealed partial class AssignmentWorld
{
    private const int DeliveriesAtMost = 3;

    private readonly Random random;
    private readonly VirtualTime time = new();
    private readonly SandboxLedger ledger = new();
    private readonly ConcurrencyLedger counting;
    private readonly Referee referee;
    private readonly List<Function> functions = [];
    private readonly List<Machine> machines = [];
    private readonly List<Call> calls = [];
    private readonly double startFails, runKills, patience;
    private int names;

    internal AssignmentWorld(int seed)
    {
        random = new Random(seed);
        counting = new ConcurrencyLedger(random.Next(1, 13));
        referee = new Referee(ledger, counting);
        (startFails, runKills, patience) = (random.NextDouble() * 0.4, random.NextDouble() * 0.3, random.NextDouble());
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            functions.Add(new Function($"f{i}", $"00000000000{random.Next(1, 3)}", random.Next(1, 5) * 128));
            machines.Add(NewMachine());
        }
    }

    internal string Trace => referee.Trace;

    internal void Run()
    {
        var lengthMs = random.Next(1_000, 60_000);
        Sow(random.Next(10, 120), lengthMs, Arrive);
        Sow(random.Next(0, 12), lengthMs, KillSome);
        Sow(random.Next(0, 4), lengthMs, CrashMachine);
        Sow(random.Next(0, 4), lengthMs, DrainMachine);
        Sow(random.Next(0, 8), lengthMs, Expire);
        Sow(random.Next(0, 5), lengthMs, ChangeFunction);
        while (time.Step())
        {
            referee.CheckAll();
        }

        CheckEnd();
    }

    private void Sow(int count, int withinMs, Action what)
    {
        while (count-- > 0)
        {
            time.After(Ms(withinMs), what);
        }
    }

    // 2 Count
    private void Arrive()
    {
        var function = Any(functions);
        var (unit, reason) = counting.TryTake(function.Arn, time.Now);
        if (unit is not { } taken)
        {
            referee.Throttled(function.Account, reason!);
            return;
        }

        var call = new Call(calls.Count, function.Account, function.Version, function.MemoryMb, taken);
        calls.Add(call);
        referee.Counted(call);
        Assign(call);
    }

    // 3 Assign
    private void Assign(Call call)
    {
        if (ledger.TryTake(call.Version, time.Now) is { } idle)
        {
            var latest = referee.Idle.Where(b => b.Version == call.Version).MaxBy(b => b.IdleOrder);
            referee.Check(latest?.Ref == idle, $"invoke {call.Number} got {idle.Id}, not the most recently used {latest?.Ref.Id}");
            referee.Granted(call, referee.BoxOf(idle));
            time.After(Ms(3), () => Deliver(call));
            return;
        }

        call.Waiter = new SandboxWaiter();
        referee.Waits(call);
        referee.Note($"{call.Number} waits for {call.Version}");
        if (ledger.Wait(call.Version, call.Waiter))
        {
            time.After(Ms(200), () => Place(call)); // a turn to start something
        }

        if (random.NextDouble() < patience)
        {
            time.After(Ms(1_000), () => ClientGoes(call, call.Waiter));
        }
    }

    // 4 Place
    private void Place(Call call)
    {
        if (!ledger.ConfirmStart(call.Version))
        {
            return;
        }

        referee.Check(referee.WaitingFor(call.Version) > 0, $"a start of {call.Version} began though nobody waits");
        var machine = PlacementService.Choose(machines, call.MemoryMb);
        while (machine is null && ledger.TakeLeastRecentlyUsed() is { } oldest)
        {
            var since = referee.Idle.Min(b => b.IdleSince);
            referee.TookOut([oldest], referee.Idle.Where(b => b.Ref == oldest && b.IdleSince == since), "eviction");
            Kill(referee.BoxOf(oldest));
            machine = PlacementService.Choose(machines, call.MemoryMb);
        }

        if (machine is null)
        {
            referee.Check(!referee.Idle.Any(), "a start was refused though an idle sandbox could have been ended");
            Fail(call.Version, ledger.StartFailed(call.Version), "no room");
            return;
        }

        referee.Check(machine is Machine { Crashed: false, Draining: false }, "a start was placed on a worker that drains");
        referee.Check(
            machines.Where(m => !m.Draining && m.MemoryMbFree >= call.MemoryMb).All(m => m.Starting >= machine.Load.Starting),
            "a start was placed on a worker that has more starts under way than another");
        Start(call, (Machine)machine);
    }

    // 5 Start
    private void Start(Call call, Machine machine)
    {
        machine.Starting++;
        machine.MemoryMbFree -= call.MemoryMb;
        referee.Check(machine.MemoryMbFree >= 0, $"{machine.Id} has promised more memory than it has");
        referee.StartBegins(call.Version);
        var sandbox = new SandboxRef(new SandboxId($"s{names++}"), machine.Id);
        referee.Note($"{sandbox.Id} starts on {machine.Id} for {call.Version}");
        time.After(Ms(random.Next(1, 4) * 500), () => StartEnds(new Box(sandbox, call.Version, call.MemoryMb, machine)));
    }

    private void StartEnds(Box box)
    {
        box.Home.Starting--;
        if (box.Home.Crashed || random.NextDouble() < startFails)
        {
            box.Home.MemoryMbFree += box.MemoryMb;
            referee.StartEnds(box.Version, null);
            Fail(box.Version, ledger.StartFailed(box.Version), "start failed");
            return;
        }

        referee.StartEnds(box.Version, box);
        Hand(box, ledger.Started(box.Version, box.Ref, time.Now));
    }

    // 6 Run
    private void Deliver(Call call)
    {
        var box = call.Box!;
        call.Deliveries++;
        if (call.ClientGone)
        {
            GiveBack(call);
            End(call, "the client went away");
        }
        else if (!box.Alive)
        {
            WriteOff(box);
            Again(call);
        }
        else
        {
            referee.Check(box.Running is null, $"two invokes run in {box.Ref.Id}");
            box.Running = call;
            time.After(Ms(random.Next(1, 5) * 100), () => RunEnds(call));
        }
    }

    // 7 Reply
    private void RunEnds(Call call)
    {
        var box = call.Box!;
        box.Running = null;
        if (box.Alive && random.NextDouble() < runKills)
        {
            Kill(box);
        }

        var survives = box.Alive;
        time.After(Ms(3), () =>
        {
            if (survives)
            {
                GiveBack(call); // it may have died since, and that may be known already
            }
            else
            {
                WriteOff(box);
            }

            End(call, survives ? "answered" : "the sandbox died under it");
        });
    }

    private void Again(Call call)
    {
        if (call.Deliveries < DeliveriesAtMost)
        {
            Assign(call);
        }
        else
        {
            End(call, "undeliverable");
        }
    }

    private void End(Call call, string outcome)
    {
        referee.Ended(call, outcome);
        counting.GiveBack(call.Unit);
    }

    private TimeSpan Ms(int atMost) => TimeSpan.FromMilliseconds(random.Next(atMost));

    private T Any<T>(List<T> list) => list[random.Next(list.Count)];
}
