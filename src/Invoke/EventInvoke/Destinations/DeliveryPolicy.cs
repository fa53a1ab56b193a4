namespace Lambent.Invoke.EventInvoke.Destinations;

/// <summary>
/// How often a delivery is tried: a decider. AWS documents only that it gives up; here what may pass by itself is tried again after 1, 2,
/// 4 … 256 seconds, and what will not is given up at once.
/// </summary>
public static class DeliveryPolicy
{
    /// <summary>Rounds of delivery: the first, and nine more in eight and a half minutes.</summary>
    public const int TriesAtMost = 10;

    /// <summary>The wait before the next round; null after the last.</summary>
    /// <param name="failed">Rounds that have failed.</param>
    public static TimeSpan? WaitAfter(int failed) => failed < TriesAtMost ? TimeSpan.FromSeconds(1 << (failed - 1)) : null;
}

/// <summary>How one delivery ended: a closed set.</summary>
public abstract record DeliveryOutcome
{
    private DeliveryOutcome()
    {
    }

    /// <summary>The target has it for good.</summary>
    public sealed record Delivered : DeliveryOutcome;

    /// <summary>The target does not take it, and never will.</summary>
    /// <param name="Reason">For the operator; no secrets.</param>
    public sealed record Refused(string Reason) : DeliveryOutcome;

    /// <summary>The target did not take it, and may do so later.</summary>
    /// <param name="Reason">For the operator; no secrets.</param>
    public sealed record Unavailable(string Reason) : DeliveryOutcome;
}

/// <summary>Brings one target what it is to hear of an event that has ended. It may bring the same twice after a crash.</summary>
public delegate Task<DeliveryOutcome> Deliver(QueuedEvent ended, DeliveryTarget target);
