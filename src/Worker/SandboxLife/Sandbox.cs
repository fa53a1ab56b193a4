using System.Net.Sockets;
using Lambent.Contracts;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// One sandbox on this worker: its state, the current generation of its processes, its log, and the driver's part of it. A
/// generation that fails or runs out of time is reset: its processes end, <c>/tmp</c> stays, and the next event initialises
/// anew, on its own time (AWS: suppressed init).
/// </summary>
internal sealed class Sandbox : ISandboxEvents, IAsyncDisposable
{
    private readonly TimeProvider clock;
    private readonly Action<Sandbox> onDied;
    private readonly Lock gate = new();
    private readonly Freezer freezer;
    private SandboxState state = SandboxState.Stocked;
    private Generation generation;
    private IDriverSandbox? driver;
    private SandboxOrder? order;
    private ITimer? timeout;
    private Invocation? current;
    private Task<bool> reset = Task.FromResult(true);
    private bool isResetting, needsInit;
    private double? unreportedInitMs;

    internal Sandbox(SandboxId id, RuntimeImage image, TimeSpan freezeAfter, TimeProvider clock, Action<Sandbox> onDied, Action<Generation, Socket> connect)
    {
        (Id, Image, this.clock, this.onDied, Connect) = (id, image, clock, onDied, connect);
        generation = new Generation(this, [], clock);
        freezer = new Freezer(this, freezeAfter, clock);
        Log = new SandboxLog(clock);
    }

    /// <summary>The scheduler's name for it once it is specialised; before, the stock's.</summary>
    internal SandboxId Id { get; private set; }

    internal RuntimeImage Image { get; }

    internal SandboxLog Log { get; }

    /// <summary>Serves a runtime of its, which starts with a connection to the Runtime API.</summary>
    internal Action<Generation, Socket> Connect { get; }

    internal FunctionSnapshot? Function => order?.Specialisation.Function;

    internal IDriverSandbox Driver => driver ?? throw new InvalidOperationException("The sandbox is not made yet.");

    /// <summary>Its processes now, and what they have to say.</summary>
    internal Generation Generation => Volatile.Read(ref generation);

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

    /// <summary>True while it waits for an event and none of its processes has anything to do for one.</summary>
    internal bool IsAtRest => State == SandboxState.Idle && !Volatile.Read(ref isResetting) && Generation.Session.IsWaiting;

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

    /// <summary>
    /// Makes the empty sandbox one of this function, and runs its Init phase, at most <paramref name="limit"/> long. If that
    /// fails the sandbox is idle all the same: its first event tries once more.
    /// </summary>
    /// <returns>Null if the runtime is ready, else the type of the error.</returns>
    /// <exception cref="SandboxFailedException">It is gone.</exception>
    internal async Task<string?> InitialiseAsync(SandboxId id, SandboxOrder order, TimeSpan limit, CancellationToken cancellation)
    {
        if (!TryMove(SandboxState.Specialising))
        {
            throw Gone();
        }

        (Id, this.order) = (id, order);
        Volatile.Write(ref generation, new Generation(this, order.Extensions, clock));
        var began = clock.GetTimestamp();
        using var timeIsUp = new CancellationTokenSource();
        await Driver.SpecialiseAsync(order.Specialisation, cancellation);
        TryMove(SandboxState.Initialising);
        Log.Emit(order.InitStart);
        if (order.Warning is { } warning)
        {
            Log.Warn(warning);
        }

        var end = await InitPhase.RunAsync(Generation, order, Task.Delay(limit, clock, timeIsUp.Token), cancellation);
        await timeIsUp.CancelAsync();
        unreportedInitMs = clock.GetElapsedTime(began).TotalMilliseconds;
        if (end is InitEnd.Gone)
        {
            throw Gone();
        }

        Driver.LimitCpu(order.Specialisation.Function.MemoryMb);
        var error = end is InitEnd.Ready ? null : InitFailed(end);
        if (error is null)
        {
            LogInitEnd("init", PhaseStatus.Success, unreportedInitMs.Value);
        }

        var rests = Rest();
        if (rests && error is null && IsDead(Generation))
        {
            onDied(this); // it ended after its first question, while extensions were not ready
        }

        return rests ? error : throw Gone();
    }

