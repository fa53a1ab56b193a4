using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Worker.Logs;

/// <summary>
/// Log streams as files: <c>FOLDER/GROUP/STREAM.log</c>, with names escaped. One writer appends for all; a function that floods
/// its log loses lines of its own (and the stream says so), never the worker's memory or disk.
/// </summary>
public sealed class LogStore : ILogStore, IAsyncDisposable
{
    /// <summary>Chunks that may wait for the disk: 4,096 of at most 32 KiB bound the memory to 128 MiB.</summary>
    private const int WaitingChunksAtMost = 4096;

    private const int OpenFilesAtMost = 128;

    private const int LongestFileName = 200;

    private const long MaxStreamBytes = 64L * 1024 * 1024;

    private readonly string folder;
    private readonly Channel<(LogStream Stream, byte[] Buffer, int Length)> waiting =
        Channel.CreateBounded<(LogStream, byte[], int)>(new BoundedChannelOptions(WaitingChunksAtMost) { SingleReader = true });

    private readonly Task writing;

    /// <summary>Streams go below this folder.</summary>
    public LogStore(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>A stream of a group; its file is made with the first line.</summary>
    public ILogStream Open(string group, string stream)
    {
        return new LogStream(this, Path.Combine(folder, FileName(group), $"{FileName(stream)}.log"));
    }

    /// <summary>A name as one file name: escaped, never <c>.</c> or <c>..</c>, and cut with a hash where a file system would refuse it.</summary>
    private static string FileName(string name)
    {
        var escaped = Uri.EscapeDataString(name).Replace("..", "%2E%2E", StringComparison.Ordinal);
        return escaped == "." ? "%2E"
            : escaped.Length <= LongestFileName ? escaped
            : $"{escaped[..LongestFileName]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";
    }

    /// <summary>Writes what waits, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
    }

    internal bool TryAppend(LogStream stream, ReadOnlySpan<byte> bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer);
        if (waiting.Writer.TryWrite((stream, buffer, bytes.Length)))
        {
            return true;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return false;
    }

    private async Task WriteAsync()
    {
        var open = new Dictionary<LogStream, FileStream?>();
        await foreach (var chunk in waiting.Reader.ReadAllAsync())
        {
            if (!open.TryGetValue(chunk.Stream, out var file))
            {
                CloseIfMany(open);
                open[chunk.Stream] = file = OpenFile(chunk.Stream);
            }

            Append(file, chunk.Buffer.AsSpan(0, chunk.Length));
            ArrayPool<byte>.Shared.Return(chunk.Buffer);
        }

        CloseIfMany(open, most: 0);
    }

    private static void CloseIfMany(Dictionary<LogStream, FileStream?> open, int most = OpenFilesAtMost)
    {
        if (open.Count > most)
        {
            open.Values.ToList().ForEach(file => file?.Dispose()); // each write has reached its file: there is no buffer
            open.Clear();
        }
    }

    private static FileStream? OpenFile(LogStream stream)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(stream.FilePath)!);
            return new FileStream(stream.FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a full disk must not stop invocations; the lines of this chunk are lost
        }
    }

    private static void Append(FileStream? file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (file is not null && file.Length < MaxStreamBytes)
            {
                file.Write(bytes);
            }
        }
        catch (IOException)
        {
            // As above.
        }
    }
}

/// <summary>One stream of the store.</summary>
public sealed class LogStream : ILogStream
{
    private readonly LogStore store;

    internal LogStream(LogStore store, string filePath) => (this.store, FilePath) = (store, filePath);

    /// <summary>Where its lines are.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message) => store.TryAppend(this, message);
}
