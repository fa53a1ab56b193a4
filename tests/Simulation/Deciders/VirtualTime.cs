namespace Lambent.Simulation.Deciders;

/// <summary>One thread, no clock: what is to happen, in the order of its time, then of its making.</summary>
internal sealed class VirtualTime
{
    private readonly PriorityQueue<Action, (DateTimeOffset Due, long Order)> todo = new();
    private long order;

    internal DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal void After(TimeSpan wait, Action what) => todo.Enqueue(what, (Now + wait, order++));

    /// <summary>Does what comes next; false if nothing does.</summary>
    internal bool Step()
    {
        if (!todo.TryDequeue(out var what, out var when))
        {
            return false;
        }

        Now = when.Due;
        what();
        return true;
    }
}
