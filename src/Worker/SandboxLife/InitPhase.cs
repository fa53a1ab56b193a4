using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// The Init phase: extensions, runtime, function code, in this order. It ends well when the runtime and every extension have
/// asked for their first event. Source: "Understanding the Lambda execution environment lifecycle", Init phase.
/// </summary>
internal static class InitPhase
{
    /// <param name="generation">Fresh: none of its processes runs.</param>
    /// <param name="order">What is to run.</param>
    /// <param name="timeIsUp">Completes when Init has had its time.</param>
    /// <param name="cancellation">Nobody wants the sandbox any more.</param>
    internal static async Task<InitEnd> RunAsync(Generation generation, SandboxOrder order, Task timeIsUp, CancellationToken cancellation)
    {
        if (order.MissingEntrypoint is { } missing)
        {
            return new InitEnd.Refused(PlatformErrors.InvalidEntrypoint, missing);
        }

        var driver = generation.Sandbox.Driver;
        var (extensions, session) = (generation.Extensions, generation.Session);
        foreach (var name in order.Extensions)
        {
            try
            {
                await driver.StartExtensionAsync(name, order.ExtensionEnvironment, cancellation);
            }
            catch (SandboxFailedException e)
            {
                return new InitEnd.Refused("Extension.LaunchError", e.Message);
            }
        }

        if (await Task.WhenAny(extensions.Registered, extensions.Failure, session.Init, timeIsUp).WaitAsync(cancellation) != extensions.Registered)
        {
            return End(generation, timeIsUp);
        }

        if (await driver.StartRuntimeAsync(order.Environment, cancellation) is { } connection)
        {
            generation.Sandbox.Connect(generation, connection);
        }

        await Task.WhenAny(session.Init, extensions.Failure, timeIsUp).WaitAsync(cancellation);
        if (!session.Init.IsCompleted || await session.Init is not InitEnd.Ready)
        {
            return End(generation, timeIsUp);
        }

        extensions.CloseRegistration();
        await Task.WhenAny(extensions.WhenReady(), extensions.Failure, timeIsUp).WaitAsync(cancellation);
        generation.Telemetry.Close();
        foreach (var extension in extensions.Told)
        {
            generation.Sandbox.Log.Emit(extension);
        }

        return extensions.Failure.IsCompleted || timeIsUp.IsCompleted && extensions.Any ? End(generation, timeIsUp) : new InitEnd.Ready();
    }

    /// <summary>The first reason that there is, in the order of what it tells.</summary>
    private static InitEnd End(Generation generation, Task timeIsUp) =>
        generation.Extensions.Failure is { IsCompletedSuccessfully: true, Result: var failure } ? new InitEnd.Refused(failure.Type, failure.Message)
        : generation.Session.Init is { IsCompletedSuccessfully: true, Result: not InitEnd.Ready and var init } ? init
        : timeIsUp.IsCompleted ? new InitEnd.TimedOut()
        : new InitEnd.Gone();
}

/// <summary>What a sandbox is specialised for, kept for the time when its processes must start again.</summary>
/// <param name="Specialisation">Code, layers and limits.</param>
/// <param name="Environment">The runtime's; complete.</param>
/// <param name="ExtensionEnvironment">What extensions get of it.</param>
/// <param name="Extensions">The files of <c>/opt/extensions</c> that can be run.</param>
/// <param name="MissingEntrypoint">Why no custom runtime can be started, if none can.</param>
/// <param name="InitStart">What the log says of it.</param>
/// <param name="Warning">What Lambent adds, or null.</param>
internal sealed record SandboxOrder(
    Specialisation Specialisation, IReadOnlyDictionary<string, string> Environment, IReadOnlyDictionary<string, string> ExtensionEnvironment,
    IReadOnlyList<string> Extensions, string? MissingEntrypoint, PlatformEvent.InitStart InitStart,
    string? Warning);
