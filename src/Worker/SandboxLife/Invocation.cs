using Lambent.Contracts;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.SandboxLife;

/// <summary>One event in one sandbox, from the offer to its end.</summary>
internal sealed class Invocation(InvokeRequest request)
{
    /// <summary>A timer may fire a little early; the shortest timeout is 1,000 ms.</summary>
    private const int TimerSlackMs = 20;

    private readonly TaskCompletionSource<InvocationEnd> end = new();
    private InvocationEnd? how;

    internal InvokeRequest Request => request;

    /// <summary>Where the answer goes while it is written; null if the caller wants it whole.</summary>
    internal AnswerStream? Answer { get; } = request.ResponseStream is { } to ? new AnswerStream(to) : null;

    /// <summary>Milliseconds since 1970 at which the function runs out of time.</summary>
    internal long DeadlineMs { get; init; }

    /// <summary>Completes when it has: the extensions may still be at work then, though the answer is there.</summary>
    internal TaskCompletionSource TimeIsUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the sandbox got it, by the provider's timestamp.</summary>
    internal long OfferedAt { get; init; }

    /// <summary>When the runtime got it, by the provider's timestamp; 0 before.</summary>
    internal long DeliveredAt { get; set; }

    /// <summary>When its answer began to arrive, by the provider's timestamp; 0 before.</summary>
    internal long AnsweredAt { get; set; }

    internal Task<InvocationEnd> End => end.Task;

    internal bool HasEnded => Volatile.Read(ref how) is not null;

    /// <summary>True once the function's timeout is over.</summary>
    internal bool HasHadItsTime(TimeProvider clock) => clock.GetElapsedTime(OfferedAt).TotalMilliseconds >= request.Function.TimeoutMs - TimerSlackMs;

    /// <summary>Ends it, unless it has ended. Who waits for the end goes on elsewhere.</summary>
    internal bool TryEnd(InvocationEnd ending)
    {
        if (Interlocked.CompareExchange(ref how, ending, null) is not null)
        {
            return false;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static invocation => invocation.end.SetResult(invocation.how!), this, preferLocal: false);
        return true;
    }

    /// <summary>The same, but who waits goes on here and now: for the end that every event should have, without a change of threads.</summary>
    internal void EndHere(InvocationEnd ending)
    {
        if (Interlocked.CompareExchange(ref how, ending, null) is null)
        {
            end.SetResult(ending);
        }
    }
}

/// <summary>How an event ended, as the sandbox saw it.</summary>
internal abstract record InvocationEnd
{
    private InvocationEnd()
    {
    }

    /// <summary>The runtime posted a response.</summary>
    internal sealed record Response(ReadOnlyMemory<byte> Payload) : InvocationEnd;

    /// <summary>The runtime posted an error; its body goes to the client as it is.</summary>
    internal sealed record Error(string Type, ReadOnlyMemory<byte> Payload) : InvocationEnd;

    /// <summary>The function's time was up.</summary>
    internal sealed record TimedOut : InvocationEnd;

    /// <summary>The processes could not be started again for it.</summary>
    internal sealed record InitFailed(InitEnd How) : InvocationEnd;

    /// <summary>An extension failed meanwhile.</summary>
    internal sealed record ExtensionFailed(ExtensionFailure Failure) : InvocationEnd;

    /// <summary>The runtime's process ended.</summary>
    internal sealed record Exited(ProcessExit Exit) : InvocationEnd;

    /// <summary>The sandbox went away under it.</summary>
    internal sealed record Gone : InvocationEnd;
}
