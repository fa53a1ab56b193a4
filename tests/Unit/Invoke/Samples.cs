using System.Threading.Channels;
using Lambent.Contracts;

namespace Lambent.Invoke.Tests;

internal static class Samples
{
    internal static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    internal static readonly FunctionArn Arn = new("us-east-1", "123456789012", "f", "$LATEST");

    internal static FunctionSnapshot Function(string name = "f", string revision = "1", string runtime = "python3.12") => new()
    {
        Arn = Arn with { Name = name }, Revision = revision, Runtime = runtime, Handler = "index.handler", CodeSha256Hex = "00",
        LogGroup = $"/aws/lambda/{name}", State = "Active", Role = "arn:aws:iam::123456789012:role/r",
    };

    internal static FunctionEntry Entry(string? deadLetters = null) => FunctionEntry.Of(Function() with { DeadLetterTarget = deadLetters });

    internal static InvokeRequest Request(FunctionSnapshot? function = null, string id = "id") => new()
    {
        RequestId = id, Function = function ?? Function(), InvokedFunctionArn = "", Payload = default, TraceId = "",
    };
}

/// <summary>A worker that only has a load.</summary>
internal sealed class IdleWorker(string id, int memoryMbFree, int starting = 0, bool draining = false) : IWorker
{
    public WorkerId Id { get; } = new(id);

    public WorkerLoad Load => new(memoryMbFree, starting, draining);

    public ChannelReader<SandboxId> Deaths => throw new NotSupportedException();

    public IReadOnlyCollection<SandboxId> Sandboxes => [];

    public Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request) => throw new NotSupportedException();

    public void End(SandboxId sandbox) => throw new NotSupportedException();
}
