using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using Lambent.Contracts;

namespace Lambent.Invoke.Tracing;

/// <summary>
/// Which functions an event has run already: the <c>Lineage</c> of its X-Ray trace header. A function's SDK sends the header on
/// with all that it calls, so a chain that comes back to the same function can be counted, and stopped: a decider, no I/O.
/// </summary>
/// <remarks>
/// Source: "Use Lambda recursive loop detection", Lambda Developer Guide: "about 16 times". AWS does not document the form; it was
/// recorded as <c>Lineage=15:HASH:14</c> in the 15th of a function's own calls: all runs of the chain, the first eight hex letters
/// that name the function, and its earlier runs. Here further functions follow with <c>|HASH:RUNS</c>, as in AWS's earlier form,
/// so that each function of a longer circle is counted exactly.
/// </remarks>
public static class Lineage
{
    /// <summary>Runs of one function in one chain. Source: as above, "approximately 16 times".</summary>
    public const int RunsAtMost = 16;

    /// <summary>More functions than this are not remembered: the header stays below the 256 letters that X-Ray's libraries keep.</summary>
    private const int FunctionsAtMost = 12;

    /// <summary>Where counting stops, for functions that may call themselves for ever. Source: OpenTelemetry's X-Ray propagator.</summary>
    private const int MostRuns = 32_767;

    private const int HashLetters = 8;
    private const string Field = "Lineage=";
    private static readonly SearchValues<string> Fields = SearchValues.Create([Field], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<char> HexLetters = SearchValues.Create("0123456789abcdef");

    /// <summary>Writes a run of the function into the header.</summary>
    /// <param name="traceHeader">As it came; whatever a client sends is well, and what has not the form counts as nothing.</param>
    /// <param name="function">What is to run, with or without a qualifier.</param>
    /// <returns>The header for the function, and how often it has run in this chain before.</returns>
    public static (string TraceHeader, int EarlierRuns) Add(string traceHeader, FunctionArn function)
    {
        var (before, value) = Split(traceHeader);
        var hash = HashOf(function);
        if (value.Length == 0 || !TryRead(value, out var runs, out var functions))
        {
            return ($"{before};{Field}1:{hash}:0", 0);
        }

        var at = functions.FindIndex(f => f.Hash == hash);
        var earlier = at < 0 ? 0 : functions[at].Earlier + 1;
        if (at >= 0)
        {
            functions[at] = (hash, Math.Min(earlier, MostRuns));
        }
        else
        {
            Forget(functions);
            functions.Add((hash, 0));
        }

        var line = string.Join('|', functions.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Hash}:{f.Earlier}")));
        return (string.Create(CultureInfo.InvariantCulture, $"{before};{Field}{Math.Min(runs + 1, MostRuns)}:{line}"), earlier);
    }

    /// <summary>Makes room for one more: the function that has come back least often goes.</summary>
    private static void Forget(List<(string Hash, int Earlier)> functions)
    {
        if (functions.Count == FunctionsAtMost)
        {
            functions.Remove(functions.MinBy(f => f.Earlier));
        }
    }

    /// <summary>The header without its lineage, and the lineage, or nothing.</summary>
    private static (string Before, string Value) Split(string header)
    {
        var value = "";
        if (!header.AsSpan().ContainsAny(Fields))
        {
            return (header.TrimEnd(';'), value);
        }

        List<string> others = [];
        foreach (var field in header.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (field.StartsWith(Field, StringComparison.OrdinalIgnoreCase))
            {
                value = field[Field.Length..];
            }
            else
            {
                others.Add(field);
            }
        }

        return (string.Join(';', others), value);
    }

    private static bool TryRead(string value, out int runs, [NotNullWhen(true)] out List<(string Hash, int Earlier)>? functions)
    {
        functions = null;
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !TryCount(value.AsSpan(0, colon), out runs))
        {
            runs = 0;
            return false;
        }

        var entries = value[(colon + 1)..].Split('|');
        List<(string, int)> read = [];
        foreach (var entry in entries)
        {
            if (entry.Length < HashLetters + 2 || entry[HashLetters] != ':' || !TryCount(entry.AsSpan(HashLetters + 1), out var earlier)
                || entry.AsSpan(0, HashLetters).ContainsAnyExcept(HexLetters))
            {
                return false;
            }

            read.Add((entry[..HashLetters], earlier));
        }

        functions = read.Count <= FunctionsAtMost ? read : null;
        return functions is not null;
    }

    private static bool TryCount(ReadOnlySpan<char> digits, out int count) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= MostRuns;

    /// <summary>A checksum: it tells functions apart, and protects nothing.</summary>
    private static string HashOf(FunctionArn function)
    {
        var hash = uint.MaxValue;
        foreach (var letter in function.Unqualified)
        {
            hash = BitOperations.Crc32C(hash, letter);
        }

        return hash.ToString("x8", CultureInfo.InvariantCulture);
    }
}
