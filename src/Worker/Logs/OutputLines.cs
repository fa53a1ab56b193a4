using System.Buffers;
using System.Buffers.Binary;

namespace Lambent.Worker.Logs;

/// <summary>
/// Cuts what comes out of one pipe into log events: a line each, or a frame each. Frames are AWS's, as its runtimes write them to
/// <c>_LAMBDA_TELEMETRY_LOG_FD</c>: type (0xa55a00 and a byte: kind in the low two bits, level above), length, for kinds 2 and 3
/// a time in microseconds, all big-endian, then the message, which may have many lines. Lambent names stdout as that descriptor
/// (decision 0015), so lines and frames come by one pipe, in their order. Source: awslambdaric, <c>FramedTelemetryLogSink</c>.
/// </summary>
internal sealed class OutputLines
{
    /// <summary>CloudWatch's limit of an event until 2025. What is longer becomes several.</summary>
    internal const int MaxEventBytes = 256 * 1024;

    private const int MarkBytes = 4, LengthEnd = 8, TimedHeaderBytes = 16;

    private readonly ArrayBufferWriter<byte> line = new(256);
    private readonly ArrayBufferWriter<byte> frame = new(256);

    /// <summary>Bytes of the message of a frame that are still to come; null outside of a frame.</summary>
    private long? missing;

    /// <summary>What the frame's header says of when its event was; null if it says nothing.</summary>
    private DateTimeOffset? time;

    /// <summary>One event; framed ones carry no newline of their own unless the runtime wrote it, and may say when they were.</summary>
    internal delegate void Sink(ReadOnlySpan<byte> message, bool isFramed, DateTimeOffset? time);

    private static ReadOnlySpan<byte> Mark => [0xa5, 0x5a, 0x00];

    /// <summary>Takes what was read, and hands on every event that is complete.</summary>
    internal void Feed(ReadOnlySpan<byte> bytes, Sink sink)
    {
        while (!bytes.IsEmpty)
        {
            bytes = missing is not null ? FeedMessage(bytes, sink)
                : frame.WrittenCount > 0 ? FeedHeader(bytes, sink)
                : FeedLine(bytes, sink);
        }
    }

    /// <summary>Hands on what is there of an incomplete event. What comes of it later is an event of its own.</summary>
    internal void Flush(Sink sink)
    {
        if (missing is not null)
        {
            Deliver(frame, isFramed: true, sink);
        }
        else if (frame.WrittenCount < Mark.Length)
        {
            line.Write(frame.WrittenSpan); // it only looked like a frame
            frame.ResetWrittenCount();
        }

        Deliver(line, isFramed: false, sink);
    }

    private ReadOnlySpan<byte> FeedLine(ReadOnlySpan<byte> bytes, Sink sink)
    {
        var end = bytes.IndexOfAny((byte)'\n', Mark[0]);
        var isLine = end >= 0 && bytes[end] == '\n';
        var taken = Math.Min(end < 0 ? bytes.Length : isLine ? end + 1 : end, MaxEventBytes - line.WrittenCount);
        line.Write(bytes[..taken]);
        if ((isLine && taken == end + 1) || line.WrittenCount == MaxEventBytes)
        {
            Deliver(line, isFramed: false, sink);
        }
        else if (taken == end)
        {
            frame.Write(bytes[taken..(taken + 1)]);
            taken++;
        }

        return bytes[taken..];
    }

    /// <summary>The buffer holds the beginning of what may be a frame; whatever shows that it is none makes it part of a line.</summary>
    private ReadOnlySpan<byte> FeedHeader(ReadOnlySpan<byte> bytes, Sink sink)
    {
        frame.Write(bytes[..1]);
        var header = frame.WrittenSpan;
        var isMark = header[..Math.Min(header.Length, Mark.Length)].SequenceEqual(Mark[..Math.Min(header.Length, Mark.Length)]);
        if (!isMark || (header.Length >= MarkBytes && ((header[3] & 3) == 0 || header[3] > 0x1f)))
        {
            // The first byte was one of a line; the others are read again, for they may begin a frame or end the line.
            var again = header[1..].ToArray();
            frame.ResetWrittenCount();
            AppendToLine(Mark[0], sink);
            Feed(again, sink);
        }
        else if (header.Length >= LengthEnd && header.Length == ((header[3] & 3) == 1 ? LengthEnd : TimedHeaderBytes))
        {
            missing = BinaryPrimitives.ReadUInt32BigEndian(header[MarkBytes..]);
            time = header.Length == TimedHeaderBytes ? TimeOf(BinaryPrimitives.ReadUInt64BigEndian(header[LengthEnd..])) : null;
            frame.ResetWrittenCount();
            if (missing == 0)
            {
                missing = null;
            }
        }

        return bytes[1..];
    }

    private ReadOnlySpan<byte> FeedMessage(ReadOnlySpan<byte> bytes, Sink sink)
    {
        var taken = (int)Math.Min(Math.Min(bytes.Length, missing!.Value), MaxEventBytes - frame.WrittenCount);
        frame.Write(bytes[..taken]);
        missing -= taken;
        if (missing == 0 || frame.WrittenCount == MaxEventBytes)
        {
            Deliver(frame, isFramed: true, sink);
        }

        missing = missing == 0 ? null : missing;
        return bytes[taken..];
    }

    private static DateTimeOffset? TimeOf(ulong microseconds) =>
        microseconds <= (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).TotalMicroseconds / 2
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds) : null;

    private void AppendToLine(byte value, Sink sink)
    {
        line.Write([value]);
        if (line.WrittenCount == MaxEventBytes)
        {
            Deliver(line, isFramed: false, sink);
        }
    }

    private void Deliver(ArrayBufferWriter<byte> buffer, bool isFramed, Sink sink)
    {
        if (buffer.WrittenCount > 0)
        {
            sink(buffer.WrittenSpan, isFramed, isFramed ? time : null);
            buffer.ResetWrittenCount();
        }
    }
}
