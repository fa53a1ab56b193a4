using System.Buffers;

namespace Lambent.Aws;

/// <summary>
/// The query as it is signed: each name and value in one form of encoding, ordered by encoded name and then by encoded
/// value, without <c>X-Amz-Signature</c>.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static class CanonicalQuery
{
    private readonly record struct Pair(int Start, int NameLength, int Length);

    public static void Write(ref PooledBytes to, ReadOnlySpan<char> rawQuery)
    {
        if (rawQuery.IsEmpty)
        {
            return;
        }

        var encoded = new PooledBytes(rawQuery.Length * 2);
        var pairs = ArrayPool<Pair>.Shared.Rent(rawQuery.Count('&') + 1);
        try
        {
            var count = Encode(ref encoded, rawQuery, pairs);
            Join(ref to, encoded, pairs.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<Pair>.Shared.Return(pairs);
            encoded.Dispose();
        }
    }

    private static int Encode(ref PooledBytes encoded, ReadOnlySpan<char> rawQuery, Pair[] pairs)
    {
        var count = 0;
        foreach (var range in rawQuery.Split('&'))
        {
            var start = encoded.Length;
            if (!rawQuery[range].IsEmpty && AddPair(ref encoded, rawQuery[range], out var nameLength))
            {
                pairs[count++] = new(start, nameLength, encoded.Length - start);
            }
        }

        return count;
    }

    private static bool AddPair(ref PooledBytes encoded, ReadOnlySpan<char> raw, out int nameLength)
    {
        var start = encoded.Length;
        var equals = raw.IndexOf('=');
        UriEncoding.Normalize(ref encoded, equals < 0 ? raw : raw[..equals]);
        nameLength = encoded.Length - start;
        if (encoded.Written[start..].SequenceEqual("X-Amz-Signature"u8))
        {
            encoded.CutTo(start);
            return false;
        }

        encoded.Add((byte)'=');
        UriEncoding.Normalize(ref encoded, equals < 0 ? [] : raw[(equals + 1)..]);
        return true;
    }

    private static void Join(ref PooledBytes to, in PooledBytes encoded, Span<Pair> pairs)
    {
        if (pairs.Length > 1)
        {
            pairs.Sort(new ByNameThenValue(encoded.Array));
        }

        for (var i = 0; i < pairs.Length; i++)
        {
            if (i > 0)
            {
                to.Add((byte)'&');
            }

            to.Add(encoded.Written.Slice(pairs[i].Start, pairs[i].Length));
        }
    }

    // Names first: '=' sorts after '-', '.' and the digits, so the joined text would come out in another order.
    private sealed class ByNameThenValue(byte[] encoded) : IComparer<Pair>
    {
        public int Compare(Pair x, Pair y)
        {
            var names = Name(x).SequenceCompareTo(Name(y));
            return names != 0 ? names : Value(x).SequenceCompareTo(Value(y));
        }

        private ReadOnlySpan<byte> Name(Pair pair) => encoded.AsSpan(pair.Start, pair.NameLength);

        private ReadOnlySpan<byte> Value(Pair pair) =>
            encoded.AsSpan(pair.Start + pair.NameLength, pair.Length - pair.NameLength);
    }
}
