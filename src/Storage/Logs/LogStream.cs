using System.Buffers;
using System.Globalization;
using System.Text;
using Lambent.Contracts;

namespace Lambent.Storage.Logs;

/// <summary>
/// One stream of the store: the file <c>GROUP/STREAM.log</c>. Events wait in memory until the store's writer comes by, so that a
/// burst is one write; whoever reads writes them out first.
/// </summary>
public sealed class LogStream : ILogStream, IDisposable
{
    private const int WaitingBytesAtMost = 1024 * 1024, WaitingBytesKept = 64 * 1024;

    /// <summary>So much does not wait for the store's writer: what comes faster than it writes must not be dropped.</summary>
    private const int HurryingBytes = 128 * 1024;

    private const long StreamBytesAtMost = 64L * 1024 * 1024;

    private readonly LogStore store;
    private readonly string group;
    private readonly Lock gate = new();
    private readonly Lock writing = new();
    private ArrayBufferWriter<byte> waiting = new(), spare = new();
    private FileStream? file;
    private bool isListed, isQueued, isHurrying, isKnown;
    private long fileBytes;

    internal LogStream(LogStore store, string group, string name, string filePath, DateTimeOffset created, bool isListed)
    {
        (this.store, this.group, Name, FilePath, CreationTime) = (store, group, name, filePath, created.ToUnixTimeMilliseconds());
        (this.isListed, isKnown) = (isListed, !isListed);
    }

    /// <summary>As the API names it.</summary>
    public string Name { get; }

    /// <summary>Where its events are.</summary>
    public string FilePath { get; }

    /// <summary>Milliseconds since 1970, like all times here.</summary>
    public long CreationTime { get; private set; }

    /// <summary>The earliest event; null if there is none.</summary>
    public long? FirstEventTime { get; private set; }

    /// <summary>The latest event.</summary>
    public long? LastEventTime { get; private set; }

    /// <summary>When the last event came.</summary>
    public long? LastIngestionTime { get; private set; }

    /// <summary>Bytes of its events as they are stored, times included.</summary>
    public long StoredBytes { get; private set; }

    /// <inheritdoc/>
    public bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message) =>
        TryAppend(time.ToUnixTimeMilliseconds(), time.ToUnixTimeMilliseconds(), message);

    /// <summary>As <see cref="TryAppend(DateTimeOffset, ReadOnlySpan{byte})"/>, for an event that happened before it came.</summary>
    public bool TryAppend(long time, long ingestion, ReadOnlySpan<byte> message)
    {
        lock (gate)
        {
            if (waiting.WrittenCount + message.Length > WaitingBytesAtMost || StoredBytes + message.Length > StreamBytesAtMost)
            {
                return false;
            }

            if (!isListed)
            {
                isListed = true;
                CreationTime = ingestion;
                store.List(group, this);
            }

            var before = waiting.WrittenCount;
            LogLine.Write(waiting, time, ingestion, message);
            Count(time, ingestion, waiting.WrittenCount - before);
            if (!isQueued)
            {
                isQueued = true;
                store.Queue(this);
            }

            if (!isHurrying && waiting.WrittenCount >= HurryingBytes)
            {
                isHurrying = true;
                ThreadPool.UnsafeQueueUserWorkItem(stream => stream.WriteOut(), this, preferLocal: false);
            }

            return true;
        }
    }

    /// <summary>Every event, in the order in which they came. Messages of events outside of the range are empty.</summary>
    public IEnumerable<LogEvent> Read(long from, long to)
    {
        WriteOut();
        FileStream stream;
        try
        {
            stream = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            yield break;
        }

        using var reader = new LogFileReader(stream, CreationTime);
        while (reader.Next(from, to) is { } found)
        {
            yield return found;
        }
    }

    /// <summary>Learns from the file what the members above say, if an earlier process wrote it.</summary>
    public void Learn()
    {
        lock (writing)
        {
            if (isKnown)
            {
                return;
            }

            isKnown = true;
            foreach (var found in Read(0, 0))
            {
                lock (gate)
                {
                    Count(found.Time, found.Ingestion, 0);
                }
            }

            StoredBytes = File.Exists(FilePath) ? new FileInfo(FilePath).Length : 0;
        }
    }

    /// <summary>Writes what waits; lost if the disk does not take it: a full disk must not stop invocations.</summary>
    public void WriteOut()
    {
        lock (writing)
        {
            ArrayBufferWriter<byte> bytes;
            lock (gate)
            {
                (bytes, waiting, spare) = (waiting, spare, waiting);
                (isQueued, isHurrying) = (false, false);
                if (!isListed)
                {
                    bytes.ResetWrittenCount(); // it was deleted meanwhile
                }
            }

            if (bytes.WrittenCount > 0)
            {
                Write(bytes.WrittenSpan);
            }

            bytes.ResetWrittenCount();
            spare = bytes.Capacity > WaitingBytesKept ? new ArrayBufferWriter<byte>() : bytes;
        }
    }

    /// <summary>Makes the empty file of a stream that the API creates.</summary>
    internal void Create()
    {
        lock (writing)
        {
            Write([]);
        }
    }

    /// <summary>Closes the file until the next write.</summary>
    public void Dispose()
    {
        lock (writing)
        {
            file?.Dispose();
            file = null;
        }
    }

    /// <summary>It is no more; a further event would begin it anew.</summary>
    internal void Delete()
    {
        lock (writing)
        {
            lock (gate)
            {
                (isListed, isKnown, StoredBytes, fileBytes) = (false, true, 0, 0);
                (FirstEventTime, LastEventTime, LastIngestionTime) = (null, null, null);
                waiting.ResetWrittenCount();
            }

            Dispose();
            if (File.Exists(FilePath))
            {
                File.Delete(FilePath);
            }
        }
    }

    private void Count(long time, long ingestion, int bytes)
    {
        FirstEventTime = Math.Min(FirstEventTime ?? time, time);
        LastEventTime = Math.Max(LastEventTime ?? time, time);
        LastIngestionTime = ingestion;
        StoredBytes += bytes;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (file is null)
            {
                if (!Directory.Exists(Path.GetDirectoryName(FilePath)))
                {
                    store.Save(group);
                }

                file = new FileStream(FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                fileBytes = file.Length;
                store.Opened(this);
            }

            if (fileBytes == 0)
            {
                var created = DateTimeOffset.FromUnixTimeMilliseconds(CreationTime).UtcDateTime.ToString(LogLine.TimeFormat, CultureInfo.InvariantCulture);
                file.Write(Encoding.UTF8.GetBytes($"# {created} {Uri.EscapeDataString(Name)}\n"));
            }

            file.Write(bytes);
            fileBytes = file.Position;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }
}
