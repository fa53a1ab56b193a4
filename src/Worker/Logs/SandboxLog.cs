using System.Globalization;
using System.Text;
using Lambent.Contracts;

namespace Lambent.Worker.Logs;

/// <summary>
/// What one sandbox writes: to its log stream, and while an event runs also to that event's tail, the last 4 KB which
/// <c>LogType=Tail</c> returns. Lines of the platform are in AWS's form of 2025 ("Understanding the Lambda execution
/// environment lifecycle", failures).
/// </summary>
internal sealed class SandboxLog(TimeProvider clock)
{
    private const int TailBytes = 4096;

    private readonly Lock gate = new();
    private readonly byte[] tail = new byte[TailBytes * 2];
    private int tailLength;
    private bool capturing;
    private LogStream? stream;

    /// <summary>From now on what is written goes to this stream. Before, an empty sandbox's words go nowhere.</summary>
    internal void Open(LogStream to) => stream = to;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            stream?.Append(bytes);
            if (capturing)
            {
                Keep(bytes);
            }
        }
    }

    internal void Begin(InvokeRequest request)
    {
        lock (gate)
        {
            (capturing, tailLength) = (true, 0);
        }

        Write($"START RequestId: {request.RequestId} Version: {request.Function.Arn.Qualifier}\n");
    }

    internal byte[] End(InvokeRequest request, ReportLine report)
    {
        lock (gate)
        {
            Write($"END RequestId: {request.RequestId}\n");
            Write(report.Format(request.RequestId, request.TraceId));
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

    internal void InitStart(RuntimeMatch match, string region, bool warns)
    {
        Write($"INIT_START Runtime Version: {match.ServedBy}\tRuntime Version ARN: arn:aws:lambda:{region}::runtime:{match.ServedBy}\n");
        if (warns)
        {
            Write($"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}\tWARN\tLambent: {match.Runtime} is not on this machine, so this function runs on {match.ServedBy}. " +
                "Install that version, or start with --strict-runtimes to refuse instead.\n");
        }
    }

    internal void InitReport(double initMs, string phase, string status) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"INIT_REPORT Init Duration: {initMs:0.00} ms\tPhase: {phase}\tStatus: {status}\n"));

    internal void Write(string line) => Write(Encoding.UTF8.GetBytes(line));

    private void Keep(ReadOnlySpan<byte> bytes)
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

/// <summary>The numbers of a REPORT line.</summary>
/// <param name="DurationMs">From the runtime's getting the event to its answer.</param>
/// <param name="InitMs">Only for the first event of a sandbox.</param>
/// <param name="MemoryMb">The limit.</param>
/// <param name="MaxMemoryUsedMb">The peak.</param>
/// <param name="Status">Null if all went well.</param>
internal sealed record ReportLine(double DurationMs, double? InitMs, int MemoryMb, int MaxMemoryUsedMb, string? Status)
{
    internal string Format(string requestId, string traceId)
    {
        // Init is billed since August 2025, hence in the sum.
        var billed = Math.Ceiling(DurationMs + (InitMs ?? 0));
        var line = string.Create(CultureInfo.InvariantCulture,
            $"REPORT RequestId: {requestId}\tDuration: {DurationMs:0.00} ms\tBilled Duration: {billed:0} ms\tMemory Size: {MemoryMb} MB\tMax Memory Used: {MaxMemoryUsedMb} MB\t");
        if (InitMs is { } init)
        {
            line += string.Create(CultureInfo.InvariantCulture, $"Init Duration: {init:0.00} ms\t");
        }

        line += Status is null ? "\n" : $"Status: {Status}\n";
        return Sampled(traceId) is { } root ? $"{line}XRAY TraceId: {root}\tSampled: true\t\n" : line;
    }

    private static string? Sampled(string traceId) =>
        traceId.Contains("Sampled=1", StringComparison.OrdinalIgnoreCase)
            ? traceId.Split(';').FirstOrDefault(p => p.StartsWith("Root=", StringComparison.OrdinalIgnoreCase))?["Root=".Length..]
            : null;
}
