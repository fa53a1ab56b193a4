using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Simulation.WholeRoad;

/// <summary>A worker that is slow, refuses, breaks and loses sandboxes, and that knows what may never be asked of it.</summary>
internal sealed class Machine(string name, int memoryMb, OneThread world, Place place, Weather weather, Durable durable, Referee referee) : IWorker
{
    private readonly Dictionary<SandboxId, Box> boxes = [];
    private readonly HashSet<SandboxId> told = [];
    private int starting, used;

    public WorkerId Id { get; } = new(name);

    public WorkerLoad Load => new(memoryMb - used, starting, Draining: false);

    public ChannelReader<SandboxId> Deaths => throw new NotSupportedException("The world tells of deaths itself.");

    public IReadOnlyCollection<SandboxId> Sandboxes => [.. boxes.Keys];

    internal Action<SandboxId> Died { get; set; } = _ => { };

    public Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation)
    {
        var what = $"{Say(request.Sandbox)} of {referee.Say(request.Function.Key)}";
        if (used + request.Function.MemoryMb > memoryMb)
        {
            world.Tell($"{name} has no memory for {what}: others came first");
            return Task.FromResult<StartOutcome>(new StartOutcome.NoSandbox("no memory"));
        }

        world.Tell($"{name} starts {what}, {request.InitializationType}");
        boxes.Add(request.Sandbox, new Box(request));
        referee.Comes(request.Function.Key);
        (starting, used) = (starting + 1, used + request.Function.MemoryMb);
        TaskCompletionSource<StartOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        place.After(world.Between(1, weather.SlowestMs / 4), () =>
        {
            if (world.Chance(0.9))
            {
                request.InitBegins();
            }

            place.After(world.Between(1, weather.SlowestMs), () => FinishStart(request, done));
        });
        return done.Task;
    }

    public Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request)
    {
        var what = $"{request.RequestId} in {Say(sandbox)} of {referee.Say(request.Function.Key)}";
        world.Check(!told.Contains(sandbox) || weather.SomethingPaused, $"No sandbox is used after it was ended, but {what} is.");
        if (!boxes.TryGetValue(sandbox, out var box) || !box.Started)
        {
            world.Tell($"{what}: it is gone");
            return Task.FromResult(default(RunOutcome));
        }

        world.Check(durable.Sandboxes.ContainsKey(sandbox), $"Every sandbox is in the journal before an invoke is in it, but {what} is not.");
        world.Check(box.Running is null, $"Never two invokes in one sandbox, but {what} meets {box.Running}.");
        world.Check(box.Function.Key == request.Function.Key, $"Never an invoke in another revision's sandbox, but {what} is in {referee.Say(box.Function.Key)}.");
        referee.Runs(request.RequestId);
        world.Tell($"{what} runs");
        box.Running = request.RequestId;
        TaskCompletionSource<RunOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        place.After(world.Between(1, weather.SlowestMs), () => done.SetResult(FinishRun(sandbox, box)));
        return done.Task;
    }

    public void End(SandboxId sandbox)
    {
        world.Tell($"{Say(sandbox)} is to end");
        told.Add(sandbox);
        world.Check(!boxes.TryGetValue(sandbox, out var box) || box.Running is null, $"No sandbox is ended while an invoke runs in it, but {Say(sandbox)} is.");
        Remove(sandbox);
    }

    /// <summary>Some sandboxes that have started die, told or in silence. Of a provisioned one that dies the road must hear: nothing else ends it.</summary>
    internal void LoseSome(bool silently, double share)
    {
        foreach (var id in boxes.Where(b => b.Value.Started && !(silently && b.Value.IsProvisioned)).Select(b => b.Key).ToList().Where(_ => world.Chance(share)))
        {
            world.Tell($"{Say(id)} dies{(silently ? " silently" : "")}");
            Remove(id);
            if (!silently)
            {
                Died(id);
            }
        }
    }

    /// <summary>The process is no more, and its sandboxes with it.</summary>
    internal void Lost()
    {
        foreach (var id in boxes.Keys.ToList())
        {
            Remove(id);
        }
    }

    private void FinishStart(StartRequest request, TaskCompletionSource<StartOutcome> done)
    {
        starting--;
        var roll = world.Random.NextDouble();
        if (roll >= weather.Failing)
        {
            boxes[request.Sandbox].Started = true;
            world.Tell($"{Say(request.Sandbox)} has started");
            done.SetResult(new StartOutcome.Started(FromStock: false, world.Chance(weather.Failing / 4) ? "Runtime.ImportModuleError" : null));
            return;
        }

        world.Tell($"{Say(request.Sandbox)} could not start");
        Remove(request.Sandbox);
        if (roll < weather.Failing / 3)
        {
            done.SetException(new InvalidOperationException("The wire broke."));
        }
        else
        {
            done.SetResult(new StartOutcome.NoSandbox("refused"));
        }
    }

    private RunOutcome FinishRun(SandboxId sandbox, Box box)
    {
        var request = box.Running;
        if (!boxes.ContainsKey(sandbox))
        {
            return new RunOutcome(new InvokeOutcome.ServiceFault(InvokeStage.Run, "lost"), SandboxSurvives: false);
        }

        box.Running = null;
        var roll = world.Random.NextDouble();
        world.Tell($"{request} in {Say(sandbox)} is over");
        if (roll >= weather.Failing)
        {
            return new RunOutcome(new InvokeOutcome.Succeeded(ReadOnlyMemory<byte>.Empty), SandboxSurvives: true);
        }

        var survives = roll < weather.Failing / 2;
        if (!survives)
        {
            Remove(sandbox);
        }

        return new RunOutcome(
            roll > weather.Failing * 0.9 ? null : new InvokeOutcome.FunctionError("Runtime.ExitError", ReadOnlyMemory<byte>.Empty), survives);
    }

    private void Remove(SandboxId sandbox)
    {
        if (boxes.Remove(sandbox, out var box))
        {
            used -= box.Function.MemoryMb;
            referee.Goes(box.Function.Key);
        }
    }

    private string Say(SandboxId sandbox) => world.Name(sandbox.Value, "s");

    private sealed class Box(StartRequest request)
    {
        internal FunctionSnapshot Function => request.Function;

        internal bool IsProvisioned => request.InitializationType == StartRequest.ProvisionedConcurrency;

        internal bool Started { get; set; }

        internal string? Running { get; set; }
    }
}

/// <summary>How bad it is.</summary>
internal sealed class Weather
{
    internal double Failing { get; set; }

    internal double SlowestMs { get; init; }

    internal bool IsCalm { get; init; }

    /// <summary>A frontend stood still: what it was given may have been reclaimed meanwhile.</summary>
    internal bool SomethingPaused { get; set; }
}
