using System.Collections.Immutable;
using System.Globalization;
using Lambent.Contracts;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.SandboxLife;

/// <summary>One sandbox on this worker: its state, its runtime's session, its log, and the driver's part of it.</summary>
internal sealed class Sandbox : ISandboxEvents, IAsyncDisposable
{
    /// <summary>A timer may fire a little early; the shortest timeout is 1,000 ms.</summary>
    private const int TimerSlackMs = 20;

    private readonly TimeProvider clock;
    private readonly Action<Sandbox> onDied;
    private readonly Lock gate = new();
    private SandboxState state = SandboxState.Stocked;
    private IDriverSandbox? driver;
    private ITimer? timeout;
    private double? unreportedInitMs;

    internal Sandbox(SandboxId id, RuntimeImage image, TimeProvider clock, Action<Sandbox> onDied)
    {
        (Id, Image, this.clock, this.onDied) = (id, image, clock, onDied);
        Session = new RuntimeSession(clock);
        Log = new SandboxLog(clock);
    }

    /// <summary>The scheduler's name for it once it is specialised; before, the stock's.</summary>
    internal SandboxId Id { get; private set; }

    internal RuntimeImage Image { get; }

    internal RuntimeSession Session { get; }

    internal SandboxLog Log { get; }

    internal FunctionSnapshot? Function { get; private set; }

    internal IDriverSandbox Driver => driver ?? throw new InvalidOperationException("The sandbox is not made yet.");

    internal SandboxState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    internal void Attach(IDriverSandbox made) => driver = made;

    /// <summary>Takes the step if the table allows it.</summary>
    internal bool TryMove(SandboxState to)
    {
        lock (gate)
        {
            var allowed = SandboxTransitions.Allows(state, to);
            state = allowed ? to : state;
            return allowed;
        }
    }

    /// <summary>Makes the empty sandbox one of this function, and waits for its Init phase, at most <paramref name="limitMs"/>.</summary>
    internal async Task<InitEnd> InitialiseAsync(SandboxId id, Specialisation order, int limitMs, CancellationToken cancellation)
    {
        if (!TryMove(SandboxState.Specialising))
        {
            return new InitEnd.Gone();
        }

        (Id, Function) = (id, order.Function);
        var began = clock.GetTimestamp();
        await Driver.SpecialiseAsync(order, cancellation);
        TryMove(SandboxState.Initialising);
        var end = await EndOfInitAsync(limitMs, cancellation);
        unreportedInitMs = clock.GetElapsedTime(began).TotalMilliseconds;
        if (end is InitEnd.Ready)
        {
            Driver.LimitCpu(order.Function.MemoryMb);
            return TryMove(SandboxState.Idle) ? end : new InitEnd.Gone();
        }

        Driver.DrainOutput();
        return end;
    }

