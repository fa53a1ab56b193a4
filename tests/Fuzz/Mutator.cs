using System.Text;

namespace Lambent.Fuzz;

/// <summary>Makes inputs that are nearly right of inputs that are right: a few changes each, all of them from one source of chance.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus)
{
    private const int ChangesAtMost = 5, LongestRun = 64, LongestInput = 64 * 1024;

    /// <summary>What parsers look for, and numbers at the edges of their types.</summary>
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\0", "\r\n", "\n\n", "\r\n\r\n", " ", "\t", "%", "%00", "%2e%2e%2f", "%ff", "..", "../", "/", "\\", "//", ":", ";", ",", "=", "&", "?", "#", "{", "}", "[", "]", "\"",
            "\\u0000", "\\ud800", "null", "true", "-0", "1e999", "-1", "0", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "9223372036854775807",
            "18446744073709551616", "99999999999999999999999999", "$LATEST", "arn:aws:lambda:", "function:", "Credential=", "SignedHeaders=", "Signature=", "AWS4-HMAC-SHA256 ",
            "X-Amz-Date: ", "host", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "HTTP/1.1", "HTTP/2.0", "Root=", "Sampled=1", "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06",
        }.Select(Encoding.Latin1.GetBytes),
        [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf],
    ];

    /// <summary>The next input.</summary>
    internal byte[] Next(Random chance)
    {
        var input = Pick(chance, corpus).ToList();
        for (var changes = chance.Next(1, ChangesAtMost + 1); changes > 0; changes--)
        {
            Change(chance, input);
        }

        return [.. input.Take(LongestInput)];
    }

    private void Change(Random chance, List<byte> input)
    {
        var at = chance.Next(input.Count + 1);
        var length = Math.Min(chance.Next(1, LongestRun), input.Count - at);
        switch (chance.Next(9))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << chance.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)chance.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 4: // an end that is missing
                input.RemoveRange(at, input.Count - at);
                break;
            case 5: // the end of another input
                var other = Pick(chance, corpus);
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other[chance.Next(other.Length + 1)..]);
                break;
            case 6: // a length that lies
                var number = Pick(chance, Words);
                input.RemoveRange(at, Math.Min(number.Length, input.Count - at));
                input.InsertRange(at, number);
                break;
            case 7 when at < input.Count: // the same again and again
                input.InsertRange(at, Enumerable.Repeat(input[at], chance.Next(1, 4096)));
                break;
            default:
                input.InsertRange(at, Pick(chance, Words));
                break;
        }
    }

    private static byte[] Pick(Random chance, IReadOnlyList<byte[]> from) => from[chance.Next(from.Count)];
}
