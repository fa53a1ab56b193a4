using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Destinations;

namespace Lambent.Invoke.EventInvoke;

/// <summary>An asynchronous invocation as the queue holds it.</summary>
/// <param name="RequestId">The id that the caller got with the 202; every attempt runs under it.</param>
/// <param name="FunctionArn">What was invoked, with its qualifier if it had one; resolved anew at each attempt.</param>
/// <param name="Payload">At most 1 MB.</param>
/// <param name="ClientContext">Decoded, or null.</param>
/// <param name="TraceId">Of the request.</param>
/// <param name="AcceptedAt">When it became durable.</param>
/// <param name="Attempts">Runs that ended in an error of the function.</param>
/// <param name="Deferrals">Times it was put off because Lambent could not run it: throttled, or a fault.</param>
/// <param name="Ending">How it ended, while somebody has yet to hear of that; null while it may run.</param>
public sealed record QueuedEvent(
    string RequestId,
    FunctionArn FunctionArn,
    ReadOnlyMemory<byte> Payload,
    string? ClientContext,
    string TraceId,
    DateTimeOffset AcceptedAt,
    int Attempts = 0,
    int Deferrals = 0,
    EventEnding? Ending = null);
