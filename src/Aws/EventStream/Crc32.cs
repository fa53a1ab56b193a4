namespace Lambent.Aws;

/// <summary>The CRC-32 of GZIP (RFC 1952, section 8), which every event stream message has twice.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n => Of((uint)n))];

    internal static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes)
        {
            crc = (crc >> 8) ^ Table[(byte)(crc ^ next)];
        }

        return ~crc;
    }

    private static uint Of(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ Polynomial;
        }

        return value;
    }
}
