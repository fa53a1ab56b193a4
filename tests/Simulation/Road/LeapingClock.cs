namespace Lambent.Simulation.Road;

/// <summary>A clock on which a minute passes whenever it is read: no rate is ever reached.</summary>
internal sealed class LeapingClock : TimeProvider
{
    private long minutes;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMinutes(Interlocked.Increment(ref minutes));
}
