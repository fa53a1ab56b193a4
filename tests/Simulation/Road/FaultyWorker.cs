using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Simulation.Road;

/// <summary>
/// A worker that breaks in every way that <see cref="IWorker"/> allows, and one that it does not (it throws). It holds the
/// road to the order of calls that the interface's remarks ask for.
/// </summary>
internal sealed class FaultyWorker(int number, int memoryMb, Violations violations, Census census, Dice dice, double failing) : IWorker
{
    private readonly Lock gate = new();
    private readonly Dictionary<SandboxId, Box> boxes = [];
    private readonly HashSet<SandboxId> told = [], lost = [];
    private readonly Channel<SandboxId> deaths = Channel.CreateUnbounded<SandboxId>();
    private int starting, used;
    private bool crashed;

    public WorkerId Id { get; } = new($"w{number}");

    public ChannelReader<SandboxId> Deaths => deaths.Reader;

    public WorkerLoad Load
    {
        get
        {
            lock (gate)
            {
                return new WorkerLoad(memoryMb - used, starting, Draining: false);
            }
        }
    }

    public IReadOnlyCollection<SandboxId> Sandboxes
    {
        get
        {
            lock (gate)
            {
                return [.. boxes.Keys];
            }
        }
    }

    public async Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation)
    {
        lock (gate)
        {
            boxes.Add(request.Sandbox, new Box(request.Function));
            starting++;
            used += request.Function.MemoryMb;
            census.Comes(request.Function.Key);
        }

        await dice.PauseAsync();
        if (dice.Next() < 0.8)
        {
            request.InitBegins();
            await dice.PauseAsync();
        }

        lock (gate)
        {
            starting--;
            var roll = dice.Next();
            if (!crashed && roll >= failing)
            {
                boxes[request.Sandbox].Started = true;
                return new StartOutcome.Started(FromStock: false);
            }

            Remove(request.Sandbox);
            return roll < failing / 3 ? throw new InvalidOperationException("The wire broke.")
                : roll < failing / 2 ? new StartOutcome.NoSandbox("refused")
                : new StartOutcome.NoSandbox("no memory");
        }
    }

    public async Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request)
    {
        var run = await RunOnceAsync(sandbox, request);
        lock (gate)
        {
            violations.If(lost.Contains(sandbox), $"{request.RequestId} was sent to {sandbox}, which an earlier run had reported as lost");
            if (!run.SandboxSurvives)
            {
                lost.Add(sandbox);
            }
        }

        return run;
    }

    public void End(SandboxId sandbox)
    {
        lock (gate)
        {
            told.Add(sandbox);
            if (boxes.TryGetValue(sandbox, out var box))
            {
                violations.If(box.Running is not null, $"{sandbox} is ended while {box.Running} runs in it");
                violations.If(!box.Started, $"{sandbox} is ended while it starts");
                Remove(sandbox);
            }
        }
    }

    /// <summary>Some sandboxes die, whatever they do.</summary>
    internal void KillSome()
    {
        lock (gate)
        {
            foreach (var (id, _) in boxes.Where(b => b.Value.Started && dice.Next() < 0.3).ToList())
            {
                Remove(id);
                deaths.Writer.TryWrite(id);
            }
        }
    }

    /// <summary>No death is announced any more.</summary>
    internal void Close() => deaths.Writer.TryComplete();

    /// <summary>The machine is gone, and says nothing of it.</summary>
    internal void Crash()
    {
        lock (gate)
        {
            crashed = true;
            foreach (var (id, _) in boxes.Where(b => b.Value.Started).ToList())
            {
                Remove(id);
            }
        }
    }

    private async Task<RunOutcome> RunOnceAsync(SandboxId sandbox, InvokeRequest request)
    {
        lock (gate)
        {
            violations.If(told.Contains(sandbox), $"{request.RequestId} was sent to {sandbox}, which it was told to end");
            if (!boxes.TryGetValue(sandbox, out var box) || !box.Started)
            {
                return default;
            }

            violations.If(box.Running is not null, $"{request.RequestId} runs in {sandbox} beside {box.Running}");
            violations.If(box.Function.Key != request.Function.Key, $"{request.RequestId} of {request.Function.Key} runs in {box.Function.Key}");
            box.Running = request.RequestId;
        }

        await dice.PauseAsync();
        lock (gate)
        {
            if (!boxes.TryGetValue(sandbox, out var box))
            {
                return new RunOutcome(new InvokeOutcome.ServiceFault(InvokeStage.Run, "lost"), SandboxSurvives: false);
            }

            box.Running = null;
            return Answer(sandbox);
        }
    }

    private RunOutcome Answer(SandboxId sandbox)
    {
        var roll = dice.Next();
        if (roll >= failing)
        {
            return new RunOutcome(new InvokeOutcome.Succeeded(ReadOnlyMemory<byte>.Empty), SandboxSurvives: true);
        }

        var survives = roll < failing / 3;
        if (!survives)
        {
            Remove(sandbox);
        }

        return new RunOutcome(
            roll > failing * 0.8 ? null : new InvokeOutcome.FunctionError("Runtime.ExitError", ReadOnlyMemory<byte>.Empty), survives);
    }

    private void Remove(SandboxId sandbox)
    {
        if (boxes.Remove(sandbox, out var box))
        {
            used -= box.Function.MemoryMb;
            census.Goes(box.Function.Key);
        }
    }

    private sealed class Box(FunctionSnapshot function)
    {
        internal FunctionSnapshot Function => function;

        internal bool Started { get; set; }

        internal string? Running { get; set; }
    }
}
