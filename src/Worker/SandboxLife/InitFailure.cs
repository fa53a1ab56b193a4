using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife;

/// <summary>What a failed Init means for the one who waits.</summary>
/// <param name="Type">For example <c>Runtime.ImportModuleError</c>.</param>
/// <param name="Payload">The function's answer.</param>
/// <param name="Status">As the INIT_REPORT and REPORT lines say it.</param>
internal sealed record InitFailure(string Type, ReadOnlyMemory<byte> Payload, PhaseStatus Status)
{
    internal static InitFailure Of(InitEnd end, string requestId, bool outOfMemory) => end switch
    {
        InitEnd.Failed failed => Error(failed.Type, failed.Payload),
        InitEnd.Refused refused => Error(refused.Type, PlatformErrors.Body(refused.Type, requestId, refused.Message)),
        InitEnd.Exited exited => Error(
            outOfMemory ? PlatformErrors.OutOfMemory : PlatformErrors.ExitError, PlatformErrors.RuntimeExited(requestId, exited.Exit)),
        InitEnd.TimedOut => new InitFailure(PlatformErrors.Timedout, ReadOnlyMemory<byte>.Empty, PhaseStatus.Timeout),
        _ => Error("Sandbox.Failure", PlatformErrors.Body("Sandbox.Failure", requestId, "The sandbox was lost during Init.")),
    };

    private static InitFailure Error(string type, ReadOnlyMemory<byte> payload) => new(type, payload, PhaseStatus.Error(type));
}
