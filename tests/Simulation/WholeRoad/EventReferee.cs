using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Pollers;
using Microsoft.Extensions.Logging;

namespace Lambent.Simulation.WholeRoad;

/// <summary>What became of every event, and whether it was right.</summary>
internal sealed class EventReferee(OneThread world) : ILogger<EventPoller>
{
    private readonly Dictionary<string, Story> stories = new(StringComparer.Ordinal);

    /// <summary>A frontend stood still or a process died: what is due may be late.</summary>
    internal bool MayBeLate { get; set; }

    internal HashSet<string> Deleted { get; } = new(StringComparer.Ordinal);

    /// <summary>Functions that have had a reserved concurrency of 0 at some time.</summary>
    internal HashSet<string> SwitchedOff { get; } = new(StringComparer.Ordinal);

    internal void Accepted(string id) => StoryOf(id).Accepted = true;

    internal void Attempted(string id)
    {
        var story = StoryOf(id);
        world.Check(!story.Left, $"An event is never run after it has left the queue, but {id} is.");
        if (story.Due is { } due)
        {
            world.Check(world.Now >= due, $"Events are tried again at the times of the policy, but {id} is {due - world.Now} early.");
            world.Check(MayBeLate || world.Now - due < TimeSpan.FromSeconds(2), $"Events are tried again at the times of the policy, but {id} is {world.Now - due} late.");
        }

        story.Due = null;
    }

    internal void Runs(string id)
    {
        if (stories.TryGetValue(id, out var story))
        {
            world.Check(!story.Left, $"An event is never run after it has left the queue, but {id} is.");
            story.Runs++;
        }
    }

    internal void Ended(QueuedEvent queued, InvokeOutcome outcome)
    {
        var story = StoryOf(queued.RequestId);
        story.Last = outcome;
        var wait = outcome is InvokeOutcome.FunctionError ? TimeSpan.FromMinutes(queued.Attempts + 1)
            : TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, Math.Min(queued.Deferrals, 16))));
        story.Due = outcome is InvokeOutcome.Succeeded ? null : world.Now + wait - TimeSpan.FromMilliseconds(1); // on disk, times are milliseconds
        story.TooOld = world.Now + wait - queued.AcceptedAt > TimeSpan.FromHours(6);
    }

    /// <summary>A process died: what it meant to do next is forgotten.</summary>
    internal void Crashed()
    {
        foreach (var story in stories.Values)
        {
            story.Due = null;
        }
    }

    internal void Left(QueuedEvent queued)
    {
        var (id, story) = (queued.RequestId, StoryOf(queued.RequestId));
        world.Tell($"{id} leaves the queue{(story.GivenUp is null ? "" : $": {story.GivenUp}")}");
        world.Check(!story.Left, $"An event leaves the queue once, but {id} left it twice.");
        story.Left = true;
        var isTrue = story.GivenUp switch
        {
            null => story.Last is InvokeOutcome.Succeeded && story.Runs > 0,
            "RetriesExhausted" => story.Last is InvokeOutcome.FunctionError && queued.Attempts == 2,
            "EventAgeExceeded" => story.TooOld || world.Now - queued.AcceptedAt > TimeSpan.FromHours(6),
            "ZeroReservedConcurrency" => SwitchedOff.Contains(queued.FunctionArn.Unqualified),
            "FunctionDeleted" => Deleted.Contains(queued.FunctionArn.Unqualified),
            _ => false,
        };
        world.Check(isTrue, $"An event runs at least once or is given up with a true condition, but {id} left the queue {story.GivenUp ?? "as done"} after {story.Runs} runs, {queued.Attempts} retries and {story.Last?.GetType().Name}.");
    }

    internal void CheckEnd()
    {
        var lost = stories.Where(s => s.Value is { Accepted: true, Left: false }).Select(s => s.Key).ToList();
        world.Check(lost.Count == 0, $"An accepted event runs or is given up, but {string.Join(", ", lost)} did not end.");
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state as IReadOnlyList<KeyValuePair<string, object?>>;
        if (eventId.Name == "GivenUp" && values?.FirstOrDefault(v => v.Key == "RequestId").Value is string id)
        {
            StoryOf(id).GivenUp = $"{values.First(v => v.Key == "Condition").Value}";
        }
        else
        {
            world.Check(false, $"The poller never breaks, but it says: {formatter(state, exception)} {exception}");
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private Story StoryOf(string id) => stories.TryGetValue(id, out var story) ? story : stories[id] = new Story();

    private sealed class Story
    {
        internal bool Accepted { get; set; }

        internal bool Left { get; set; }

        internal bool TooOld { get; set; }

        internal int Runs { get; set; }

        internal InvokeOutcome? Last { get; set; }

        internal DateTimeOffset? Due { get; set; }

        internal string? GivenUp { get; set; }
    }
}
