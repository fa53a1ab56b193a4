using Lambent.Contracts;
using Lambent.Invoke.Assignment;

namespace Lambent.Simulation.Deciders;

/// <summary>What goes wrong, what is handed over, and what must hold when all is over.</summary>
internal sealed partial class AssignmentWorld
{
    private void Hand(Box box, SandboxWaiter? waiter)
    {
        if (waiter is null)
        {
            referee.BecameIdle(box, time.Now);
            return;
        }

        box.Holder = null;
        var next = referee.First(box.Version, waiter);
        referee.Granted(next, box);
        time.After(Ms(3), () => Deliver(next));
    }

    private void Fail(VersionKey version, SandboxWaiter? waiter, string outcome)
    {
        if (waiter is not null)
        {
            var call = referee.First(version, waiter);
            time.After(Ms(3), () => End(call, outcome));
        }
    }

    private void GiveBack(Call call)
    {
        var box = call.Box!;
        var waiter = ledger.GiveBack(box.Ref.Id, time.Now);
        if (box.WrittenOff)
        {
            referee.Check(waiter is null, $"{box.Ref.Id} was handed out after its death was reported");
            return;
        }

        referee.Check(ledger.IsStale(box.Ref.Id) == box.Outdated, $"{box.Ref.Id} is {(box.Outdated ? "" : "not ")}of replaced code, the ledger says otherwise");
        if (waiter is null && box.Outdated)
        {
            box.Holder = null;
            Kill(box);
            WriteOff(box);
            return;
        }

        Hand(box, waiter);
    }

    private void WriteOff(Box box)
    {
        ledger.Died(box.Ref.Id);
        (box.WrittenOff, box.IdleSince) = (true, null);
    }

    private void Kill(Box box)
    {
        if (box.Alive)
        {
            box.Alive = false;
            box.Home.MemoryMbFree += box.MemoryMb;
        }
    }

    private void ClientGoes(Call call, SandboxWaiter? waiter)
    {
        if (call.Outcome is not null || call.Waiter != waiter)
        {
            return;
        }

        ledger.StopWaiting(call.Version, waiter!);
        if (referee.IsWaiting(call))
        {
            referee.WaitsNoMore(call);
            End(call, "the client went away");
        }
        else
        {
            call.ClientGone = true; // a sandbox, or a failure, is on its way to it
        }
    }

    /// <summary>Sandboxes die in whatever state they are; the news comes late, or twice, or not at all.</summary>
    private void KillSome()
    {
        foreach (var box in referee.Known.Where(b => b.Alive && random.Next(4) == 0).ToList())
        {
            referee.Note($"{box.Ref.Id} dies");
            Kill(box);
            Report(box);
        }
    }

    private void Report(Box box)
    {
        for (var times = random.Next(0, 3); times > 0; times--)
        {
            time.After(Ms(500), () =>
            {
                referee.Note($"the death of {box.Ref.Id} is reported");
                WriteOff(box);
            });
        }
    }

    private void CrashMachine()
    {
        var machine = Any(machines);
        referee.Note($"{machine.Id} crashes");
        (machine.Crashed, machine.Draining) = (true, true);
        machines.Remove(machine);
        foreach (var box in referee.Known.Where(b => b.Home == machine).ToList())
        {
            Kill(box);
            Report(box);
        }

        machines.Add(NewMachine());
    }

    private void DrainMachine()
    {
        var machine = Any(machines);
        machine.Draining = true;
        time.After(Ms(2_000), () => machine.Draining = machine.Crashed);
    }

    private void Expire() => TakeIdleSince(time.Now - Ms(5_000));

    private void TakeIdleSince(DateTimeOffset limit)
    {
        var expected = referee.Idle.Where(b => b.IdleSince <= limit).ToList();
        referee.TookOut(ledger.TakeIdleSince(limit), expected, "expiry");
        expected.ForEach(Kill);
    }

    private void ChangeFunction()
    {
        var function = Any(functions);
        function.Change();
        time.After(Ms(100), () => // the drain may itself be stale by then
        {
            var revision = random.Next(5) == 0 ? null : function.Version.Revision;
            var expected = referee.Idle.Where(b => b.Version.FunctionArn == function.Arn.ToString() && b.Version.Revision != revision).ToList();
            referee.TookOut(ledger.TakeStale(function.Arn.ToString(), revision), expected, "drain");
            expected.ForEach(Kill);
            foreach (var box in referee.Known.Where(b => b.Version.FunctionArn == function.Arn.ToString() && b.Version.Revision != revision))
            {
                box.Outdated = true;
            }
        });
    }

    private Machine NewMachine() => new($"m{names++}", random.Next(2, 17) * 128);

    /// <summary>Nothing is to come any more.</summary>
    private void CheckEnd()
    {
        foreach (var call in calls)
        {
            referee.Check(call.Outcome is not null, $"invoke {call.Number} of {call.Version} was forgotten");
            referee.Check(counting.Running(call.Account) == 0, $"account {call.Account} still counts {counting.Running(call.Account)}");
        }

        referee.Check(referee.Known.All(b => b.Holder is null), "a sandbox is still held");
        TakeIdleSince(DateTimeOffset.MaxValue);
        referee.Check(ledger.Count == 0, $"{ledger.Count} sandboxes are left");
        foreach (var version in referee.Versions)
        {
            CheckFresh(version);
        }
    }

    /// <summary>No start is still believed to be under way: the next two invokes ask for two.</summary>
    private void CheckFresh(VersionKey version)
    {
        SandboxWaiter one = new(), two = new();
        referee.Check(ledger.TryTake(version, time.Now) is null, $"an idle sandbox of {version} is left");
        referee.Check(ledger.Wait(version, one) && ledger.Wait(version, two), $"starts of {version} are counted that are over");
        referee.Check(ledger.ConfirmStart(version) && ledger.ConfirmStart(version), $"the starts of {version} are miscounted");
        referee.Check(ledger.StartFailed(version) == one && ledger.StartFailed(version) == two, $"somebody still waits for {version}");
    }
}
