namespace Lambent.Simulation.WholeRoad;

/// <summary>
/// One thread and one time for everything. What can run next is drawn by the seed: that is how interleavings are explored. When
/// nothing can run, time jumps to the next timer. A seed therefore has one history, whatever the machine does.
/// </summary>
internal sealed class OneThread(int seed)
{
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly List<(Place Place, Action Run)> ready = [];
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (long Due, long Order)> timers = new();
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly List<string> history = [];
    private long order;
    private string? strayed, broken;

    internal Random Random { get; } = new(seed);

    internal DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal IReadOnlyList<string> History => history;

    /// <summary>True with this probability.</summary>
    internal bool Chance(double probability) => Random.NextDouble() < probability;

    internal TimeSpan Between(double fromMs, double toMs) => TimeSpan.FromMilliseconds(Math.Round(fromMs + (Random.NextDouble() * (toMs - fromMs))));

    /// <summary>Ids are drawn by the shipped code, anew each time; the history has names instead, in the order of their first use.</summary>
    internal string Name(string id, string prefix) => names.TryGetValue(id, out var name) ? name : names[id] = $"{prefix}{names.Count}";

    internal void Tell(string what) => history.Add($"{(Now - DateTimeOffset.UnixEpoch).TotalMilliseconds - 1767225600000,12:0} ms  {what}");

    internal void Check(bool holds, string rule)
    {
        if (!holds)
        {
            broken ??= rule; // whoever catches it, the world stops
            throw new BrokenInvariantException(rule);
        }
    }

    /// <summary>Runs until a condition holds, at most so long in virtual time.</summary>
    internal void Run(Func<bool> enough, TimeSpan atMost)
    {
        for (var end = Now + atMost; !enough() && Now < end;)
        {
            Check(strayed is null, $"Everything runs on one thread, but {strayed}");
            Check(broken is null, broken!);
            if (!RunOne() && !JumpTo(end))
            {
                return;
            }
        }
    }

    internal void Post(Place place, Action run)
    {
        if (Environment.CurrentManagedThreadId != thread)
        {
            strayed = Environment.StackTrace;
        }
        else if (place.IsAlive)
        {
            ready.Add((place, run));
        }
    }

    internal void Set(VirtualTimer timer, int setting, TimeSpan wait) =>
        timers.Enqueue((timer, setting), ((Now + wait).UtcTicks, order++));

    private bool RunOne()
    {
        ready.RemoveAll(r => !r.Place.IsAlive);
        var from = ready.Count == 0 ? 0 : Random.Next(ready.Count);
        for (var i = 0; i < ready.Count; i++)
        {
            var at = (from + i) % ready.Count;
            var (place, run) = ready[at];
            if (!place.IsPaused)
            {
                ready[at] = ready[^1];
                ready.RemoveAt(ready.Count - 1);
                place.Enter(run);
                return true;
            }
        }

        return false;
    }

    private bool JumpTo(DateTimeOffset end)
    {
        if (!timers.TryDequeue(out var next, out var due))
        {
            return false;
        }

        var at = new DateTimeOffset(due.Due, TimeSpan.Zero);
        Now = at > Now ? at : Now;
        next.Timer.Fire(next.Setting);
        return Now <= end || ready.Count > 0;
    }
}

/// <summary>Where code runs: a part of the world that stops or dies as a whole. What is dead runs no more, not even its timers.</summary>
internal sealed class Place(OneThread world) : SynchronizationContext
{
    internal bool IsAlive { get; private set; } = true;

    internal bool IsPaused { get; set; }

    internal TimeProvider Clock => field ??= new PlaceClock(world, this);

    internal void Die() => IsAlive = false;

    internal void Post(Action run) => world.Post(this, run);

    internal void After(TimeSpan wait, Action run) => new VirtualTimer(world, this, run).Change(wait, Timeout.InfiniteTimeSpan);

    public override void Post(SendOrPostCallback d, object? state) => world.Post(this, () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    internal void Enter(Action run)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            run();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private sealed class PlaceClock(OneThread world, Place place) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => world.Now;

        public override long GetTimestamp() => world.Now.UtcTicks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new VirtualTimer(world, place, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }
    }
}

/// <summary>A timer of a place; it fires where it was made.</summary>
internal sealed class VirtualTimer(OneThread world, Place place, Action run) : ITimer
{
    private int setting;
    private TimeSpan every;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        (setting, every) = (setting + 1, period);
        if (dueTime >= TimeSpan.Zero)
        {
            world.Set(this, setting, dueTime);
        }

        return true;
    }

    public void Dispose() => setting++;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire(int which)
    {
        if (which != setting || !place.IsAlive)
        {
            return;
        }

        place.Post(run);
        if (every > TimeSpan.Zero)
        {
            world.Set(this, setting, every);
        }
    }
}
