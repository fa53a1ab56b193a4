namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// How fast a streamed answer may go: a burst at any speed, then so many bytes each second. What is not used is saved, up to
/// the burst. Source: "Configuring a Lambda function to stream responses", bandwidth limits; RIE, <c>bandwidthlimiter</c>.
/// </summary>
internal sealed class Bandwidth(long burst, long perSecond, TimeProvider clock)
{
    private double tokens = burst;
    private long at = clock.GetTimestamp();

    /// <summary>Takes some bytes, and says how long to wait before they go.</summary>
    internal TimeSpan Take(int bytes)
    {
        var now = clock.GetTimestamp();
        tokens = Math.Min(burst, tokens + (clock.GetElapsedTime(at, now).TotalSeconds * perSecond)) - bytes;
        at = now;
        return tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-tokens / perSecond);
    }
}
