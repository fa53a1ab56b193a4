using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Lambent.Aws;

namespace Lambent.Invoke.Tracing;

/// <summary>
/// The X-Ray trace header, <c>Root=1-TIME-RANDOM;Parent=SPAN;Sampled=1</c>, and what follows it. Source: "X-Ray concepts",
/// tracing header, X-Ray Developer Guide.
/// </summary>
/// <remarks>
/// A header that is made here names the beginning of its own root as its parent: a form that AWS has, a span that does not exist,
/// so that whoever reads it later, in the queue too, knows that the trace begins here.
/// </remarks>
public static class TraceHeader
{
    /// <summary>What a header may have at most. AWS does not say; its own are below 256.</summary>
    private const int LettersAtMost = 512;

    private static readonly SearchValues<char> HexLetters = SearchValues.Create("0123456789abcdef");
    private const int TimeLetters = 8, RandomLetters = 24, SpanLetters = 16;

    /// <summary>True if a client's text may go on: it has a root, and nothing that no header may have.</summary>
    public static bool IsUsable(string sent) =>
        sent.Contains("Root=", StringComparison.OrdinalIgnoreCase) && sent.Length <= LettersAtMost && sent.All(c => c is >= ' ' and <= '~');

    /// <summary>A trace that begins here.</summary>
    public static string New(DateTimeOffset now, bool isSampled)
    {
        Span<byte> bytes = stackalloc byte[RandomLetters / 2];
        RandomBytes.Fill(bytes);
        var random = Convert.ToHexStringLower(bytes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Root=1-{now.ToUnixTimeSeconds():x8}-{random};Parent={random.AsSpan(0, SpanLetters)};Sampled={(isSampled ? '1' : '0')}");
    }

    /// <summary>The header as the parent of a span. False if it names no trace; a span is then of a trace of its own.</summary>
    public static bool TryRead(string header, out ActivityContext parent)
    {
        ReadOnlySpan<char> root = [], span = [], sampled = [];
        foreach (var range in header.AsSpan().Split(';'))
        {
            var field = header.AsSpan()[range].Trim();
            var equals = field.IndexOf('=');
            var name = equals < 0 ? [] : field[..equals];
            var value = field[(equals + 1)..];
            root = name.Equals("Root", StringComparison.OrdinalIgnoreCase) ? value : root;
            span = name.Equals("Parent", StringComparison.OrdinalIgnoreCase) ? value : span;
            sampled = name.Equals("Sampled", StringComparison.OrdinalIgnoreCase) ? value : sampled;
        }

        parent = default;
        if (root.Length != 2 + TimeLetters + 1 + RandomLetters || !root.StartsWith("1-") || root[2 + TimeLetters] != '-')
        {
            return false;
        }

        Span<char> trace = stackalloc char[TimeLetters + RandomLetters];
        root.Slice(2, TimeLetters).ToLowerInvariant(trace);
        root[(2 + TimeLetters + 1)..].ToLowerInvariant(trace[TimeLetters..]);
        if (!IsId(trace))
        {
            return false;
        }

        parent = new ActivityContext(
            ActivityTraceId.CreateFromString(trace), SpanOf(span, trace),
            sampled is "1" ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);
        return true;
    }

    /// <summary>The same trace, with another span above what follows.</summary>
    public static string WithParent(string header, ActivitySpanId parent)
    {
        var others = header.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(f => !Names(f, "Parent") && !Names(f, "Sampled")).ToList();
        var root = others.FindIndex(f => Names(f, "Root"));
        others.InsertRange(root + 1, [$"Parent={parent}", "Sampled=1"]);
        return string.Join(';', others);
    }

    private static ActivitySpanId SpanOf(ReadOnlySpan<char> sent, ReadOnlySpan<char> trace)
    {
        Span<char> span = stackalloc char[SpanLetters];
        return sent.Length == SpanLetters && sent.ToLowerInvariant(span) > 0 && IsId(span) && !span.SequenceEqual(trace.Slice(TimeLetters, SpanLetters))
            ? ActivitySpanId.CreateFromString(span)
            : default;
    }

    private static bool IsId(ReadOnlySpan<char> letters) => !letters.ContainsAnyExcept(HexLetters) && letters.ContainsAnyExcept('0');

    private static bool Names(string field, string name) =>
        field.StartsWith(name, StringComparison.OrdinalIgnoreCase) && field.Length > name.Length && field[name.Length] == '=';
}