    /// <summary>Runs one event. If the outcome says that the sandbox did not survive, the caller ends it.</summary>
    internal async Task<RunOutcome> RunAsync(InvokeRequest request)
    {
        if (!TryMove(SandboxState.Busy))
        {
            return new RunOutcome(null, SandboxSurvives: false);
        }

        freezer.Thaw();
        if (!await reset)
        {
            return new RunOutcome(null, SandboxSurvives: false);
        }

        var invocation = Begin(request);
        var init = needsInit ? await InitAgainAsync(invocation) : null;
        if (init is null or InitEnd.Ready)
        {
            Generation.Session.Offer(invocation);
            if (Generation.Extensions.Any)
            {
                Generation.Extensions.Offer(Extension.Invoke, () => InvokeEvent.Of(invocation));
            }
        }
        else
        {
            invocation.TryEnd(new InvocationEnd.InitFailed(init));
        }

        var end = await invocation.End;
        if (invocation.Answer is { } answer)
        {
            await answer.DisposeAsync();
        }

        if (end is InvocationEnd.Response or InvocationEnd.Error && Generation.Extensions.Any)
        {
            await ExtensionsAsync(invocation);
        }

        timeout!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (end is InvocationEnd.Exited or InvocationEnd.Gone && Generation.Session.TryWithdraw(invocation))
        {
            Log.Abandon();
            return new RunOutcome(null, SandboxSurvives: false);
        }

        var outcome = InvocationConclusion.Tell(invocation, end, Driver, Log, TakeInitMs(), clock);
        return new RunOutcome(outcome, Settle(invocation, end));
    }

    void ISandboxEvents.OnOutput(OutputPipe pipe, ReadOnlySpan<byte> bytes) => Log.Write(pipe, bytes);

    void ISandboxEvents.OnExited(string process, ProcessExit exit)
    {
        var ended = Generation;
        ended.Exited(process);
        if (Volatile.Read(ref isResetting))
        {
            return;
        }

        if (process == SandboxProcess.Runtime)
        {
            _ = RuntimeExitedAsync(ended, new InvocationEnd.Exited(exit));
        }
        else if (State is not SandboxState.Draining)
        {
            ended.Extensions.Exited(process, exit.ToString());
            ExtensionFailed();
        }
    }

    void ISandboxEvents.OnGone()
    {
        Generation.Session.Over(new InvocationEnd.Gone());
        onDied(this);
    }

    /// <summary>An extension cannot go on, and with it neither can the event that runs.</summary>
    internal void ExtensionFailed()
    {
        if (Generation.Extensions.Failure is { IsCompletedSuccessfully: true, Result: var failure })
        {
            Volatile.Read(ref current)?.TryEnd(new InvocationEnd.ExtensionFailed(failure));
        }
    }

