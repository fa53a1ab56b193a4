using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Lambent.Telemetry;

/// <summary>What an instrument is to Prometheus.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument and its series, one for each set of tags that it was seen with.</summary>
internal sealed class MetricFamily
{
    private readonly ConcurrentDictionary<TagSet, MetricSeries> series = [];
    private readonly double[] bounds;

    internal MetricFamily(Instrument instrument)
    {
        Kind = instrument switch
        {
            Counter<long> => MetricKind.Counter,
            Histogram<double> => MetricKind.Histogram,
            _ => MetricKind.Gauge,
        };
        bounds = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised] : [];
        Help = instrument.Description ?? "";
        Name = NameOf(instrument.Name, instrument.Unit) + (Kind == MetricKind.Counter ? "_total" : "");
    }

    internal MetricKind Kind { get; }

    /// <summary>As Prometheus names it: <c>lambent_duration_milliseconds</c>.</summary>
    internal string Name { get; }

    internal string Help { get; }

    /// <summary>Where the buckets of a histogram end.</summary>
    internal IReadOnlyList<double> Bounds => bounds;

    internal IEnumerable<KeyValuePair<TagSet, MetricSeries>> Series => series;

    internal void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var set = new TagSet(tags);
        if (!series.TryGetValue(set, out var one))
        {
            one = series.GetOrAdd(set, new MetricSeries(bounds));
        }

        switch (Kind)
        {
            case MetricKind.Counter:
                one.Add(value);
                break;
            case MetricKind.Gauge:
                one.Set(value);
                break;
            case MetricKind.Histogram:
                one.Observe(value);
                break;
        }
    }

    internal void Clear() => series.Clear();

    /// <summary><c>ConcurrentExecutions</c> is <c>lambent_concurrent_executions</c>; the unit follows, as OpenTelemetry's rules for Prometheus say.</summary>
    private static string NameOf(string name, string? unit)
    {
        var text = new StringBuilder("lambent");
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterUpper(c) ? "_" : "").Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_');
        }

        return text.Append(unit switch { "ms" => "_milliseconds", "s" => "_seconds", "By" => "_bytes", _ => "" }).ToString();
    }
}

/// <summary>The numbers of one series. A lock for one addition; nobody holds it for longer.</summary>
internal sealed class MetricSeries(double[] bounds)
{
    private readonly Lock gate = new();
    private readonly long[] buckets = new long[bounds.Length + 1];
    private double value;

    /// <summary>Of a counter or gauge; of a histogram the sum of what was observed.</summary>
    internal double Value
    {
        get
        {
            lock (gate)
            {
                return value;
            }
        }
    }

    internal void Add(double more)
    {
        lock (gate)
        {
            value += more;
        }
    }

    internal void Set(double now)
    {
        lock (gate)
        {
            value = now;
        }
    }

    internal void Observe(double observed)
    {
        var bucket = bounds.AsSpan().BinarySearch(observed); // a bound belongs to the bucket that it ends
        lock (gate)
        {
            value += observed;
            buckets[bucket < 0 ? ~bucket : bucket]++;
        }
    }

    /// <summary>The sum, and for each bucket the observations up to its end; the last one has all of them.</summary>
    internal (double Sum, long[] UpTo) Histogram()
    {
        lock (gate)
        {
            var upTo = new long[buckets.Length];
            var total = 0L;
            for (var i = 0; i < buckets.Length; i++)
            {
                upTo[i] = total += buckets[i];
            }

            return (value, upTo);
        }
    }
}

/// <summary>The tags of a series: a value, so that looking for it allocates nothing.</summary>
internal readonly struct TagSet : IEquatable<TagSet>
{
    private const int TagsAtMost = 4;

    private readonly Slots slots;
    private readonly int count;

    internal TagSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        count = Math.Min(tags.Length, TagsAtMost);
        tags[..count].CopyTo(slots);
    }

    internal KeyValuePair<string, object?>[] ToArray() => ((ReadOnlySpan<KeyValuePair<string, object?>>)slots)[..count].ToArray();

    public bool Equals(TagSet other)
    {
        if (count != other.count)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!Equals(slots[i].Value, other.slots[i].Value) || slots[i].Key != other.slots[i].Key)
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is TagSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (var i = 0; i < count; i++)
        {
            hash.Add(slots[i].Value);
        }

        return hash.ToHashCode();
    }

    [InlineArray(TagsAtMost)]
    private struct Slots
    {
        private KeyValuePair<string, object?> first;
    }
}