    /// <summary>Runs one event. The caller ends the sandbox if the outcome says that it did not survive.</summary>
    internal async Task<RunOutcome> RunAsync(InvokeRequest request)
    {
        if (!TryMove(SandboxState.Busy))
        {
            return new RunOutcome(null, SandboxSurvives: false);
        }

        var invocation = new Invocation(request);
        Log.Begin(request);
        timeout ??= clock.CreateTimer(_ => TimeOut(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        invocation.OfferedAt = clock.GetTimestamp();
        Current = invocation;
        timeout.Change(TimeSpan.FromMilliseconds(request.Function.TimeoutMs), Timeout.InfiniteTimeSpan);
        Session.Offer(invocation);
        var end = await invocation.End;
        timeout.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Session.TryWithdraw(invocation))
        {
            Log.Abandon();
            return new RunOutcome(null, SandboxSurvives: false);
        }

        var outcome = Conclude(invocation, end);
        var survives = end is InvocationEnd.Response or InvocationEnd.Error && TryMove(SandboxState.Idle);
        return new RunOutcome(outcome, survives);
    }

    void ISandboxEvents.OnOutput(OutputPipe pipe, ReadOnlySpan<byte> bytes) => Log.Write(pipe, bytes);

    void ISandboxEvents.OnRuntimeExited(ProcessExit exit) => Die(new InvocationEnd.Exited(exit));

    void ISandboxEvents.OnGone() => Die(new InvocationEnd.Gone());

    public async ValueTask DisposeAsync()
    {
        TryMove(SandboxState.Draining);
        Session.Over(new InvocationEnd.Gone());
        if (timeout is not null)
        {
            await timeout.DisposeAsync();
        }

        if (driver is not null)
        {
            await driver.DisposeAsync();
        }

        TryMove(SandboxState.Dead);
    }

    private Invocation? Current { get; set; }

    /// <summary>A timer that was set for an event before this one may still fire: it ends only what has had its time.</summary>
    private void TimeOut()
    {
        if (Current is { } current && clock.GetElapsedTime(current.OfferedAt).TotalMilliseconds >= current.Request.Function.TimeoutMs - TimerSlackMs)
        {
            current.TryEnd(new InvocationEnd.TimedOut());
        }
    }

    private async Task<InitEnd> EndOfInitAsync(int limitMs, CancellationToken cancellation)
    {
        try
        {
            return await Session.Init.WaitAsync(TimeSpan.FromMilliseconds(limitMs), clock, cancellation);
        }
        catch (TimeoutException)
        {
            return new InitEnd.TimedOut();
        }
    }

    private InvokeOutcome Conclude(Invocation invocation, InvocationEnd end)
    {
        var request = invocation.Request;
        Driver.DrainOutput();
        var durationMs = end is InvocationEnd.TimedOut
            ? request.Function.TimeoutMs
            : clock.GetElapsedTime(invocation.DeliveredAt).TotalMilliseconds;
        InvokeOutcome outcome = end switch
        {
            InvocationEnd.Response response => new InvokeOutcome.Succeeded(response.Payload),
            InvocationEnd.Error error => new InvokeOutcome.FunctionError(error.Type, error.Payload),
            InvocationEnd.TimedOut => new InvokeOutcome.FunctionError(
                PlatformErrors.Timedout, PlatformErrors.TaskTimedOut(request.RequestId, request.Function.TimeoutMs)),
            InvocationEnd.Exited exited => Exited(request.RequestId, exited.Exit),
            _ => new InvokeOutcome.ServiceFault(InvokeStage.Run, "The sandbox was lost while the function ran."),
        };
        var status = StatusOf(outcome);
        if (FaultOf(end, request.Function.TimeoutMs) is { } fault)
        {
            Log.Emit(new PlatformEvent.Fault(request.RequestId, fault, ((InvokeOutcome.FunctionError)outcome).ErrorType));
        }

        var done = new PlatformEvent.RuntimeDone(request.RequestId, status, request.TraceId, durationMs)
        {
            ProducedBytes = end is InvocationEnd.Response produced ? produced.Payload.Length : null,
            Spans = SpansOf(invocation, durationMs),
        };
        var memory = request.Function.MemoryMb;
        var report = new PlatformEvent.Report(request.RequestId, status, request.TraceId, durationMs, TakeInitMs(), memory, PeakMemoryMb(memory));
        return outcome with { LogTail = Log.End(done, report) };
    }

    private InvokeOutcome.FunctionError Exited(string requestId, ProcessExit exit)
    {
        var type = Driver.RanOutOfMemory ? PlatformErrors.OutOfMemory : PlatformErrors.ExitError;
        return new InvokeOutcome.FunctionError(type, PlatformErrors.RuntimeExited(requestId, exit));
    }

    private static string? FaultOf(InvocationEnd end, int timeoutMs) => end switch
    {
        InvocationEnd.TimedOut => PlatformErrors.TimeoutWords(timeoutMs),
        InvocationEnd.Exited exited => PlatformErrors.ExitWords(exited.Exit),
        _ => null,
    };

    private static PhaseStatus StatusOf(InvokeOutcome outcome) => outcome switch
    {
        InvokeOutcome.FunctionError { ErrorType: PlatformErrors.Timedout } => PhaseStatus.Timeout,
        InvokeOutcome.FunctionError { ErrorType: PlatformErrors.ExitError or PlatformErrors.OutOfMemory } e => PhaseStatus.Error(e.ErrorType),
        InvokeOutcome.FunctionError e => PhaseStatus.Error(e.ErrorType, isHandled: true),
        InvokeOutcome.ServiceFault => PhaseStatus.Error("Sandbox.Failure"),
        _ => PhaseStatus.Success,
    };

    /// <summary>How long the answer took to begin, and to end; nothing for an event that has none.</summary>
    private ImmutableArray<PlatformSpan> SpansOf(Invocation invocation, double durationMs)
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

    /// <summary>How long Init took, until the first event has reported it.</summary>
    internal double? InitMs => unreportedInitMs;

    internal double? TakeInitMs()
    {
        var taken = unreportedInitMs;
        unreportedInitMs = null;
        return taken;
    }

    internal int PeakMemoryMb(int limitMb) =>
        Driver.PeakMemoryBytes is { } bytes ? (int)Math.Min(limitMb, (bytes + (1 << 20) - 1) >> 20) : 0;

    private void Die(InvocationEnd how)
    {
        Session.Over(how);
        onDied(this);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} ({Image.Key}, {State})");
}
