using System.Net.Http.Headers;
using System.Net.Sockets;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife.Telemetry;

/// <summary>
/// One subscriber: its records are collected until there are enough of them, or they have waited for long enough, and go to its
/// server in one piece, one piece at a time. One that is too slow loses records, and is told how many.
/// </summary>
internal sealed class TelemetrySubscriber : IAsyncDisposable
{
    /// <summary>Pieces that may wait beside the one that is being sent.</summary>
    private const int PiecesAtMost = 4;

    private readonly TelemetrySubscription subscription;
    private readonly TelemetryBuffering buffering;
    private readonly IDriverSandbox driver;
    private readonly TimeProvider clock;
    private readonly HttpClient http;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource over = new();
    private List<ReadOnlyMemory<byte>> waiting = [];
    private int waitingBytes;
    private long droppedRecords, droppedBytes;
    private Task sending = Task.CompletedTask;

    internal TelemetrySubscriber(IDriverSandbox driver, TelemetrySubscription subscription, TimeProvider clock)
    {
        (this.driver, this.subscription, this.clock) = (driver, subscription, clock);
        buffering = subscription.Buffering ?? new TelemetryBuffering();
        http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, _) => new NetworkStream(await ConnectAsync(), ownsSocket: true),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        });
        timer = clock.CreateTimer(_ => Send(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal bool ByLogsApi => subscription.ByLogsApi;

    internal bool Wants(string type) => subscription.Types!.Contains(type);

    /// <summary>Takes a record. Returns at once.</summary>
    internal void Add(ReadOnlyMemory<byte> record)
    {
        lock (gate)
        {
            if (waitingBytes + record.Length > (long)buffering.MaxBytes * PiecesAtMost)
            {
                (droppedRecords, droppedBytes) = (droppedRecords + 1, droppedBytes + record.Length);
                return;
            }

            if (waiting.Count == 0)
            {
                timer.Change(TimeSpan.FromMilliseconds(buffering.TimeoutMs), Timeout.InfiniteTimeSpan);
            }

            waiting.Add(record);
            waitingBytes += record.Length;
            if (waiting.Count >= buffering.MaxItems || waitingBytes >= buffering.MaxBytes)
            {
                timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Sends what waits, and waits until it is there.</summary>
    internal Task FlushAsync()
    {
        Send();
        lock (gate)
        {
            return sending;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await timer.DisposeAsync();
        Task last;
        lock (gate)
        {
            last = sending;
        }

        await last;
        http.Dispose();
        over.Dispose();
    }

    private void Send()
    {
        lock (gate)
        {
            if (sending.IsCompleted && waiting.Count > 0 && !over.IsCancellationRequested)
            {
                sending = SendAllAsync();
            }
        }
    }

    private async Task SendAllAsync()
    {
        await Task.Yield(); // who adds a record does not send it
        while (Take() is { Count: > 0 } piece)
        {
            try
            {
                await (subscription.Destination!.IsTcp ? SendLinesAsync(piece) : PostAsync(piece));
            }
            catch (Exception e) when (e is HttpRequestException or IOException or SandboxFailedException or SocketException or OperationCanceledException)
            {
                // Nobody listens, or not any more: the records are lost, as on AWS.
            }
        }
    }

    private List<ReadOnlyMemory<byte>> Take()
    {
        lock (gate)
        {
            if (over.IsCancellationRequested)
            {
                return [];
            }

            var taken = waiting;
            if (droppedRecords > 0)
            {
                taken.Add(new PlatformEvent.LogsDropped(droppedRecords, droppedBytes) { Time = clock.GetUtcNow() }.ToJson());
                (droppedRecords, droppedBytes) = (0, 0);
            }

            (waiting, waitingBytes) = ([], 0);
            if (taken.Count == 0)
            {
                sending = Task.CompletedTask; // what is added from here on finds nobody at work
            }

            return taken;
        }
    }

    private async Task PostAsync(List<ReadOnlyMemory<byte>> piece)
    {
        using var content = new ByteArrayContent(Join(piece, "["u8, ","u8, "]"u8));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Destination!.Address) { Content = content };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
    }

    private async Task SendLinesAsync(List<ReadOnlyMemory<byte>> piece)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Join(piece, ""u8, "\n"u8, "\n"u8), over.Token);
    }

    private Task<Socket> ConnectAsync() => driver.ConnectAsync(subscription.Destination!.TargetPort);

    private static byte[] Join(List<ReadOnlyMemory<byte>> piece, ReadOnlySpan<byte> before, ReadOnlySpan<byte> between, ReadOnlySpan<byte> after)
    {
        using var joined = new MemoryStream();
        joined.Write(before);
        for (var i = 0; i < piece.Count; i++)
        {
            joined.Write(i == 0 ? [] : between);
            joined.Write(piece[i].Span);
        }

        joined.Write(after);
        return joined.ToArray();
    }
}
