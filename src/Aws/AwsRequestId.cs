namespace Lambent.Aws;

/// <summary>The id by which AWS names one request: a UUID of version 4 in lower case with hyphens.</summary>
public static class AwsRequestId
{
    /// <summary>A new id.</summary>
    /// <param name="random">The chance to draw from, for runs that must replay; null draws from the system.</param>
    public static string New(Random? random = null)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (random is null)
        {
            RandomBytes.Fill(bytes);
        }
        else
        {
            random.NextBytes(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40); // version 4, RFC 9562 section 5.4
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // variant 10
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
