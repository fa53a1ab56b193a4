using System.Threading.Channels;
using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Counting;

namespace Lambent.Simulation.Deciders;

/// <summary>A worker as placement sees it; the world does its work.</summary>
internal sealed class Machine(string name, int memoryMb) : IWorker
{
    internal int MemoryMbFree { get; set; } = memoryMb;

    internal int Starting { get; set; }

    internal bool Draining { get; set; }

    internal bool Crashed { get; set; }

    public WorkerId Id { get; } = new(name);

    public WorkerLoad Load => new(MemoryMbFree, Starting, Draining);

    public ChannelReader<SandboxId> Deaths => throw new NotSupportedException();

    public IReadOnlyCollection<SandboxId> Sandboxes => throw new NotSupportedException();

    public Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request) => throw new NotSupportedException();

    public void End(SandboxId sandbox) => throw new NotSupportedException();
}

/// <summary>A sandbox: what it really is, and what the ledger has been told of it.</summary>
internal sealed class Box(SandboxRef sandbox, VersionKey version, int memoryMb, Machine home)
{
    internal SandboxRef Ref => sandbox;

    internal VersionKey Version => version;

    internal int MemoryMb => memoryMb;

    internal Machine Home => home;

    internal bool Alive { get; set; } = true;

    /// <summary>The invoke that the ledger gave it to.</summary>
    internal Call? Holder { get; set; }

    /// <summary>The invoke that runs in it.</summary>
    internal Call? Running { get; set; }

    /// <summary>The ledger has it no more: it was told of the death, or took the sandbox out.</summary>
    internal bool WrittenOff { get; set; }

    /// <summary>Its code was replaced while an invoke had it.</summary>
    internal bool Outdated { get; set; }

    internal DateTimeOffset? IdleSince { get; set; }

    /// <summary>Tells apart what became idle at the same time.</summary>
    internal long IdleOrder { get; set; }
}

/// <summary>One invocation.</summary>
internal sealed class Call(int number, string account, VersionKey version, int memoryMb, ConcurrencyUnit unit)
{
    internal int Number => number;

    internal string Account => account;

    internal VersionKey Version => version;

    internal int MemoryMb => memoryMb;

    internal ConcurrencyUnit Unit => unit;

    internal SandboxWaiter? Waiter { get; set; }

    internal Box? Box { get; set; }

    internal int Deliveries { get; set; }

    internal bool ClientGone { get; set; }

    internal string? Outcome { get; set; }
}

/// <summary>A function with its current revision.</summary>
internal sealed class Function(string name, string account, int memoryMb)
{
    private int revision = 1;

    internal FunctionArn Arn { get; } = new("us-east-1", account, name, "$LATEST");

    internal string Account => account;

    internal int MemoryMb => memoryMb;

    internal VersionKey Version => new(Arn.ToString(), $"r{revision}");

    internal void Change() => revision++;
}
