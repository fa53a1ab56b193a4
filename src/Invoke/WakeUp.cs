namespace Lambent.Invoke;

/// <summary>
/// What a loop waits with between two looks at its state: for a change, or for a time. A change that is told while the loop is
/// not waiting ends its next wait at once; one too many wakes it for nothing, which a loop that looks again does not mind.
/// </summary>
/// <remarks>One waits at a time. Its timer and its cancellation are changes too, so there is one way to wake up, and no race.</remarks>
internal sealed class WakeUp(TimeProvider clock)
{
    private volatile TaskCompletionSource changed = New();

    /// <summary>Something has changed; say so after the fact.</summary>
    internal void Set() => changed.TrySetResult();

    /// <summary>Waits for a change, at most so long; with null for as long as it takes.</summary>
    internal async Task WaitAsync(TimeSpan? atMost, CancellationToken cancellation)
    {
        using var cancelled = cancellation.UnsafeRegister(static me => ((WakeUp)me!).Set(), this);
        var wait = atMost is not { } time ? Timeout.InfiniteTimeSpan : time > TimeSpan.Zero ? time : TimeSpan.Zero;
        await using var timer = clock.CreateTimer(static me => ((WakeUp)me!).Set(), this, wait, Timeout.InfiniteTimeSpan);
        await changed.Task;
        changed = New(); // before the caller looks: what changes from here on ends its next wait
        cancellation.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
