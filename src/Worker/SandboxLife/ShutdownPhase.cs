using System.Text.Json;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// The Shutdown phase: SIGTERM to the runtime, which has 30 % of the time, then the SHUTDOWN event to the extensions, then SIGKILL.
/// It takes 0, 500 or 2,000 ms: <see cref="ExtensionSet.ShutdownBudget"/>. Source: "Understanding the Lambda execution
/// environment lifecycle", Shutdown phase; the runtime's share from AWS's emulator (RIE, <c>rapid/shutdown.go</c>).
/// </summary>
internal static class ShutdownPhase
{
    /// <summary>Values of <c>shutdownReason</c>.</summary>
    internal const string Spindown = "spindown", Timeout = "timeout", Failure = "failure";

    private const int SigTerm = 15, SigKill = 9;
    private const double RuntimeShare = 0.3;

    internal static async Task RunAsync(Generation generation, string reason, TimeProvider clock)
    {
        var budget = generation.Extensions.ShutdownBudget;
        if (budget == TimeSpan.Zero)
        {
            return; // whoever ends the sandbox kills what is left
        }

        var driver = generation.Sandbox.Driver;
        var end = clock.GetUtcNow() + budget;
        driver.Signal(SandboxProcess.Runtime, SigTerm);
        await WaitAsync(generation.ExitOf(SandboxProcess.Runtime), budget * RuntimeShare, clock);
        driver.Signal(SandboxProcess.Runtime, SigKill);

        generation.Extensions.Offer(Extension.Shutdown, () => Event(reason, end));
        _ = generation.Telemetry.FlushAsync();
        var external = generation.Extensions.External;
        foreach (var (name, _) in external.Where(e => !e.WantsShutdown))
        {
            driver.Signal(name, SigKill);
        }

        await WaitAsync(Task.WhenAll(external.Where(e => e.WantsShutdown).Select(e => generation.ExitOf(e.Name))), end - clock.GetUtcNow(), clock);
    }

    private static byte[] Event(string reason, DateTimeOffset deadline) => JsonSerializer.SerializeToUtf8Bytes(
        new ShutdownEvent("SHUTDOWN", deadline.ToUnixTimeMilliseconds(), reason), ExtensionJson.Default.ShutdownEvent);

    private static async Task WaitAsync(Task task, TimeSpan limit, TimeProvider clock)
    {
        try
        {
            await task.WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, clock);
        }
        catch (TimeoutException)
        {
            // It has had its time.
        }
    }
}
