using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Pollers;
using Microsoft.Extensions.Logging;

namespace Lambent.Simulation.Events;

/// <summary>What became of every event, as the outside world sees it: who got a 202, what ran, what the log gave up.</summary>
internal sealed class Ledger : ILogger<EventPoller>
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Story> stories = [];
    private int underWay;

    /// <summary>Runs that have begun and not ended.</summary>
    internal int UnderWay => Volatile.Read(ref underWay);

    internal void Accepted(string id, DateTimeOffset now) => Tell(id, s => s.AcceptedAt = now);

    internal void Began(string id, DateTimeOffset now) => Tell(id, s =>
    {
        Interlocked.Increment(ref underWay);
        s.Began.Add(now);
    });

    internal void Ended(string id, InvokeOutcome outcome, DateTimeOffset now) => Tell(id, s =>
    {
        Interlocked.Decrement(ref underWay);
        s.Ended.Add((outcome, now));
    });

    internal void Told(string id, string target, DeliveryOutcome outcome) => Tell(id, s => s.Told.Add((target, outcome)));

    /// <summary>What was under way is no more.</summary>
    internal void Crashed() => Interlocked.Exchange(ref underWay, 0);

    /// <summary>After a crash: an event with a 202 that is not on disk must have run well, or have been given up.</summary>
    internal void CheckKept(HashSet<string> onDisk)
    {
        lock (gate)
        {
            foreach (var (id, story) in stories)
            {
                Check(onDisk.Contains(id) || story.AcceptedAt is null || story.Reason is not null, id, "got its 202, and was lost in a crash");
            }
        }
    }

    internal void CheckEnd(int crashes)
    {
        lock (gate)
        {
            foreach (var (id, story) in stories)
            {
                Check(story.Reason is not null, id, $"has left the queue without a reason after {story.Ended.Count} runs");
                story.Check(crashes, (holds, otherwise) => Check(holds, id, otherwise));
            }
        }
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values && Value(values, "Condition") is { } condition)
        {
            Tell(Value(values, "RequestId")!, s => s.GivenUp = condition);
        }
    }

    private static string? Value(IReadOnlyList<KeyValuePair<string, object?>> values, string key) =>
        values.FirstOrDefault(v => v.Key == key).Value as string;

    private void Tell(string id, Action<Story> what)
    {
        lock (gate)
        {
            if (!stories.TryGetValue(id, out var story))
            {
                stories[id] = story = new Story();
            }

            what(story);
        }
    }

    private static void Check(bool holds, string id, string otherwise)
    {
        if (!holds)
        {
            throw new BrokenInvariantException($"Event {id} {otherwise}");
        }
    }
}

/// <summary>One event.</summary>
internal sealed class Story
{
    internal DateTimeOffset? AcceptedAt { get; set; }

    internal List<DateTimeOffset> Began { get; } = [];

    internal List<(InvokeOutcome Outcome, DateTimeOffset At)> Ended { get; } = [];

    internal string? GivenUp { get; set; }

    internal List<(string Target, DeliveryOutcome Outcome)> Told { get; } = [];

    internal string? Reason => Ended.Any(e => e.Outcome is InvokeOutcome.Succeeded) ? "done" : GivenUp;

    private int Errors => Ended.Count(e => e.Outcome is InvokeOutcome.FunctionError);

    internal void Check(int crashes, Action<bool, string> check)
    {
        var succeeded = Ended.Count(e => e.Outcome is InvokeOutcome.Succeeded);
        check(GivenUp is not "RetriesExhausted" || Errors >= 3, $"is given up after {Errors} errors");
        check(GivenUp is not "FunctionDeleted" || Began.Count == 0, "ran, and its function was not there");
        check(Errors <= 3 + crashes, $"had {Errors} runs that failed, with {crashes} crashes");
        check(succeeded <= 1 + crashes, $"ran well {succeeded} times, with {crashes} crashes");
        CheckDeliveries(crashes, check);
        if (crashes == 0)
        {
            CheckTimes(check);
        }
    }

    /// <summary>Whoever is to hear of the end does, or refuses, or was tried ten times; and after that no more than crashes explain.</summary>
    private void CheckDeliveries(int crashes, Action<bool, string> check)
    {
        var ranWell = Ended.Any(e => e.Outcome is InvokeOutcome.Succeeded);
        string[] expected = GivenUp is "FunctionDeleted" ? [] : ranWell && GivenUp is null ? ["success"] : ["failure", "dead"];
        foreach (var target in expected)
        {
            var told = Told.Where(t => t.Target == target).Select(t => t.Outcome).ToList();
            var last = told.Count(o => o is not DeliveryOutcome.Unavailable);
            check(last > 0 || told.Count >= DeliveryPolicy.TriesAtMost, $"ended as {Reason}, and {target} was not told in {told.Count} tries");
            check(last <= 1 + crashes && told.Count <= DeliveryPolicy.TriesAtMost + crashes, $"was told to {target} {told.Count} times, {last} of them for good, with {crashes} crashes");
        }

        check(crashes > 0 || Told.TrueForAll(t => expected.Contains(t.Target)), $"ended as {Reason}, and others heard of it too");
    }

    /// <summary>With no crash: one run after the other, each as long after the one before as AWS waits, to the millisecond.</summary>
    private void CheckTimes(Action<bool, string> check)
    {
        check(Began.Count == Ended.Count, "has runs that never ended");
        check(GivenUp is null || Ended.All(e => e.Outcome is not InvokeOutcome.Succeeded), "ran well and was given up");
        var (errors, deferrals) = (0, 0);
        for (var i = 0; i + 1 < Began.Count; i++)
        {
            var wait = Ended[i].Outcome switch
            {
                InvokeOutcome.FunctionError => TimeSpan.FromMinutes(++errors),
                InvokeOutcome.Succeeded => TimeSpan.MaxValue,
                _ => TimeSpan.FromSeconds(Math.Min(300, 1 << Math.Min(deferrals++, 10))),
            };
            var waited = Began[i + 1] - Ended[i].At;
            check((waited - wait).Duration() < TimeSpan.FromMilliseconds(2), $"ran again after {waited}, not {wait} (run {i + 1})");
        }
    }
}
