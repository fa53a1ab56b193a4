using Lambent.Contracts;
using Lambent.Invoke.WorkerClient;

namespace Lambent.Invoke.Placement;

/// <summary>
/// Which worker gets a new sandbox: of those with room for its memory and not draining, the one with the fewest starts
/// under way, then the most memory free. With one worker the decision is only whether it has room.
/// </summary>
/// <remarks>Not more starts than a worker's machine can do well are let through at a time; the rest wait here, and may find
/// on waking that a sandbox has become idle for them.</remarks>
public sealed class PlacementService(WorkerDirectory workers, int startsAtOnce) : IDisposable
{
    private readonly SemaphoreSlim starts = new(startsAtOnce);

    /// <summary>Waits for a turn to start something. Dispose the turn when the start has ended.</summary>
    public async Task<IDisposable> TurnAsync()
    {
        await starts.WaitAsync();
        return new Turn(starts);
    }

    /// <summary>The worker for a sandbox of this function, or null if none has room.</summary>
    public IWorker? Choose(FunctionSnapshot function) => Choose(workers.All, function.MemoryMb);

    /// <summary>The decision itself.</summary>
    public static IWorker? Choose(IEnumerable<IWorker> candidates, int memoryMb) => candidates
        .Select(w => (Worker: w, w.Load))
        .Where(w => !w.Load.Draining && w.Load.MemoryMbFree >= memoryMb)
        .OrderBy(w => w.Load.Starting)
        .ThenByDescending(w => w.Load.MemoryMbFree)
        .Select(w => w.Worker)
        .FirstOrDefault();

    /// <inheritdoc/>
    public void Dispose() => starts.Dispose();

    private sealed class Turn(SemaphoreSlim starts) : IDisposable
    {
        private int over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref over, 1) == 0)
            {
                starts.Release();
            }
        }
    }
}
