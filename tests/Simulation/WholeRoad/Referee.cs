using Lambent.Contracts;
using Lambent.Invoke.Counting;

namespace Lambent.Simulation.WholeRoad;

/// <summary>Counts for itself what the road is to count, and says what does not agree.</summary>
internal sealed class Referee(OneThread world, int accountLimit)
{
    private readonly Dictionary<VersionKey, int> open = [], boxes = [], peakOpen = [], peakBoxes = [], madeAhead = [];
    private readonly Dictionary<ConcurrencyUnit, int> units = [];
    private readonly Dictionary<string, (int? Reserved, IReadOnlyDictionary<string, int> Provisioned)> settings = new(StringComparer.Ordinal);
    private readonly List<(string Function, DateTimeOffset At)> admitted = [];

    /// <summary>An invoke of a version begins to run; the world has more to say of events.</summary>
    internal Action<string> Runs { get; set; } = _ => { };

    internal string Say(VersionKey key) => $"{FunctionArn.Parse(key.FunctionArn, new FunctionArn("", "", ""))!.Name}:{key.FunctionArn.Split(':')[^1]}@{key.Revision}";

    internal void Configure(FunctionArn arn, FunctionEntry? entry)
    {
        settings[arn.Unqualified] = (entry?.ReservedConcurrency, entry?.ProvisionedByVersion() ?? new Dictionary<string, int>());
        foreach (var (version, count) in entry?.ProvisionedByVersion() ?? new Dictionary<string, int>())
        {
            if (entry!.Versions.GetValueOrDefault(version) is { } of)
            {
                madeAhead[of.Key] = madeAhead.GetValueOrDefault(of.Key) + count; // those of an earlier setting live on as ordinary ones
            }
        }
    }

    /// <summary>What the count must say of an invoke now: the unit, or the reason.</summary>
    internal (ConcurrencyUnit? Unit, string? Reason) Expect(FunctionArn version)
    {
        var (reserved, provisioned) = settings.GetValueOrDefault(version.Unqualified, (null, new Dictionary<string, int>()));
        if (reserved != 0 && Taken(u => u == new ConcurrencyUnit(version, ConcurrencyKind.Provisioned)) < provisioned.GetValueOrDefault(version.Qualifier!))
        {
            return (new ConcurrencyUnit(version, ConcurrencyKind.Provisioned), null);
        }

        if (reserved is { } own)
        {
            var onDemand = Taken(u => u.Version.Unqualified == version.Unqualified && u.Kind != ConcurrencyKind.Provisioned);
            return onDemand < own - provisioned.Values.Sum()
                ? (new ConcurrencyUnit(version, ConcurrencyKind.Reserved), null) : (null, ThrottleReason.ReservedConcurrency);
        }

        var account = settings.Where(s => FunctionArn.Parse(s.Key, version)!.Account == version.Account);
        var left = accountLimit - account.Sum(s => s.Value.Reserved ?? s.Value.Provisioned.Values.Sum());
        return Taken(u => u.Version.Account == version.Account && u.Kind == ConcurrencyKind.Unreserved) < left
            ? (new ConcurrencyUnit(version, ConcurrencyKind.Unreserved), null) : (null, ThrottleReason.Concurrency);
    }

    internal void Take(ConcurrencyUnit unit) => units[unit] = units.GetValueOrDefault(unit) + 1;

    /// <summary>The invoke passed the rates, whatever became of it then.</summary>
    internal void Admits(FunctionArn version) => admitted.Add((version.Unqualified, world.Now));

    internal void GiveBack(ConcurrencyUnit unit) => units[unit]--;

    internal int Taken(string account) => Taken(u => u.Version.Account == account);

    internal int Taken(Func<ConcurrencyUnit, bool> which) => units.Where(u => which(u.Key)).Sum(u => u.Value);

    /// <summary>Units whose process died died with its ledger.</summary>
    internal void ForgetUnits() => units.Clear();

    /// <summary>A throttle by rate is true only if the bucket can be empty: ten in the last second for one unit at the least.</summary>
    internal void CheckRate(FunctionArn version, string id, string reason)
    {
        var recently = admitted.Count(a => FunctionArn.Parse(a.Function, version)!.Account == version.Account && world.Now - a.At <= TimeSpan.FromSeconds(1));
        world.Check(recently >= 9, $"Throttled only with a true reason, but {id} got {reason} after {recently} invokes in a second.");
    }

    internal void Opens(VersionKey key) => Up(open, peakOpen, key);

    internal void Closes(VersionKey key) => open[key]--;

    internal void Comes(VersionKey key) => Up(boxes, peakBoxes, key);

    internal void Goes(VersionKey key) => boxes[key]--;

    /// <summary>In calm weather nothing is made that nobody needs.</summary>
    internal void CheckPeaks()
    {
        foreach (var (key, peak) in peakBoxes)
        {
            var needed = peakOpen.GetValueOrDefault(key) + madeAhead.GetValueOrDefault(key);
            world.Check(peak <= needed, $"No more sandboxes than the peak of demand plus provisioned, but {peak} of {Say(key)} for {needed}.");
        }
    }

    private static void Up(Dictionary<VersionKey, int> now, Dictionary<VersionKey, int> peak, VersionKey key)
    {
        now[key] = now.GetValueOrDefault(key) + 1;
        peak[key] = Math.Max(peak.GetValueOrDefault(key), now[key]);
    }
}
