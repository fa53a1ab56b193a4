using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Lambent.Aws;
using Lambent.Contracts;
using Microsoft.Extensions.Logging;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// Logs that another server gets as well (<c>--endpoint logs=URL</c>): every event is kept here first, and then put there in the
/// background, each stream's in its order. While that server does not answer they wait, up to a bound; what is beyond it is kept here alone.
/// Source: "PutLogEvents", Amazon CloudWatch Logs API Reference.
/// </summary>
public sealed partial class RemoteLogs : ILogStore, IAsyncDisposable
{
    private const string Service = "logs", Unknown = "ResourceNotFoundException", AlreadyThere = "ResourceAlreadyExistsException", Fault = "a fault of the server";

    /// <summary>Of one PutLogEvents: its events, and their bytes with 26 more for each.</summary>
    private const int EventsAtMost = 10_000, BytesAtMost = 1_048_576, BytesBesides = 26;

    private const long WaitingBytesAtMost = 64 * 1024 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);
    /// <summary>A batch that the server cannot take is given up after so many answers of a fault; while there is no answer it waits.</summary>
    private const int FaultsAtMost = 5;

    /// <summary>Of one PutLogEvents too: its events are of at most a day.</summary>
    private static readonly TimeSpan SpanAtMost = TimeSpan.FromHours(24);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30), StopsWithin = TimeSpan.FromSeconds(5);

    private readonly ILogStore own;
    private readonly AwsClient others;
    private readonly TimeProvider clock;
    private readonly ILogger<RemoteLogs> logger;
    private readonly Channel<Entry> waiting = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource stopping = new();
    private readonly Task sending;
    private long waitingBytes, unsent;

    /// <param name="own">What keeps them here.</param>
    /// <param name="others">Names a server for <c>logs</c>.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Hears of events that were not put there.</param>
    public RemoteLogs(ILogStore own, AwsClient others, TimeProvider clock, ILogger<RemoteLogs> logger)
    {
        (this.own, this.others, this.clock, this.logger) = (own, others, clock, logger);
        sending = Task.Run(SendAsync);
    }

    /// <inheritdoc/>
    public ILogStream Open(string account, string group, string stream) => new RemoteStream(this, own.Open(account, group, stream), new Place(group, stream));

    /// <summary>Puts what waits, for some seconds, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.Complete();
        stopping.CancelAfter(StopsWithin);
        await sending;
        stopping.Dispose();
    }

    private void Add(Place place, DateTimeOffset time, ReadOnlySpan<byte> message)
    {
        if (Interlocked.Add(ref waitingBytes, message.Length + BytesBesides) > WaitingBytesAtMost
            || !waiting.Writer.TryWrite(new Entry(place, time.ToUnixTimeMilliseconds(), Encoding.UTF8.GetString(message), message.Length + BytesBesides)))
        {
            Interlocked.Add(ref waitingBytes, -message.Length - BytesBesides);
            Interlocked.Increment(ref unsent);
        }
    }

    private async Task SendAsync()
    {
        var taken = 0;
        try
        {
            while (await waiting.Reader.WaitToReadAsync(stopping.Token))
            {
                if (!waiting.Reader.Completion.IsCompleted)
                {
                    await Task.Delay(Gathering, clock, stopping.Token);
                }

                var entries = TakeAll().ToList();
                taken = entries.Count;
                foreach (var batch in Batches(entries))
                {
                    await PutAsync(batch);
                    Interlocked.Add(ref waitingBytes, -batch.Sum(e => (long)e.Bytes));
                    taken -= batch.Count;
                }

                TellUnsent();
            }
        }
        catch (OperationCanceledException)
        {
            Interlocked.Add(ref unsent, taken + TakeAll().Count());
            TellUnsent();
        }
    }

    private IEnumerable<Entry> TakeAll()
    {
        while (waiting.Reader.TryRead(out var entry))
        {
            yield return entry;
        }
    }

    /// <summary>Those of a stream together, in the order of their times.</summary>
    private static IEnumerable<List<Entry>> Batches(IEnumerable<Entry> entries)
    {
        foreach (var stream in entries.GroupBy(e => e.Place))
        {
            var (batch, bytes) = (new List<Entry>(), 0);
            foreach (var entry in stream.OrderBy(e => e.Time))
            {
                var size = Encoding.UTF8.GetByteCount(entry.Message) + BytesBesides;
                if (batch.Count > 0 && (batch.Count == EventsAtMost || bytes + size > BytesAtMost || entry.Time - batch[0].Time > SpanAtMost.TotalMilliseconds))
                {
                    yield return batch;
                    (batch, bytes) = ([], 0);
                }

                batch.Add(entry);
                bytes += size;
            }

            yield return batch;
        }
    }

    /// <summary>Until the server has taken or refused it.</summary>
    private async Task PutAsync(List<Entry> batch)
    {
        var (place, faults) = (batch[0].Place, 0);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var code = await AskAsync("PutLogEvents", json => Write(json, batch));
                if (code == Unknown)
                {
                    await AskAsync("CreateLogGroup", json => json.WriteString("logGroupName", place.Group));
                    await AskAsync("CreateLogStream", json => Write(json, place));
                    code = await AskAsync("PutLogEvents", json => Write(json, batch));
                }

                if (code != Fault || ++faults == FaultsAtMost)
                {
                    if (code is not null)
                    {
                        Log.Refused(logger, batch.Count, place.Group, place.Stream, code);
                    }

                    return;
                }
            }
            catch (AwsUnreachableException e)
            {
                Log.Waits(logger, e.Message);
            }

            await Task.Delay(pause, clock, stopping.Token);
        }
    }

    /// <returns>The code of the error, or null.</returns>
    private async Task<string?> AskAsync(string operation, Action<Utf8JsonWriter> write)
    {
        var reply = await others.SendAsync(AwsCall.Json(Service, "1.1", $"Logs_20140328.{operation}", write), stopping.Token);
        return reply.IsSuccess ? null
            : reply.Status is 429 or >= 500 ? Fault
            : reply.Error.Code switch
            {
                AlreadyThere => null,
                "ThrottlingException" => Fault,
                var code => code,
            };
    }

    private static void Write(Utf8JsonWriter json, Place place)
    {
        json.WriteString("logGroupName", place.Group);
        json.WriteString("logStreamName", place.Stream);
    }

    private static void Write(Utf8JsonWriter json, List<Entry> batch)
    {
        Write(json, batch[0].Place);
        json.WriteStartArray("logEvents");
        foreach (var entry in batch)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", entry.Time);
            json.WriteString("message", entry.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void TellUnsent()
    {
        if (Interlocked.Exchange(ref unsent, 0) is > 0 and var count)
        {
            Log.Unsent(logger, count);
        }
    }

    private sealed record Place(string Group, string Stream);

    /// <param name="Place">Where it belongs.</param>
    /// <param name="Time">In milliseconds since 1970.</param>
    /// <param name="Message">Its text; bytes that are none are replaced.</param>
    /// <param name="Bytes">What it counts while it waits.</param>
    private sealed record Entry(Place Place, long Time, string Message, int Bytes);

    private sealed class RemoteStream(RemoteLogs logs, ILogStream own, Place place) : ILogStream
    {
        public bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message)
        {
            if (!own.TryAppend(time, message))
            {
                return false;
            }

            logs.Add(place, time, message);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Logs wait: {Reason}")]
        internal static partial void Waits(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events of {Group}, {Stream} are kept here alone: the other server refuses them: {Code}")]
        internal static partial void Refused(ILogger logger, int count, string group, string stream, string code);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events of logs are kept here alone: the other server did not take them in time")]
        internal static partial void Unsent(ILogger logger, long count);
    }
}
