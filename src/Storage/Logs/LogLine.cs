using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Lambent.Storage.Logs;

/// <summary>
/// An event in the file of its stream: <c>2026-11-21T08:27:40.123Z message</c>, to be read by people and <c>tail -f</c>. After the
/// time stands a space if the message ended with a newline, as what programs print does, and a tab if it did not. Further lines of
/// the message begin with a tab. If the event came later than it happened, <c>+MS</c> follows the time.
/// </summary>
internal static class LogLine
{
    internal const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private const int TimeBytes = 24;

    internal static void Write(IBufferWriter<byte> to, long time, long ingestion, ReadOnlySpan<byte> message)
    {
        var head = to.GetSpan(TimeBytes + 24);
        DateTimeOffset.FromUnixTimeMilliseconds(time).UtcDateTime.TryFormat(head, out _, "O"); // the same to the millisecond, and several times as fast
        head[TimeBytes - 1] = (byte)'Z';
        var written = TimeBytes;
        if (ingestion > time)
        {
            head[written++] = (byte)'+';
            Utf8Formatter.TryFormat(ingestion - time, head[written..], out var digits);
            written += digits;
        }

        var endsLine = !message.IsEmpty && message[^1] == '\n';
        head[written] = endsLine ? (byte)' ' : (byte)'\t';
        to.Advance(written + 1);
        message = endsLine ? message[..^1] : message;
        for (int end; (end = message.IndexOf((byte)'\n')) >= 0; message = message[(end + 1)..])
        {
            to.Write(message[..(end + 1)]);
            to.Write("\t"u8);
        }

        to.Write(message);
        to.Write("\n"u8);
    }

    /// <summary>Reads the beginning of an event; false for a further line, or what no store has written.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> line, out long time, out long ingestion, out bool endsLine, out ReadOnlySpan<byte> message)
    {
        (time, ingestion, endsLine) = (0, 0, true);
        message = line;
        if (line.Length <= TimeBytes || line[TimeBytes - 1] != 'Z' || !TryReadTime(line[..TimeBytes], out time))
        {
            return false;
        }

        var at = TimeBytes;
        ingestion = time;
        if (line[at] == '+')
        {
            if (!Utf8Parser.TryParse(line[(at + 1)..], out long later, out var digits) || later < 0)
            {
                return false;
            }

            ingestion += later;
            at += 1 + digits;
        }

        if (at >= line.Length || line[at] is not ((byte)' ' or (byte)'\t'))
        {
            return false;
        }

        endsLine = line[at] == ' ';
        message = line[(at + 1)..];
        return true;
    }

    private static bool TryReadTime(ReadOnlySpan<byte> text, out long time)
    {
        Span<char> chars = stackalloc char[TimeBytes];
        Encoding.Latin1.GetChars(text, chars);
        var isTime = DateTimeOffset.TryParseExact(chars, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
        time = parsed.ToUnixTimeMilliseconds();
        return isTime;
    }
}

/// <summary>One event of a stream, as it is read.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Ingestion">When it came, likewise.</param>
/// <param name="Index">Its place in the stream, from 0.</param>
/// <param name="Message">With its newline, if it had one.</param>
public sealed record LogEvent(long Time, long Ingestion, long Index, string Message);
