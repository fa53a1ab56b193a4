namespace Lambent.Support;

/// <summary>Waiting for a condition, in place of a sleep.</summary>
public static class Wait
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3), Round = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when the condition holds; fails if it does not within the limit, three minutes if none is given.</summary>
    public static Task UntilAsync(Func<bool> condition, TimeSpan? limit = null) => UntilAsync(() => Task.FromResult(condition()), limit);

    /// <summary>The same for a condition that has to be asked for.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        using var late = new CancellationTokenSource(limit ?? Longest);
        while (!await condition())
        {
            await Task.Delay(Round, late.Token);
        }
    }
}
