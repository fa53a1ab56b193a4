using System.Buffers;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// The signed headers as they are signed: name in lower case, colon, the values joined by commas, each trimmed and with
/// its runs of blanks folded into one space.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static class CanonicalHeaders
{
    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // The names that AWS's clients sign: looked up without making a string for each request.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> KnownNames = new[]
    {
        "accept", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "content-encoding", "content-length",
        "content-md5", "content-type", "date", "host", "user-agent", "x-amz-client-context", "x-amz-content-sha256",
        "x-amz-date", "x-amz-invocation-type", "x-amz-log-type", "x-amz-security-token", "x-amz-user-agent",
    }.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>
    /// Writes one line for each name of <paramref name="signed"/>, which are parted by semicolons. False if the names are
    /// not in lower case and in strictly rising order: no signer writes them so, and a name that came twice would let a
    /// short list be made into much work.
    /// </summary>
    public static bool TryWrite(ref PooledBytes to, ReadOnlySpan<char> signed, IHeaderDictionary headers)
    {
        ReadOnlySpan<char> previous = [];
        foreach (var range in signed.Split(';'))
        {
            var name = signed[range];
            if (name.SequenceCompareTo(previous) <= 0 || name.ContainsAny(Capitals))
            {
                return false;
            }

            WriteOne(ref to, name, headers);
            previous = name;
        }

        return true;
    }

    /// <summary>Whether a list of signed headers holds a name.</summary>
    public static bool Contains(ReadOnlySpan<char> signed, ReadOnlySpan<char> name)
    {
        foreach (var range in signed.Split(';'))
        {
            if (signed[range].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteOne(ref PooledBytes to, ReadOnlySpan<char> name, IHeaderDictionary headers)
    {
        to.Add(name);
        to.Add((byte)':');
        var values = headers[KnownNames.TryGetValue(name, out var known) ? known : name.ToString()];
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                to.Add((byte)',');
            }

            WriteFolded(ref to, values[i]);
        }

        to.Add((byte)'\n');
    }

    private static void WriteFolded(ref PooledBytes to, ReadOnlySpan<char> value)
    {
        value = value.Trim(" \t");
        while (true)
        {
            var blank = value.IndexOfAny(' ', '\t');
            to.Add(blank < 0 ? value : value[..blank]);
            if (blank < 0)
            {
                return;
            }

            to.Add((byte)' ');
            value = value[blank..].TrimStart(" \t");
        }
    }
}
