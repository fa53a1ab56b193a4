namespace Lambent.Aws;

/// <summary>
/// The path as it is signed. Every service but S3 signs the path of the wire with dot segments and empty segments taken
/// out and each segment encoded once more, so that <c>/functions/arn%3Aaws</c> is signed as <c>/functions/arn%253Aaws</c>.
/// S3 signs the path of the wire. (RFC 3986 section 5.2.4; botocore <c>auth.py</c> <c>_normalize_url_path</c>.)
/// </summary>
internal static class CanonicalPath
{
    public static void Write(ref PooledBytes to, ReadOnlySpan<char> rawPath, string service)
    {
        if (service == AmzSigning.S3)
        {
            to.Add(rawPath.IsEmpty ? "/" : rawPath);
            return;
        }

        var start = to.Length;
        foreach (var range in rawPath.Split('/'))
        {
            AddSegment(ref to, rawPath[range], start);
        }

        if (to.Length == start || rawPath[^1] == '/')
        {
            to.Add((byte)'/');
        }
    }

    private static void AddSegment(ref PooledBytes to, ReadOnlySpan<char> segment, int start)
    {
        switch (segment)
        {
            case "" or ".":
                return;
            case "..":
                // An encoded segment holds no slash: the last one begins the segment before.
                var slash = to.Written[start..].LastIndexOf((byte)'/');
                to.CutTo(start + Math.Max(slash, 0));
                return;
            default:
                to.Add((byte)'/');
                UriEncoding.Encode(ref to, segment);
                return;
        }
    }
}
