using System.Collections.Immutable;
using Lambent.Contracts;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife;

/// <summary>What the end of an event in its sandbox means for the one who waits for the answer, and for the log.</summary>
internal static class InvocationConclusion
{
    /// <summary>Writes the event's end into the log.</summary>
    /// <param name="invocation">The event.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="driver">The sandbox in which it did.</param>
    /// <param name="log">The sandbox's.</param>
    /// <param name="initMs">How long the Init took that nobody was told of yet.</param>
    /// <param name="clock">The sandbox's.</param>
    /// <returns>The outcome, with the end of the log.</returns>
    internal static InvokeOutcome Tell(Invocation invocation, InvocationEnd end, IDriverSandbox driver, SandboxLog log, double? initMs, TimeProvider clock)
    {
        var request = invocation.Request;
        driver.DrainOutput();
        var durationMs = end is InvocationEnd.TimedOut
            ? request.Function.TimeoutMs
            : clock.GetElapsedTime(end is InvocationEnd.InitFailed ? invocation.OfferedAt : invocation.DeliveredAt).TotalMilliseconds;
        var (outcome, status) = Of(request, end, driver);
        if (FaultOf(request, end, outcome) is { } fault)
        {
            log.Emit(fault);
        }

        var done = Done(invocation, end, status, durationMs, clock);
        var memory = request.Function.MemoryMb;
        var report = new PlatformEvent.Report(request.RequestId, status, request.TraceId, durationMs, initMs, memory, PeakMemoryMb(driver, memory));
        return outcome with { LogTail = log.End(done, report) };
    }

    /// <returns>The outcome, and the status of the REPORT line.</returns>
    private static (InvokeOutcome Outcome, PhaseStatus Status) Of(InvokeRequest request, InvocationEnd end, IDriverSandbox driver) => end switch
    {
        InvocationEnd.Response response => (new InvokeOutcome.Succeeded(response.Payload), PhaseStatus.Success),
        InvocationEnd.Error error => (new InvokeOutcome.FunctionError(error.Type, error.Payload), PhaseStatus.Error(error.Type, isHandled: true)),
        InvocationEnd.TimedOut => (
            new InvokeOutcome.FunctionError(PlatformErrors.Timedout, PlatformErrors.TaskTimedOut(request.RequestId, request.Function.TimeoutMs)),
            PhaseStatus.Timeout),
        InvocationEnd.Exited exited => Failed(
            driver.RanOutOfMemory ? PlatformErrors.OutOfMemory : PlatformErrors.ExitError, PlatformErrors.RuntimeExited(request.RequestId, exited.Exit)),
        InvocationEnd.ExtensionFailed failed => Failed(
            failed.Failure.Type, PlatformErrors.Body(failed.Failure.Type, request.RequestId, failed.Failure.Message)),
        InvocationEnd.InitFailed { How: not InitEnd.Gone } failed => OfInit(InitFailure.Of(failed.How, request.RequestId, driver.RanOutOfMemory)),
        _ => (new InvokeOutcome.ServiceFault(InvokeStage.Run, "The sandbox was lost while the function ran."), PhaseStatus.Error("Sandbox.Failure")),
    };

    /// <summary>What the platform says of a function that could not speak for itself; null if it could.</summary>
    private static PlatformEvent.Fault? FaultOf(InvokeRequest request, InvocationEnd end, InvokeOutcome outcome)
    {
        var words = end switch
        {
            InvocationEnd.TimedOut => PlatformErrors.TimeoutWords(request.Function.TimeoutMs),
            InvocationEnd.Exited exited => PlatformErrors.ExitWords(exited.Exit),
            _ => null,
        };
        return words is null ? null : new PlatformEvent.Fault(request.RequestId, words, ((InvokeOutcome.FunctionError)outcome).ErrorType);
    }

    /// <summary>What the log says of the runtime's part.</summary>
    private static PlatformEvent.RuntimeDone Done(Invocation invocation, InvocationEnd end, PhaseStatus status, double durationMs, TimeProvider clock) =>
        new(invocation.Request.RequestId, status, invocation.Request.TraceId, durationMs)
        {
            ProducedBytes = end is InvocationEnd.Response produced ? produced.Payload.Length : null,
            Spans = SpansOf(invocation, durationMs, clock),
        };

    /// <summary>How long the answer took to begin, and to end; nothing for an event that has none.</summary>
    private static ImmutableArray<PlatformSpan> SpansOf(Invocation invocation, double durationMs, TimeProvider clock)
    {
        if (invocation.AnsweredAt == 0)
        {
            return [];
        }

        var latencyMs = clock.GetElapsedTime(invocation.DeliveredAt, invocation.AnsweredAt).TotalMilliseconds;
        var delivered = DateTimeOffset.FromUnixTimeMilliseconds(invocation.DeadlineMs - invocation.Request.Function.TimeoutMs);
        return
        [
            new PlatformSpan("responseLatency", delivered, latencyMs),
            new PlatformSpan("responseDuration", delivered.AddMilliseconds(latencyMs), Math.Max(0, durationMs - latencyMs)),
        ];
    }

    private static int PeakMemoryMb(IDriverSandbox driver, int limitMb) =>
        driver.PeakMemoryBytes is { } bytes ? (int)Math.Min(limitMb, (bytes + (1 << 20) - 1) >> 20) : 0;

    private static (InvokeOutcome Outcome, PhaseStatus Status) OfInit(InitFailure failure) =>
        (new InvokeOutcome.FunctionError(failure.Type, failure.Payload), failure.Status);

    private static (InvokeOutcome Outcome, PhaseStatus Status) Failed(string type, byte[] payload) =>
        (new InvokeOutcome.FunctionError(type, payload), PhaseStatus.Error(type));
}
