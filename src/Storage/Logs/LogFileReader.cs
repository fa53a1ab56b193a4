using System.Buffers;
using System.Text;

namespace Lambent.Storage.Logs;

/// <summary>
/// Reads the events of a file one by one, in a little memory. What no store has written (an older Lambent's lines, a line cut by
/// kill -9) is an event too, with the time of the one before.
/// </summary>
internal sealed class LogFileReader(Stream file, long fallbackTime) : IDisposable
{
    /// <summary>Longer lines are cut: the store writes none.</summary>
    private const int LineBytesAtMost = 2 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> message = new(512);
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int start, end;
    private long time = fallbackTime, ingestion = fallbackTime, index = -1;
    private bool endsLine, hasEvent;

    /// <summary>The next event; its message is decoded only if its time is in the range, and empty otherwise.</summary>
    internal LogEvent? Next(long from, long to)
    {
        while (TryReadLine(out var line))
        {
            var isEvent = LogLine.TryRead(line, out var at, out var came, out var newline, out var text);
            if (!isEvent && line.StartsWith("# "u8) && !hasEvent && index < 0)
            {
                continue; // the head of the file
            }

            if (!isEvent && hasEvent && line.StartsWith("\t"u8))
            {
                message.Write("\n"u8);
                message.Write(line[1..]);
                continue;
            }

            var before = Take(from, to);
            if (isEvent)
            {
                (time, ingestion) = (at, came);
            }

            endsLine = newline;
            hasEvent = true;
            message.Write(text);
            if (before is not null)
            {
                return before;
            }
        }

        return Take(from, to);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        file.Dispose();
    }

    private LogEvent? Take(long from, long to)
    {
        if (!hasEvent)
        {
            return null;
        }

        hasEvent = false;
        index++;
        var isWanted = time >= from && time < to;
        var taken = new LogEvent(time, ingestion, index, isWanted ? Encoding.UTF8.GetString(message.WrittenSpan) + (endsLine ? "\n" : "") : "");
        message.ResetWrittenCount();
        return taken;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var searched = start;
        while (true)
        {
            var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (newline >= 0 || end - start >= LineBytesAtMost)
            {
                var length = newline >= 0 ? searched - start + newline : end - start;
                line = buffer.AsSpan(start, length);
                start += newline >= 0 ? length + 1 : length;
                return true;
            }

            searched = end;
            searched -= MakeRoom();
            var read = file.Read(buffer, end, buffer.Length - end);
            end += read;
            if (read == 0)
            {
                line = buffer.AsSpan(start, end - start);
                start = end;
                return line.Length > 0;
            }
        }
    }

    /// <summary>Moves what is left to the front, or into a larger buffer. Returns by how much it moved.</summary>
    private int MakeRoom()
    {
        var moved = start;
        if (start == 0 && end < buffer.Length)
        {
            return 0;
        }

        var to = start > 0 ? buffer : ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        Buffer.BlockCopy(buffer, start, to, 0, end - start);
        if (to != buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = to;
        }

        (start, end) = (0, end - start);
        return moved;
    }
}
