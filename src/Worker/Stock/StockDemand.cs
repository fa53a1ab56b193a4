namespace Lambent.Worker.Stock;

/// <summary>
/// How many sandboxes of one image were wanted at once, of late. Whoever starts a hundred functions at the same moment (a deployment, a
/// test suite, a schedule) mostly does it again, so as many are worth having.
/// </summary>
/// <remarks>
/// The peak of the half hour before and of this one, so that a burst is remembered for 30 to 60 minutes. AWS says of its own pools only that
/// they are kept ahead of demand that is predicted (Brooker et al., "On-demand Container Loading in AWS Lambda", 2023).
/// </remarks>
internal sealed class StockDemand(TimeProvider clock)
{
    /// <summary>
    /// What is wanted within this time is wanted at once: placement lets a burst come no faster than it can be made. The time over which AWS counts
    /// new environments too ("Lambda function scaling": 1,000 in 10 seconds).
    /// </summary>
    internal static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    /// <summary>At least so long a burst is remembered, at most twice as long.</summary>
    internal static readonly TimeSpan Remembered = TimeSpan.FromMinutes(30);

    private readonly Lock gate = new();
    private readonly Queue<long> recent = new();
    private long since = clock.GetTimestamp();
    private int before, now;

    /// <summary>The most that were wanted at once.</summary>
    internal int Peak
    {
        get
        {
            lock (gate)
            {
                Forget();
                return Math.Max(before, now);
            }
        }
    }

    /// <summary>Somebody wants one.</summary>
    internal void Want()
    {
        lock (gate)
        {
            Forget();
            recent.Enqueue(clock.GetTimestamp());
            while (clock.GetElapsedTime(recent.Peek()) >= AtOnce)
            {
                recent.Dequeue();
            }

            now = Math.Max(now, recent.Count);
        }
    }

    private void Forget()
    {
        var passed = clock.GetElapsedTime(since);
        if (passed >= Remembered)
        {
            (before, now) = (passed < 2 * Remembered ? now : 0, 0);
            since = clock.GetTimestamp();
        }
    }
}
