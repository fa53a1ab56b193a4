using System.Threading.Channels;

namespace Lambent.Contracts;

/// <summary>
/// A machine that runs sandboxes, as the scheduler sees it. In one process the call is direct; in a fleet it is a wire.
/// </summary>
/// <remarks>
/// Order of calls: <see cref="StartAsync"/> once for a sandbox; then <see cref="RunAsync"/> any number of times, never two at
/// once for one sandbox; then <see cref="EndAsync"/>. A sandbox that dies by itself is announced once on
/// <see cref="Deaths"/>, and a run that was under way on it still returns. No method throws for what a function does.
/// </remarks>
public interface IWorker
{
    /// <summary>This registration of the worker.</summary>
    WorkerId Id { get; }

    /// <summary>What placement decides by; cheap, may be a moment old.</summary>
    WorkerLoad Load { get; }

    /// <summary>Sandboxes that died without being told to.</summary>
    ChannelReader<SandboxId> Deaths { get; }

    /// <summary>Makes a sandbox for the version and runs its Init phase. Returns when that has ended, well or not.</summary>
    Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation);

    /// <summary>Gives the payload to the runtime and waits for the answer, at most the function's timeout.</summary>
    Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request);

    /// <summary>Ends the sandbox. Returns at once; what it held is free soon after.</summary>
    void End(SandboxId sandbox);

    /// <summary>The sandboxes that the worker really has: what a journal is compared with after a restart.</summary>
    IReadOnlyCollection<SandboxId> Sandboxes { get; }
}

/// <summary>The order to start a sandbox.</summary>
/// <param name="Sandbox">The new sandbox's name, chosen by the scheduler so that the journal knows it first.</param>
/// <param name="Function">What it is to run.</param>
/// <param name="RequestId">The invocation that asked for it; an Init that fails is reported under this id.</param>
public sealed record StartRequest(SandboxId Sandbox, FunctionSnapshot Function, string RequestId)
{
    /// <summary>
    /// Called once the sandbox is made and the function's own Init begins, which may take as long as its timeout: from then on
    /// the start uses nothing that others wait for.
    /// </summary>
    public Action InitBegins { get; init; } = () => { };

    /// <summary><c>on-demand</c> or <c>provisioned-concurrency</c>: the value of <c>AWS_LAMBDA_INITIALIZATION_TYPE</c>.</summary>
    public string InitializationType { get; init; } = OnDemand;

    /// <summary>An invoke asked for the sandbox.</summary>
    public const string OnDemand = "on-demand";

    /// <summary>It is made ahead of any invoke.</summary>
    public const string ProvisionedConcurrency = "provisioned-concurrency";
}

/// <summary>How a start ended.</summary>
public abstract record StartOutcome
{
    private StartOutcome()
    {
    }

    /// <summary>The sandbox is there, and its Init phase has ended: it can be given events.</summary>
    /// <param name="FromStock">True if an empty sandbox was waiting.</param>
    /// <param name="InitError">
    /// Null if the runtime waits for its first event; else why Init failed, for example <c>Runtime.ImportModuleError</c>: the first
    /// event then initialises once more, and its outcome says what came of it.
    /// </param>
    public sealed record Started(bool FromStock, string? InitError = null) : StartOutcome;

    /// <summary>The worker could not make a sandbox: not the function's fault.</summary>
    /// <param name="Message">For the operator.</param>
    public sealed record NoSandbox(string Message) : StartOutcome;
}

/// <summary>How a run ended.</summary>
/// <param name="Outcome">The answer; null if the runtime never got the event (the sandbox died first): safe to run elsewhere.</param>
/// <param name="SandboxSurvives">False if the sandbox cannot be used again.</param>
public readonly record struct RunOutcome(InvokeOutcome? Outcome, bool SandboxSurvives);

/// <summary>What a worker has left.</summary>
/// <param name="MemoryMbFree">Memory that may still be given to sandboxes.</param>
/// <param name="Starting">Sandboxes in the making.</param>
/// <param name="Draining">True near the end of its lease: nothing new is placed here.</param>
public readonly record struct WorkerLoad(int MemoryMbFree, int Starting, bool Draining);
