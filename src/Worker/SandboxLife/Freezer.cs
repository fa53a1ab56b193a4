namespace Lambent.Worker.SandboxLife;

/// <summary>
/// Stops the processes of a sandbox that rests: what a function left running goes on with the next event, not before, as on
/// AWS. It waits a moment first, so that a busy function is not stopped between one event and the next.
/// </summary>
internal sealed class Freezer : IDisposable
{
    private readonly Sandbox sandbox;
    private readonly TimeSpan after;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private bool isFrozen;

    internal Freezer(Sandbox sandbox, TimeSpan after, TimeProvider clock)
    {
        (this.sandbox, this.after) = (sandbox, after);
        timer = clock.CreateTimer(_ => Freeze(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The sandbox has nothing to do.</summary>
    internal void Rested() => timer.Change(after, Timeout.InfiniteTimeSpan);

    /// <summary>The sandbox has left its rest: its processes run when this returns.</summary>
    internal void Thaw()
    {
        lock (gate)
        {
            if (isFrozen)
            {
                isFrozen = false;
                sandbox.Driver.Thaw();
            }
        }
    }

    public void Dispose() => timer.Dispose();

    private void Freeze()
    {
        lock (gate)
        {
            if (isFrozen)
            {
                return;
            }

            if (sandbox.IsAtRest)
            {
                isFrozen = true;
                sandbox.Driver.Freeze();
            }
        }

        if (sandbox.State == SandboxState.Idle && !isFrozen)
        {
            Rested(); // its runtime has not yet asked for the next event
        }
    }
}
