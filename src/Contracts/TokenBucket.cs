namespace Lambent.Contracts;

/// <summary>So many in a time, refilled continuously up to its size: what is not used is not saved beyond that. No clock of its own.</summary>
public record struct TokenBucket
{
    private double tokens;
    private DateTimeOffset filledAt;

    /// <summary>Takes one token.</summary>
    /// <param name="size">Tokens in a full bucket; it is full when it is first used.</param>
    /// <param name="perSecond">How fast it refills.</param>
    /// <param name="now">The time.</param>
    public bool TryTake(double size, double perSecond, DateTimeOffset now)
    {
        tokens = filledAt == default ? size : Math.Min(size, tokens + Math.Max(0, (now - filledAt).TotalSeconds * perSecond));
        filledAt = now;
        if (tokens < 1)
        {
            return false;
        }

        tokens--;
        return true;
    }
}
