using System.Text;
using System.Text.Json;
using Lambent.Contracts;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.Logs;

/// <summary>
/// What one sandbox says: the platform's events and the function's lines. Both go to its log stream, in the function's format and
/// from its levels on; while an event runs also to that event's tail, the last 4 KB which <c>LogType=Tail</c> returns; and,
/// unfiltered, to whoever subscribed.
/// </summary>
internal sealed class SandboxLog(TimeProvider clock)
{
    private const int TailBytes = 4096;

    /// <summary>A frame may say when its event was; one that claims another time than the last minute before it came is not believed.</summary>
    private static readonly TimeSpan OldestBelieved = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<OutputPipe, OutputLines> pipes = [];
    private readonly byte[] tail = new byte[TailBytes * 2];
    private int tailLength;
    private bool capturing;
    private ILogStream? stream;
    private bool isJson;
    private SystemLogLevel leastSystem;
    private int leastApplication;
    private (DateTimeOffset At, string Process) arrived;
    private long droppedRecords, droppedBytes;

    /// <summary>Every event of the platform, in order with <see cref="ProcessWrote"/>. Called under the log's lock: must return at once.</summary>
    internal event Action<PlatformEvent>? PlatformSpoke;

    /// <summary>
    /// Every event that the runtime or an extension wrote: its time of arrival, the process (<see cref="SandboxProcess"/>), and the
    /// message with its newline. As <see cref="PlatformSpoke"/>.
    /// </summary>
    internal event Action<DateTimeOffset, string, string>? ProcessWrote;

    /// <summary>From now on what is said goes to this stream. Before, an empty sandbox's words go nowhere.</summary>
    internal void Open(ILogStream to, FunctionSnapshot function)
    {
        lock (gate)
        {
            stream = to;
            isJson = function.LogFormat == "JSON";
            leastSystem = Enum.TryParse<SystemLogLevel>(function.SystemLogLevel, ignoreCase: true, out var level) ? level : SystemLogLevel.Info;
            leastApplication = ApplicationLogLevel.Rank(function.ApplicationLogLevel);
        }
    }

    /// <summary>Takes what a process wrote. A line is an event once it is complete, or when the invocation ends.</summary>
    internal void Write(OutputPipe pipe, ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            if (stream is not null)
            {
                arrived = (clock.GetUtcNow(), pipe.Process);
                if (!pipes.TryGetValue(pipe, out var lines))
                {
                    pipes[pipe] = lines = new OutputLines();
                }

                lines.Feed(bytes, OnWritten);
            }
        }
    }

    /// <summary>The one place that events of the platform come through.</summary>
    internal void Emit(PlatformEvent said)
    {
        lock (gate)
        {
            var now = said with { Time = clock.GetUtcNow() };
            PlatformSpoke?.Invoke(now);
            if (isJson && now.Level >= leastSystem)
            {
                Keep(now.Time, [.. now.ToJson().Span, (byte)'\n']);
            }
            else if (!isJson && now.Text is { } text)
            {
                Keep(now.Time, Encoding.UTF8.GetBytes(text));
            }
        }
    }

    /// <summary>An event begins, and with it a new tail.</summary>
    internal void Begin(InvokeRequest request)
    {
        lock (gate)
        {
            FlushLines();
            (capturing, tailLength) = (true, 0);
            Emit(new PlatformEvent.Start(request.RequestId, request.Function.Arn.Qualifier!, request.TraceId));
        }
    }

    /// <summary>An event has ended; its tail.</summary>
    internal byte[] End(PlatformEvent.RuntimeDone done, PlatformEvent.Report report)
    {
        lock (gate)
        {
            FlushLines();
            Emit(done);
            Emit(report);
            capturing = false;
            return tail.AsSpan(Math.Max(0, tailLength - TailBytes), Math.Min(tailLength, TailBytes)).ToArray();
        }
    }

    internal void Abandon()
    {
        lock (gate)
        {
            capturing = false;
        }
    }

    /// <summary>A sentence of Lambent's own, where AWS has no event for it.</summary>
    internal void Warn(string message)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            var time = now.UtcDateTime.ToString(PlatformEvent.TimeFormat, System.Globalization.CultureInfo.InvariantCulture);
            var line = isJson
                ? $$"""{"timestamp":"{{time}}","level":"WARN","message":"{{JsonEncodedText.Encode(message)}}"}"""
                : $"{time}\tWARN\t{message}";
            Keep(now, Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    /// <summary>The processes have ended: what they began to write is complete, and what comes next is of others.</summary>
    internal void ProcessesEnded()
    {
        lock (gate)
        {
            FlushLines();
            pipes.Clear();
        }
    }

    private void FlushLines()
    {
        foreach (var (pipe, lines) in pipes)
        {
            arrived = (clock.GetUtcNow(), pipe.Process);
            lines.Flush(OnWritten);
        }
    }

    private void OnWritten(ReadOnlySpan<byte> message, bool isFramed, DateTimeOffset? time)
    {
        var at = time <= arrived.At && arrived.At - time <= OldestBelieved ? time.Value : arrived.At;
        ProcessWrote?.Invoke(at, arrived.Process, Encoding.UTF8.GetString(message));
        if (!isJson || isFramed || ApplicationLogLevel.RankOf(message) >= leastApplication) // who writes frames has filtered
        {
            Keep(at, message, endsLine: isFramed);
        }
    }

    private void Keep(DateTimeOffset time, ReadOnlySpan<byte> message, bool endsLine = false)
    {
        if (stream is not null)
        {
            Store(stream, time, message);
        }

        if (capturing)
        {
            AddToTail(message);
            if (endsLine && message[^1] != '\n')
            {
                AddToTail("\n"u8);
            }
        }
    }

    private void Store(ILogStream to, DateTimeOffset time, ReadOnlySpan<byte> message)
    {
        if (droppedRecords > 0)
        {
            var dropped = new PlatformEvent.LogsDropped(droppedRecords, droppedBytes) { Time = time };
            if (to.TryAppend(time, isJson ? dropped.ToJson().Span : Encoding.UTF8.GetBytes(dropped.Text)))
            {
                (droppedRecords, droppedBytes) = (0, 0);
                PlatformSpoke?.Invoke(dropped);
            }
        }

        if (!to.TryAppend(time, message))
        {
            (droppedRecords, droppedBytes) = (droppedRecords + 1, droppedBytes + message.Length);
        }
    }

    private void AddToTail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > TailBytes)
        {
            bytes = bytes[^TailBytes..];
        }

        if (tailLength + bytes.Length > tail.Length)
        {
            tail.AsSpan(tailLength - TailBytes, TailBytes).CopyTo(tail);
            tailLength = TailBytes;
        }

        bytes.CopyTo(tail.AsSpan(tailLength));
        tailLength += bytes.Length;
    }
}
