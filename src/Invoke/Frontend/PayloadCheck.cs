using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Lambent.Aws;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// Invoke takes JSON only, and says what is wrong in the words of AWS's own parser (Jackson). The payload itself goes on
/// as the bytes that came.
/// </summary>
internal static class PayloadCheck
{
    /// <summary>What a function gets when the caller sent nothing.</summary>
    internal static readonly ReadOnlyMemory<byte> Empty = "{}"u8.ToArray();

    private const int MaxDepth = 1000;

    /// <summary>Null if the payload is JSON, or empty.</summary>
    internal static AwsError? Error(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !Utf8.IsValid(reader.ValueSpan))
                {
                    var bad = (int)reader.TokenStartIndex + 1 + FirstInvalid(reader.ValueSpan);
                    return Refuse(payload, Words.InvalidUtf8(payload[bad]), bad + 1); // Jackson has read the byte
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            var at = Offset(payload, e);
            return Words.BadByteBehindToken(payload, at) is { } bad
                ? Refuse(payload, Words.InvalidUtf8(payload[bad]), bad + 1)
                : Refuse(payload, Words.Of(payload, at), at);
        }
    }

    /// <summary>Where a text stops being UTF-8.</summary>
    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return Math.Min(at, text.Length - 1);
    }

    private static AwsError Refuse(ReadOnlySpan<byte> payload, string words, int at)
    {
        var before = payload[..Math.Min(at, payload.Length)];
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - before.LastIndexOf((byte)'\n');
        return AwsError.User(
            400, "InvalidRequestContentException",
            string.Create(CultureInfo.InvariantCulture,
                $"Could not parse request body into json: Could not parse payload into json: {words}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"));
    }

    private static int Offset(ReadOnlySpan<byte> payload, JsonException e)
    {
        var offset = (int)(e.BytePositionInLine ?? 0);
        var start = 0;
        for (var line = 0; line < (e.LineNumber ?? 0) && start < payload.Length; line++)
        {
            start += payload[start..].IndexOf((byte)'\n') + 1;
        }

        return Math.Min(start + offset, payload.Length);
    }

    private static class Words
    {
        private const string Values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

        internal static string Of(ReadOnlySpan<byte> payload, int at)
        {
            if (at >= payload.Length)
            {
                return "Unexpected end-of-input";
            }

            var token = Encoding.ASCII.GetString(payload[TokenAt(payload, at)]);
            return token.Length > 0 && char.IsAsciiLetter(token[0])
                ? $"Unrecognized token '{token}': was expecting {Values}"
                : payload[at] >= 0xC0 ? InvalidUtf8(payload[at])
                : $"Unexpected character ({Character(payload[at])}): expected a valid value {Values}";
        }

        internal static string InvalidUtf8(byte bad) => string.Create(CultureInfo.InvariantCulture, $"Invalid UTF-8 start byte 0x{bad:x2}");

        /// <summary>Jackson reads a token that it does not know to its end, and complains of the byte there first if no character starts with it.</summary>
        internal static int? BadByteBehindToken(ReadOnlySpan<byte> payload, int at)
        {
            var token = TokenAt(payload, at);
            var (start, end) = (token.Start.Value, token.End.Value);
            return end > start && end < payload.Length && char.IsAsciiLetter((char)payload[start]) && payload[end] is (>= 0x80 and < 0xC0) or >= 0xF8
                ? end
                : null;
        }

        private static Range TokenAt(ReadOnlySpan<byte> payload, int at)
        {
            var start = at;
            while (start > 0 && char.IsAsciiLetterOrDigit((char)payload[start - 1]))
            {
                start--;
            }

            var end = at;
            while (end < payload.Length && end - start < 256 && char.IsAsciiLetterOrDigit((char)payload[end]))
            {
                end++;
            }

            return start..end;
        }

        private static string Character(byte value) => value is < 0x20 or > 0x7e
            ? string.Create(CultureInfo.InvariantCulture, $"(CTRL-CHAR, code {value})")
            : string.Create(CultureInfo.InvariantCulture, $"'{(char)value}' (code {value})");
    }
}
