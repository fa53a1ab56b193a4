using System.Collections.Concurrent;
using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Storage.Logs;

/// <summary>
/// Log streams as files: <c>FOLDER/GROUP/STREAM.log</c>, with names escaped; <see cref="LogLine"/> has their form. One writer
/// appends for all. A function that floods its log loses events of its own, never the worker's memory or disk. In the background
/// old streams go: by the age that their group keeps events, and the oldest of all while they have more bytes than they may.
/// </summary>
public sealed class LogStore : IAsyncDisposable
{
    private const int OpenFilesAtMost = 128;

    /// <summary>The lines of a busy function are written together: not two writes, by another thread, for each event.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan RetentionRound = TimeSpan.FromMinutes(1);

    private readonly string folder;
    private readonly long bytesAtMost;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, LogGroup> groups = new(StringComparer.Ordinal);

    /// <summary>Not bounded by itself: a stream is in it at most once.</summary>
    private readonly Channel<LogStream> queue = Channel.CreateUnbounded<LogStream>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentQueue<LogStream> open = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Task writing;
    private readonly Task retaining;

    /// <param name="folder">Groups go below it.</param>
    /// <param name="megabytesAtMost">For all streams together.</param>
    /// <param name="clock">Time.</param>
    public LogStore(string folder, int megabytesAtMost, TimeProvider clock)
    {
        (this.folder, bytesAtMost, this.clock) = (folder, megabytesAtMost * 1024L * 1024, clock);
        Directory.CreateDirectory(folder);
        foreach (var group in Directory.EnumerateDirectories(folder).Select(f => LogGroup.Load(this, f)))
        {
            groups[group.Settings.Name] = group;
        }

        writing = Task.Run(WriteAsync);
        retaining = Task.Run(RetainAsync);
    }

    /// <summary>Events of this group that are older than this are not shown any more.</summary>
    public long OldestKept(LogGroup group) => group.Settings.RetentionInDays is { } days
        ? clock.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds()
        : long.MinValue;

    /// <summary>A stream of a group. Both appear with the first event, as on AWS.</summary>
    public ILogStream Open(string group, string stream) =>
        groups.GetValueOrDefault(group)?.FindListed(stream)
        ?? new LogStream(this, group, stream, New(group).PathOf(stream), clock.GetUtcNow(), isListed: false);

    /// <summary>All groups, in the order of their names.</summary>
    public IReadOnlyList<LogGroup> Groups() => [.. groups.Values.OrderBy(g => g.Settings.Name, StringComparer.Ordinal)];

    /// <summary>The group of this name, or null.</summary>
    public LogGroup? Find(string name) => groups.GetValueOrDefault(name);

    /// <summary>Makes an empty group. False if there is one.</summary>
    public bool TryCreate(LogGroupSettings settings)
    {
        var made = new LogGroup(this, FolderOf(settings.Name), settings, isNew: true);
        if (!groups.TryAdd(settings.Name, made))
        {
            return false;
        }

        made.Save();
        return true;
    }

    /// <summary>Takes a group with its streams away. False if there is none.</summary>
    public bool Delete(string name)
    {
        var found = groups.TryRemove(name, out var group);
        group?.DeleteAll();
        return found;
    }

    /// <summary>One round of retention. Streams that an event came to within the last minute are safe from it.</summary>
    public void Retain()
    {
        var now = clock.GetUtcNow();
        List<(LogGroup Group, LogStream Stream, DateTimeOffset Written, long Bytes)> files = [];
        foreach (var group in Groups())
        {
            foreach (var stream in group.Streams())
            {
                var file = new FileInfo(stream.FilePath);
                if (file.Exists && file.LastWriteTimeUtc < now - RetentionRound)
                {
                    files.Add((group, stream, file.LastWriteTimeUtc, file.Length));
                }
                else if (file.Exists)
                {
                    files.Add((group, stream, DateTimeOffset.MaxValue, file.Length));
                }
            }
        }

        var bytes = files.Sum(f => f.Bytes);
        foreach (var (group, stream, written, size) in files.OrderBy(f => f.Written).Where(f => f.Written < DateTimeOffset.MaxValue))
        {
            if (bytes > bytesAtMost || (group.Settings.RetentionInDays is { } days && written < now.AddDays(-days)))
            {
                bytes -= size;
                group.Delete(stream.Name);
            }
        }
    }

    /// <summary>Writes what waits, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        queue.Writer.TryComplete();
        await Task.WhenAll(writing, retaining);
        stopping.Dispose();
    }

    internal void Queue(LogStream stream) => queue.Writer.TryWrite(stream);

    internal void Opened(LogStream stream) => open.Enqueue(stream);

    /// <summary>The stream has its first event: now it is there, and so is its group.</summary>
    internal void List(string group, LogStream stream) => groups.GetOrAdd(group, New).List(stream);

    /// <summary>The folder of a group that has none yet.</summary>
    internal void Save(string group) => groups.GetValueOrDefault(group)?.Save();

    private LogGroup New(string name) =>
        new(this, FolderOf(name), new LogGroupSettings(name, clock.GetUtcNow().ToUnixTimeMilliseconds()), isNew: true);

    private string FolderOf(string group) => Path.Combine(folder, LogNames.FileName(group));

    private async Task WriteAsync()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            await Task.Delay(Gathering, clock, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (queue.Reader.TryRead(out var stream))
            {
                stream.WriteOut();
                CloseDownTo(OpenFilesAtMost);
            }
        }

        CloseDownTo(0);
    }

    private void CloseDownTo(int most)
    {
        while (open.Count > most && open.TryDequeue(out var oldest))
        {
            oldest.Dispose(); // each write has reached its file: there is no buffer
        }
    }

    private void RetainUnlessBroken()
    {
        try
        {
            Retain();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that would not go now is tried again in the next round.
        }
    }

    private async Task RetainAsync()
    {
        using var round = new PeriodicTimer(RetentionRound, clock);
        try
        {
            while (await round.WaitForNextTickAsync(stopping.Token))
            {
                RetainUnlessBroken();
            }
        }
        catch (OperationCanceledException)
        {
            // The store closes.
        }
    }
}
