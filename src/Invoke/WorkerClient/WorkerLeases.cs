using System.Collections.Concurrent;
using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Invoke.WorkerClient;

/// <summary>
/// One registration of a worker: it lasts 14 hours at most. Near its end nothing new is placed on it, its sandboxes finish what
/// they run, and the machine goes on under a new registration. Source: AWS re:Invent "A serverless journey: AWS Lambda under
/// the hood" (SVS405, 2019), worker lease.
/// </summary>
public sealed class LeasedWorker(IWorker machine, DateTimeOffset since) : IWorker
{
    private readonly ConcurrentDictionary<SandboxId, bool> mine = new();

    /// <inheritdoc/>
    public WorkerId Id { get; } = new(Guid.NewGuid().ToString("n"));

    /// <summary>When the lease began.</summary>
    public DateTimeOffset Since => since;

    /// <summary>True once the lease nears its end.</summary>
    public bool IsDraining { get; internal set; }

    /// <inheritdoc/>
    public WorkerLoad Load => machine.Load with { Draining = IsDraining || machine.Load.Draining };

    /// <inheritdoc/>
    public ChannelReader<SandboxId> Deaths => machine.Deaths;

    /// <inheritdoc/>
    public IReadOnlyCollection<SandboxId> Sandboxes => [.. machine.Sandboxes.Where(mine.ContainsKey)];

    /// <inheritdoc/>
    public async Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation)
    {
        mine[request.Sandbox] = true;
        try
        {
            var outcome = await machine.StartAsync(request, cancellation);
            if (outcome is not StartOutcome.Started)
            {
                mine.TryRemove(request.Sandbox, out _);
            }

            return outcome;
        }
        catch
        {
            mine.TryRemove(request.Sandbox, out _);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request)
    {
        var run = await machine.RunAsync(sandbox, request);
        if (!run.SandboxSurvives)
        {
            mine.TryRemove(sandbox, out _);
        }

        return run;
    }

    /// <inheritdoc/>
    public void End(SandboxId sandbox)
    {
        mine.TryRemove(sandbox, out _);
        machine.End(sandbox);
    }
}

/// <summary>Keeps a machine registered: a new lease before the old one ends.</summary>
public sealed class WorkerLeases(IWorker machine, WorkerDirectory directory, TimeProvider clock)
{
    /// <summary>The longest that one registration lasts.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromHours(14);

    /// <summary>The longest function runs 15 minutes: from here on before the end, nothing new is placed.</summary>
    public static readonly TimeSpan DrainsFor = TimeSpan.FromMinutes(30);

    private readonly List<LeasedWorker> draining = [];
    private LeasedWorker? current;

    /// <summary>
    /// Registers the machine, or renews it when it is time; forgets old registrations that are empty. Called once at the start,
    /// and then in a round.
    /// </summary>
    /// <returns>A registration that has begun to drain just now, or null: its idle sandboxes are to be ended.</returns>
    public LeasedWorker? Renew()
    {
        foreach (var empty in draining.Where(w => w.Sandboxes.Count == 0).ToList())
        {
            draining.Remove(empty);
            directory.Unregister(empty.Id);
        }

        var now = clock.GetUtcNow();
        if (current is not null && now - current.Since < Lease - DrainsFor)
        {
            return null;
        }

        var old = current;
        directory.Register(current = new LeasedWorker(machine, now));
        if (old is not null)
        {
            old.IsDraining = true;
            draining.Add(old);
        }

        return old;
    }
}
