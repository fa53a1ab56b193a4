using System.Security.Cryptography;

namespace Lambent.Aws;

/// <summary>Random bytes for ids that each request needs, drawn from the system many at a time: a call of the kernel costs more than the rest of an id.</summary>
public static class RandomBytes
{
    private const int DrawnAtOnce = 4096;

    [ThreadStatic]
    private static byte[]? drawn;

    [ThreadStatic]
    private static int left;

    /// <summary>Fills <paramref name="bytes"/>, at most 4,096. No byte is given out twice.</summary>
    public static void Fill(Span<byte> bytes)
    {
        if (left < bytes.Length)
        {
            drawn ??= new byte[DrawnAtOnce];
            RandomNumberGenerator.Fill(drawn);
            left = DrawnAtOnce;
        }

        var taken = drawn.AsSpan(DrawnAtOnce - left, bytes.Length);
        taken.CopyTo(bytes);
        taken.Clear();
        left -= bytes.Length;
    }
}
