namespace Lambent.Simulation;

/// <summary>A clock that stands still until it is told to go on; its timers fire on the thread that advances it.</summary>
internal sealed class FakeClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> timers = [];
    private DateTimeOffset now = start;
    private int asked;

    /// <summary>How often the clock was asked for the time or a timer: while it stays the same, nobody reckons with time.</summary>
    internal int Asked => Volatile.Read(ref asked);

    /// <summary>The time, for the test itself.</summary>
    internal DateTimeOffset Now
    {
        get
        {
            lock (gate)
            {
                return now;
            }
        }
    }

    /// <summary>When the first timer fires, or null.</summary>
    internal DateTimeOffset? NextTimer
    {
        get
        {
            lock (gate)
            {
                return timers.Min(t => t.Due);
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref asked);
        return Now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref asked);
        var timer = new FakeTimer(this, callback, state);
        lock (gate)
        {
            timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes on to a time, and fires what is due on the way, in order.</summary>
    internal void AdvanceTo(DateTimeOffset to)
    {
        while (TakeDue(to) is { } due)
        {
            due.Fire();
        }

        lock (gate)
        {
            now = to > now ? to : now;
        }
    }

    private FakeTimer? TakeDue(DateTimeOffset to)
    {
        lock (gate)
        {
            var first = timers.Where(t => t.Due <= to).MinBy(t => t.Due);
            if (first is not null)
            {
                now = first.Due > now ? first.Due!.Value : now;
                first.Due = first.Period > TimeSpan.Zero ? now + first.Period : null;
            }

            return first;
        }
    }

    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        internal DateTimeOffset? Due { get; set; }

        internal TimeSpan Period { get; private set; }

        internal void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool atOnce;
            lock (clock.gate)
            {
                Period = period;
                atOnce = dueTime == TimeSpan.Zero;
                Due = dueTime > TimeSpan.Zero ? clock.now + dueTime : null;
            }

            if (atOnce)
            {
                ThreadPool.QueueUserWorkItem(_ => Fire());
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                Due = null;
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
