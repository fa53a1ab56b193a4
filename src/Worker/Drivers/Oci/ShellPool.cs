using System.Collections.Concurrent;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// Empty shells, made ahead: containers with wire and <c>/tmp</c>, but without an interpreter, so that they serve every
/// image and cost little. A sandbox that is needed now takes one, and what is missing is made when nothing else is: a shell
/// that is made while starts wait would take the processors from them.
/// </summary>
internal sealed class ShellPool : IAsyncDisposable
{
    /// <summary>So long after the last sandbox was taken the machine counts as quiet; until then they are made one at a time, if few are left.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>A machine that cannot make one now (disk full, no memory) is asked again, but not in a loop.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly int target;
    private readonly Func<CancellationToken, Task<OciSandbox>> make;
    private readonly TimeProvider clock;
    private readonly ConcurrentQueue<OciSandbox> ready = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim wanted = new(1);
    private Task filling = Task.CompletedTask;
    private long takenAt;
    private volatile bool wasUsed;

    internal ShellPool(int target, Func<CancellationToken, Task<OciSandbox>> make, TimeProvider clock) =>
        (this.target, this.make, this.clock, takenAt) = (target, make, clock, clock.GetTimestamp());

    internal void Start() => filling = target > 0 ? Task.Run(FillAsync) : Task.CompletedTask;

    /// <summary>A shell that lives, or null.</summary>
    internal OciSandbox? TryTake()
    {
        wasUsed = true; // until then, what is due is the start of the whole program
        Volatile.Write(ref takenAt, clock.GetTimestamp());
        while (ready.TryDequeue(out var shell))
        {
            Wake();
            if (shell.Lives)
            {
                return shell;
            }

            _ = Task.Run(async () => await shell.DisposeAsync());
        }

        return null;
    }

    /// <summary>Ends the shells; what they leave behind is for the driver's sweep, which takes all at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await filling;
        foreach (var shell in ready)
        {
            shell.Abandon();
        }

        stopping.Dispose();
        wanted.Dispose();
    }

    private void Wake()
    {
        if (!stopping.IsCancellationRequested && wanted.CurrentCount == 0)
        {
            wanted.Release();
        }
    }

    private async Task FillAsync()
    {
        try
        {
            while (true)
            {
                await wanted.WaitAsync(stopping.Token);
                while (target - ready.Count is > 0 and var missing)
                {
                    var left = Quiet - clock.GetElapsedTime(Volatile.Read(ref takenAt));
                    if (left > TimeSpan.Zero && (ready.Count > target / 4 || !wasUsed))
                    {
                        await Task.Delay(left, clock, stopping.Token);
                        continue;
                    }

                    var atOnce = left > TimeSpan.Zero ? 1 : Math.Min(missing, Environment.ProcessorCount);
                    await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => MakeOneAsync()));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The driver stops.
        }
    }

    private async Task MakeOneAsync()
    {
        try
        {
            ready.Enqueue(await make(stopping.Token));
        }
        catch (SandboxFailedException)
        {
            await Task.Delay(AfterFailure, clock, stopping.Token); // whoever needs one makes it and says why it cannot be made
        }
    }
}
