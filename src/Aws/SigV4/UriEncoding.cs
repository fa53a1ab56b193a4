using System.Buffers;
using System.Text;

namespace Lambent.Aws;

/// <summary>
/// SigV4's <c>UriEncode</c>: all but A-Z a-z 0-9 - . _ ~ becomes %XX of its UTF-8 bytes, in capitals.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static class UriEncoding
{
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>Encodes text as it stands: a percent sign becomes %25.</summary>
    public static void Encode(ref PooledBytes to, ReadOnlySpan<char> text) => Write(ref to, text, decodeFirst: false);

    /// <summary>
    /// Brings a component of a raw query into the one form that is signed, however the client wrote it: %7e and ~ are the
    /// same, and a plus is a space, as the server's own query parser reads it. A percent sign that begins no escape
    /// stands for itself.
    /// </summary>
    public static void Normalize(ref PooledBytes to, ReadOnlySpan<char> raw) => Write(ref to, raw, decodeFirst: true);

    private static void Write(ref PooledBytes to, ReadOnlySpan<char> text, bool decodeFirst)
    {
        while (true)
        {
            var plain = text.IndexOfAnyExcept(Unreserved);
            to.Add(plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                return;
            }

            text = text[plain..];
            text = text[WriteOne(ref to, text, decodeFirst)..];
        }
    }

    // Returns how many characters it has used.
    private static int WriteOne(ref PooledBytes to, ReadOnlySpan<char> text, bool decodeFirst)
    {
        if (decodeFirst && text[0] == '+')
        {
            Escape(ref to, (byte)' ');
            return 1;
        }

        if (decodeFirst && text[0] == '%' && TryUnescape(text, out var value))
        {
            AddByte(ref to, value);
            return 3;
        }

        Rune.DecodeFromUtf16(text, out var rune, out var used);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var unit in utf8[..rune.EncodeToUtf8(utf8)])
        {
            Escape(ref to, unit);
        }

        return used;
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, out byte value)
    {
        value = 0;
        if (text.Length < 3 || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2]))
        {
            return false;
        }

        value = (byte)((HexDigit(text[1]) << 4) | HexDigit(text[2]));
        return true;
    }

    private static int HexDigit(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static void AddByte(ref PooledBytes to, byte value)
    {
        if (Unreserved.Contains((char)value))
        {
            to.Add(value);
        }
        else
        {
            Escape(ref to, value);
        }
    }

    private static void Escape(ref PooledBytes to, byte value)
    {
        to.Add((byte)'%');
        to.Add("0123456789ABCDEF"u8[value >> 4]);
        to.Add("0123456789ABCDEF"u8[value & 15]);
    }
}
