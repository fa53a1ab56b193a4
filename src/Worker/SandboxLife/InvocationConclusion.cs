using Lambent.Contracts;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.SandboxLife;

/// <summary>What the end of an event in its sandbox means for the one who waits for the answer.</summary>
internal static class InvocationConclusion
{
    /// <returns>The outcome, and the status of the REPORT line: null if all went well.</returns>
    internal static (InvokeOutcome Outcome, string? Status) Of(InvokeRequest request, InvocationEnd end, IDriverSandbox driver) => end switch
    {
        InvocationEnd.Response response => (new InvokeOutcome.Succeeded(response.Payload), null),
        InvocationEnd.Error error => (new InvokeOutcome.FunctionError(error.Type, error.Payload), null),
        InvocationEnd.TimedOut => (
            new InvokeOutcome.FunctionError(PlatformErrors.Timedout, PlatformErrors.TaskTimedOut(request.RequestId, request.Function.TimeoutMs)), "timeout"),
        InvocationEnd.Exited exited => Failed(
            driver.RanOutOfMemory ? PlatformErrors.OutOfMemory : PlatformErrors.ExitError, PlatformErrors.RuntimeExited(request.RequestId, exited.Exit)),
        InvocationEnd.ExtensionFailed failed => Failed(
            failed.Failure.Type, PlatformErrors.Body(failed.Failure.Type, request.RequestId, failed.Failure.Message)),
        InvocationEnd.InitFailed { How: not InitEnd.Gone } failed => OfInit(InitFailure.Of(failed.How, request.RequestId, driver.RanOutOfMemory)),
        _ => (new InvokeOutcome.ServiceFault(InvokeStage.Run, "The sandbox was lost while the function ran."), "error\tError Type: Sandbox.Failure"),
    };

    private static (InvokeOutcome Outcome, string? Status) OfInit(InitFailure failure) =>
        (new InvokeOutcome.FunctionError(failure.Type, failure.Payload), failure.Status);

    private static (InvokeOutcome Outcome, string? Status) Failed(string type, byte[] payload) =>
        (new InvokeOutcome.FunctionError(type, payload), $"error\tError Type: {type}");
}
