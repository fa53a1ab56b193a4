namespace Lambent.Invoke.EventInvoke.Queue;

/// <summary>Which event is due when: a decider over ids alone; payloads stay on disk until they run.</summary>
/// <remarks>Not thread-safe: <see cref="EventQueue"/> owns it.</remarks>
public sealed class EventSchedule
{
    private readonly PriorityQueue<string, long> byDueTime = new();

    /// <summary>Events that wait.</summary>
    public int Count => byDueTime.Count;

    /// <summary>An event is to run at a time.</summary>
    public void Add(string requestId, DateTimeOffset due) => byDueTime.Enqueue(requestId, due.UtcTicks);

    /// <summary>The next one that is due, or null.</summary>
    public string? TryTake(DateTimeOffset now) =>
        byDueTime.TryPeek(out var id, out var due) && due <= now.UtcTicks && byDueTime.TryDequeue(out id, out _) ? id : null;

    /// <summary>When the next one is due, or null if there is none.</summary>
    public DateTimeOffset? NextDue => byDueTime.TryPeek(out _, out var due) ? new DateTimeOffset(due, TimeSpan.Zero) : null;
}
