namespace Lambent.Contracts;

/// <summary>How an invocation ended: a closed set.</summary>
public abstract record InvokeOutcome
{
    private InvokeOutcome()
    {
    }

    /// <summary>The last 4 KB of the invocation's log, as <c>X-Amz-Log-Result</c> carries them (before Base64).</summary>
    public ReadOnlyMemory<byte> LogTail { get; init; }

    /// <summary>The function answered.</summary>
    /// <param name="Payload">What the runtime posted.</param>
    public sealed record Succeeded(ReadOnlyMemory<byte> Payload) : InvokeOutcome;

    /// <summary>
    /// The function failed: status 200 with <c>X-Amz-Function-Error: Unhandled</c>. It includes what the platform says on its
    /// behalf: <c>Sandbox.Timedout</c>, <c>Runtime.ExitError</c>, <c>Function.ResponseSizeTooLarge</c>.
    /// </summary>
    /// <param name="ErrorType">For logs and metrics, for example <c>Runtime.ExitError</c>.</param>
    /// <param name="Payload">The JSON error object.</param>
    public sealed record FunctionError(string ErrorType, ReadOnlyMemory<byte> Payload) : InvokeOutcome;

    /// <summary>No concurrency was left: status 429.</summary>
    /// <param name="Reason">One of AWS's <c>ThrottleReason</c> values.</param>
    public sealed record Throttled(string Reason) : InvokeOutcome;

    /// <summary>Lambent itself could not: status 5xx. The function may have run when <paramref name="Stage"/> is Run.</summary>
    /// <param name="Stage">Where the road ended.</param>
    /// <param name="Message">For the operator and the client; no secrets.</param>
    public sealed record ServiceFault(InvokeStage Stage, string Message) : InvokeOutcome;
}
