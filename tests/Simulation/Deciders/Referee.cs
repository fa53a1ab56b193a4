using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Counting;

namespace Lambent.Simulation.Deciders;

/// <summary>
/// Knows by its own simple books what the deciders must know, and says no when they differ. What it holds them to is in the
/// words of its messages.
/// </summary>
internal sealed class Referee(SandboxLedger ledger, ConcurrencyLedger counting)
{
    private readonly Dictionary<SandboxId, Box> boxes = [];
    private readonly Dictionary<VersionKey, LinkedList<Call>> waiting = [];
    private readonly Dictionary<VersionKey, (int Now, int Peak)> demand = [];
    private readonly Dictionary<VersionKey, int> starting = [];
    private readonly Dictionary<string, int> running = [];
    private readonly List<string> trace = [];
    private long idleOrder;

    internal string Trace => string.Join('\n', trace);

    internal IEnumerable<Box> Known => boxes.Values.Where(b => !b.WrittenOff);

    internal IEnumerable<Box> Idle => Known.Where(b => b.IdleSince is not null);

    internal IEnumerable<VersionKey> Versions => demand.Keys;

    internal int WaitingFor(VersionKey version) => waiting.GetValueOrDefault(version)?.Count ?? 0;

    internal Box BoxOf(SandboxRef sandbox) =>
        boxes.GetValueOrDefault(sandbox.Id) ?? throw Broken($"the ledger gave {sandbox.Id}, which was never started");

    internal void Note(string line) => trace.Add(line);

    internal void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Broken(otherwise);
        }
    }

    internal void Counted(Call call)
    {
        running[call.Account] = running.GetValueOrDefault(call.Account) + 1;
        var (now, peak) = demand.GetValueOrDefault(call.Version);
        demand[call.Version] = (now + 1, Math.Max(peak, now + 1));
    }

    internal void Throttled(string account, string reason) => Check(
        reason == ThrottleReason.FunctionRate || running.GetValueOrDefault(account) == counting.AccountLimit, $"account {account} was throttled below its limit");

    internal void Ended(Call call, string outcome)
    {
        Note($"{call.Number} ends: {outcome}");
        Check(call.Outcome is null, $"invoke {call.Number} ended twice: {call.Outcome}, {outcome}");
        call.Outcome = outcome;
        running[call.Account]--;
        demand[call.Version] = demand[call.Version] with { Now = demand[call.Version].Now - 1 };
    }

    internal void Waits(Call call)
    {
        Check(!Idle.Any(b => b.Version == call.Version), $"invoke {call.Number} waits beside an idle sandbox of its version");
        if (!waiting.TryGetValue(call.Version, out var queue))
        {
            waiting[call.Version] = queue = [];
        }

        queue.AddLast(call);
    }

    internal bool IsWaiting(Call call) => waiting.GetValueOrDefault(call.Version)?.Contains(call) ?? false;

    internal void WaitsNoMore(Call call) => Check(waiting[call.Version].Remove(call), $"invoke {call.Number} does not wait");

    /// <summary>The invoke that a waiter stands for; it must be the one that has waited longest.</summary>
    internal Call First(VersionKey version, SandboxWaiter waiter)
    {
        var first = waiting.GetValueOrDefault(version)?.First?.Value;
        Check(first?.Waiter == waiter, $"a sandbox of {version} went to another than the invoke that has waited longest ({first?.Number})");
        waiting[version].RemoveFirst();
        return first!;
    }

    internal void StartBegins(VersionKey version) => starting[version] = starting.GetValueOrDefault(version) + 1;

    internal void StartEnds(VersionKey version, Box? box)
    {
        starting[version]--;
        if (box is not null)
        {
            boxes.Add(box.Ref.Id, box);
        }
    }

    internal void Granted(Call call, Box box)
    {
        Note($"{call.Number} gets {box.Ref.Id}");
        Check(!box.WrittenOff, $"{box.Ref.Id} was handed out after its death was reported");
        Check(box.Holder is null, $"{box.Ref.Id} was given to invoke {call.Number} while invoke {box.Holder?.Number} has it");
        Check(box.Version == call.Version, $"invoke {call.Number} of {call.Version} got a sandbox of {box.Version}");
        (box.Holder, box.IdleSince, call.Box) = (call, null, box);
    }

    internal void BecameIdle(Box box, DateTimeOffset now)
    {
        Check(WaitingFor(box.Version) == 0, $"{box.Ref.Id} became idle while an invoke waits for it");
        (box.Holder, box.IdleSince, box.IdleOrder) = (null, now, idleOrder++);
    }

    /// <summary>The ledger took these out of its books: they must be exactly the expected ones, oldest first.</summary>
    internal void TookOut(IEnumerable<SandboxRef> taken, IEnumerable<Box> expected, string why)
    {
        var (found, should) = (taken.Select(r => r.Id).ToList(), expected.OrderBy(b => b.IdleSince).Select(b => b.Ref.Id).ToList());
        Note($"{why}: {string.Join(' ', found)}");
        Check(found.ToHashSet().SetEquals(should), $"{why} took {string.Join(' ', found)}, not {string.Join(' ', should)}");
        Check(
            found.Zip(found.Skip(1)).All(p => boxes[p.First].IdleSince <= boxes[p.Second].IdleSince), $"{why} is not in the order of idleness");
        found.ForEach(id => boxes[id].WrittenOff = true);
    }

    /// <summary>Between any two steps.</summary>
    internal void CheckAll()
    {
        Check(ledger.Count == Known.Count(), $"the ledger knows {ledger.Count} sandboxes, there are {Known.Count()}");
        foreach (var (account, count) in running)
        {
            Check(counting.Running(account) == count, $"{count} invokes run in account {account}, counted are {counting.Running(account)}");
            Check(count <= counting.AccountLimit, $"account {account} is over its limit: {count}");
        }

        foreach (var (version, (_, peak)) in demand)
        {
            var sandboxes = Known.Count(b => b.Version == version) + starting.GetValueOrDefault(version);
            Check(sandboxes <= peak, $"{sandboxes} sandboxes of {version} for at most {peak} invokes");
        }
    }

    internal BrokenInvariantException Broken(string what) =>
        new($"{what}\nThe last steps:\n  {string.Join("\n  ", trace.TakeLast(25))}");
}