    public async ValueTask DisposeAsync()
    {
        TryMove(SandboxState.Draining);
        freezer.Thaw();
        if (driver is not null)
        {
            await reset;
            await ShutdownPhase.RunAsync(Generation, ShutdownPhase.Spindown, clock);
        }

        Generation.Session.Over(new InvocationEnd.Gone());
        await Generation.Telemetry.DisposeAsync();
        freezer.Dispose();
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

    private double? TakeInitMs()
    {
        (var taken, unreportedInitMs) = (unreportedInitMs, null);
        return taken;
    }

    private static SandboxFailedException Gone() => new("The sandbox was lost during Init.");

    private string InitFailed(InitEnd end)
    {
        Driver.DrainOutput();
        var failure = InitFailure.Of(end, requestId: "", Driver.RanOutOfMemory);
        LogInitEnd("init", failure.Status, TakeInitMs() ?? 0);
        BeginReset(end is InitEnd.TimedOut ? ShutdownPhase.Timeout : ShutdownPhase.Failure);
        return failure.Type;
    }

    private void LogInitEnd(string phase, PhaseStatus status, double initMs)
    {
        var type = order!.InitStart.InitializationType;
        Log.Emit(new PlatformEvent.InitRuntimeDone(type, phase, status));
        Log.Emit(new PlatformEvent.InitReport(type, phase, status, initMs));
    }

    private Invocation Begin(InvokeRequest request)
    {
        var invocation = new Invocation(request)
        {
            OfferedAt = clock.GetTimestamp(),
            DeadlineMs = clock.GetUtcNow().ToUnixTimeMilliseconds() + request.Function.TimeoutMs,
        };
        Log.Begin(request);
        timeout ??= clock.CreateTimer(_ => TimeOut(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref current, invocation);
        timeout.Change(TimeSpan.FromMilliseconds(request.Function.TimeoutMs), Timeout.InfiniteTimeSpan);
        return invocation;
    }

    /// <summary>A timer that was set for an event before this one may still fire: it ends only what has had its time.</summary>
    private void TimeOut()
    {
        if (Volatile.Read(ref current) is { } now && now.HasHadItsTime(clock))
        {
            now.TryEnd(new InvocationEnd.TimedOut());
            now.TimeIsUp.TrySetResult();
        }
    }

    /// <summary>Suppressed init: on the event's own time.</summary>
    private async Task<InitEnd> InitAgainAsync(Invocation invocation)
    {
        unreportedInitMs = null;
        Log.Emit(order!.InitStart with { Phase = "invoke" });
        var began = clock.GetTimestamp();
        try
        {
            var end = await InitPhase.RunAsync(Generation, order, invocation.TimeIsUp.Task, CancellationToken.None);
            needsInit = end is not InitEnd.Ready;
            Driver.LimitCpu(order.Specialisation.Function.MemoryMb);
            var status = needsInit ? InitFailure.Of(end, "", Driver.RanOutOfMemory).Status : PhaseStatus.Success;
            LogInitEnd("invoke", status, clock.GetElapsedTime(began).TotalMilliseconds);
            return end;
        }
        catch (SandboxFailedException)
        {
            return new InitEnd.Gone();
        }
    }

    /// <summary>The event ends when the extensions are done with it too; the function's timeout holds for all of them.</summary>
    private async Task ExtensionsAsync(Invocation invocation)
    {
        var extensions = Generation.Extensions;
        await Task.WhenAny(extensions.WhenReady(), extensions.Failure, invocation.TimeIsUp.Task);
    }

    /// <summary>What becomes of the sandbox: it rests, after a reset if its processes cannot go on. False if it is of no more use.</summary>
    private bool Settle(Invocation invocation, InvocationEnd end)
    {
        Volatile.Write(ref current, null);
        if (end is InvocationEnd.Gone or InvocationEnd.InitFailed { How: InitEnd.Gone })
        {
            return false;
        }

        if (end is InvocationEnd.TimedOut || invocation.TimeIsUp.Task.IsCompleted)
        {
            BeginReset(ShutdownPhase.Timeout);
        }
        else if (end is not (InvocationEnd.Response or InvocationEnd.Error) || Generation.Extensions.Failure.IsCompleted)
        {
            BeginReset(ShutdownPhase.Failure);
        }

        return Rest() && !IsDead(Generation);
    }

    private bool Rest()
    {
        if (!TryMove(SandboxState.Idle))
        {
            return false;
        }

        freezer.Rested();
        return true;
    }

    private void BeginReset(string reason)
    {
        Volatile.Write(ref isResetting, true);
        needsInit = true;
        reset = ResetAsync(Generation, reason);
    }

    private async Task<bool> ResetAsync(Generation old, string reason)
    {
        try
        {
            await ShutdownPhase.RunAsync(old, reason, clock);
            await Driver.ResetAsync();
            Driver.LimitCpu(null); // the next Init needs it as much as the first
            Driver.DrainOutput();
            Log.ProcessesEnded();
            await old.Telemetry.DisposeAsync();
            Volatile.Write(ref generation, new Generation(this, order!.Extensions, clock));
            return true;
        }
        catch (SandboxFailedException)
        {
            return false;
        }
        finally
        {
            old.Session.Over(new InvocationEnd.Gone());
            Volatile.Write(ref isResetting, false);
        }
    }

    private async Task RuntimeExitedAsync(Generation ended, InvocationEnd how)
    {
        ended.Session.Ending(how);
        await ended.HearOutAsync();
        ended.Session.Over(how);
        if (State is SandboxState.Idle or SandboxState.Stocked && IsDead(ended))
        {
            onDied(this);
        }
    }

    /// <summary>
    /// True if nothing can come of these processes any more. Asked once the sandbox rests: a reset has begun before that, so it is seen
    /// here, or its end is. The death that it answers is told by the event, or by Init.
    /// </summary>
    private bool IsDead(Generation asked) => !Volatile.Read(ref isResetting) && Generation == asked && asked.Session.IsOver;
}
