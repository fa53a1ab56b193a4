using System.Text;
using Lambent.Storage.Logs;

namespace Lambent.Neighbours.Logs;

/// <summary>The place of an event among all of a group: by time, then stream, then order of arrival.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Stream">The stream's name; empty where there is only one.</param>
/// <param name="Index">In the stream.</param>
internal readonly record struct EventKey(long Time, string Stream, long Index) : IComparable<EventKey>
{
    public int CompareTo(EventKey other)
    {
        var order = Time.CompareTo(other.Time);
        order = order != 0 ? order : string.CompareOrdinal(Stream, other.Stream);
        return order != 0 ? order : Index.CompareTo(other.Index);
    }
}

/// <summary>
/// The first, or the last, events of those that it is shown, as many as an answer holds: at most 10,000, and 1 MB of messages. It
/// never keeps more than that.
/// </summary>
/// <param name="limit">The most events.</param>
/// <param name="fromEnd">The last ones.</param>
internal sealed class EventPage(int limit, bool fromEnd)
{
    internal const int EventsAtMost = 10_000;

    private const int BytesAtMost = 1024 * 1024;

    /// <summary>What CloudWatch counts for an event besides its message.</summary>
    private const int BytesOfEvent = 26;

    private readonly PriorityQueue<(EventKey Key, LogEvent Event), EventKey> kept =
        new(Comparer<EventKey>.Create((a, b) => fromEnd ? a.CompareTo(b) : b.CompareTo(a))); // what would leave first is on top

    private long bytes;

    /// <summary>True once an event did not fit.</summary>
    internal bool HasMore { get; private set; }

    internal void Add(EventKey key, LogEvent found)
    {
        kept.Enqueue((key, found), key);
        bytes += SizeOf(found);
        while (kept.Count > limit || (kept.Count > 1 && bytes > BytesAtMost))
        {
            bytes -= SizeOf(kept.Dequeue().Event);
            HasMore = true;
        }
    }

    /// <summary>The events in their order.</summary>
    internal List<(EventKey Key, LogEvent Event)> Sorted() => [.. kept.UnorderedItems.Select(i => i.Element).OrderBy(e => e.Key)];

    private static int SizeOf(LogEvent found) => Encoding.UTF8.GetByteCount(found.Message) + BytesOfEvent;
}
