using Lambent.Worker.Drivers;

namespace Lambent.Worker.SandboxLife;

/// <summary>Where a runtime is in its conversation with the Runtime API. Names as AWS's own emulator prints them.</summary>
internal enum RuntimeState
{
    Started,
    InitError,
    Ready,
    Running,
    InvocationResponse,
    InvocationErrorResponse,
    RuntimeResponseSentState,
}

/// <summary>
/// The Runtime API's state for one sandbox. A transition is forbidden unless the table of AWS's emulator (RIE,
/// <c>core/states.go</c>) allows it. No I/O; called by the endpoints and by <see cref="Sandbox"/>.
/// </summary>
internal sealed class RuntimeSession(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource<InitEnd> init = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RuntimeState state = RuntimeState.Started;
    private Invocation? offered;
    private Invocation? running;
    private string? lastRequestId;
    private TaskCompletionSource? arrival;
    private Invocation? broken;
    private InvocationEnd? over, brokenEnd;

    /// <summary>How Init ended.</summary>
    internal Task<InitEnd> Init => init.Task;

    /// <summary>Where the conversation is.</summary>
    internal RuntimeState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    /// <summary>True while the runtime waits for an event.</summary>
    internal bool IsWaiting
    {
        get
        {
            lock (gate)
            {
                return arrival is not null && offered is null;
            }
        }
    }

    /// <summary>True once the runtime is gone.</summary>
    internal bool IsOver
    {
        get
        {
            lock (gate)
            {
                return over is not null;
            }
        }
    }

    /// <summary>Gives the session its next event. Once the runtime is gone it ends at once.</summary>
    internal void Offer(Invocation invocation)
    {
        TaskCompletionSource? waiting;
        lock (gate)
        {
            if (over is not null)
            {
                invocation.TryEnd(over);
                return;
            }

            (offered, waiting) = (invocation, arrival);
        }

        waiting?.TrySetResult(); // it is sent before this returns
    }

    /// <summary>Takes the event back if the runtime has not got it: true means that it never will.</summary>
    internal bool TryWithdraw(Invocation invocation)
    {
        lock (gate)
        {
            offered = offered == invocation ? null : offered;
            return invocation.DeliveredAt == 0;
        }
    }

    /// <summary>The runtime asks for its next event, and waits for it. Null if its state forbids the question.</summary>
    internal async ValueTask<Invocation?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                EndBroken();
                if (state is RuntimeState.Running)
                {
                    return running; // asked again without an answer: the same event again
                }

                if (over is not null || state is not (RuntimeState.Started or RuntimeState.Ready or RuntimeState.RuntimeResponseSentState))
                {
                    return null;
                }

                state = RuntimeState.Ready;
                init.TrySetResult(new InitEnd.Ready());
                if (offered is not null)
                {
                    return HandOut();
                }

                if (arrival is null or { Task.IsCompleted: true }) // an event that came may have been withdrawn again
                {
                    arrival = new TaskCompletionSource();
                }

                waiting = arrival.Task;
            }

            await waiting.WaitAsync(cancellation);
        }
    }

    /// <summary>A step of the runtime to an answer; false if its state forbids it, then <paramref name="from"/> says the state.</summary>
    internal bool TryBeginAnswer(RuntimeState to, out RuntimeState from)
    {
        lock (gate)
        {
            from = state;
            var allowed = to == RuntimeState.InitError ? state == RuntimeState.Started : state == RuntimeState.Running;
            if (allowed)
            {
                state = to;
                running?.AnsweredAt = clock.GetTimestamp();
            }

            return allowed;
        }
    }

    /// <summary>True for the id of the event that was handed out last, answered or not.</summary>
    internal bool IsCurrent(ReadOnlySpan<char> requestId)
    {
        lock (gate)
        {
            return lastRequestId is not null && requestId.SequenceEqual(lastRequestId);
        }
    }

    /// <summary>The event that runs, if its id is this one.</summary>
    internal Invocation? Running(string requestId)
    {
        lock (gate)
        {
            return running?.Request.RequestId == requestId ? running : null;
        }
    }

    /// <summary>The answer is complete: the runtime may ask for more. The event that it answers is the caller's to end.</summary>
    internal Invocation? Answered()
    {
        Invocation? done;
        lock (gate)
        {
            (done, running) = (running, null);
            state = RuntimeState.RuntimeResponseSentState;
        }

        return done;
    }

    /// <summary>
    /// The answer broke off. Mostly the runtime has died, and its exit says why; if it asks for more instead, or
    /// <see cref="EndBroken"/> is called, the event ends so.
    /// </summary>
    internal void BrokeOff(InvocationEnd end)
    {
        lock (gate)
        {
            (broken, brokenEnd, running) = (running, over ?? end, null);
            state = RuntimeState.RuntimeResponseSentState;
            if (over is not null)
            {
                EndBroken();
            }
        }
    }

    /// <summary>Nothing more is to be heard of an answer that broke off.</summary>
    internal void EndBroken()
    {
        lock (gate)
        {
            broken?.TryEnd(brokenEnd!);
            broken = null;
        }
    }

    /// <summary>The runtime could not initialise.</summary>
    internal void InitFailed(string type, ReadOnlyMemory<byte> payload) => init.TrySetResult(new InitEnd.Failed(type, payload));

    /// <summary>The runtime has ended. It gets no event any more, but what it said last may still be read.</summary>
    internal void Ending(InvocationEnd end)
    {
        lock (gate)
        {
            over ??= end;
            brokenEnd = over;
            EndBroken();
        }
    }

    /// <summary>The runtime or its sandbox has ended, and nothing more is heard of it: everything that waits for it ends too.</summary>
    internal void Over(InvocationEnd end)
    {
        Invocation? current;
        lock (gate)
        {
            over ??= end;
            current = running ?? broken ?? offered;
        }

        init.TrySetResult(end is InvocationEnd.Exited exited ? new InitEnd.Exited(exited.Exit) : new InitEnd.Gone());
        current?.TryEnd(end);
    }

    private Invocation HandOut()
    {
        (running, offered, arrival) = (offered!, null, null);
        lastRequestId = running.Request.RequestId;
        state = RuntimeState.Running;
        running.DeliveredAt = clock.GetTimestamp();
        return running;
    }
}

/// <summary>How an Init phase ended.</summary>
internal abstract record InitEnd
{
    private InitEnd()
    {
    }

    internal sealed record Ready : InitEnd;

    internal sealed record Failed(string Type, ReadOnlyMemory<byte> Payload) : InitEnd;

    internal sealed record Exited(ProcessExit Exit) : InitEnd;

    internal sealed record TimedOut : InitEnd;

    /// <summary>The platform's own reason: no entrypoint, a failed extension.</summary>
    internal sealed record Refused(string Type, string Message) : InitEnd;

    internal sealed record Gone : InitEnd;
}
