using System.Collections.Concurrent;
using Lambent.Worker.SandboxLife.Telemetry;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// The processes of a sandbox between two resets, and their conversations with the Runtime API and the Extensions API. A
/// connection belongs to the generation in which it was made: what an old runtime still had to say is nothing to the new one.
/// </summary>
internal sealed class Generation(Sandbox sandbox, IReadOnlyList<string> extensions, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> exits = new(StringComparer.Ordinal);

    internal Sandbox Sandbox => sandbox;

    internal RuntimeSession Session { get; } = new(clock);

    internal ExtensionSet Extensions { get; } = new(extensions);

    internal TelemetryHub Telemetry { get; } = new(sandbox, clock);

    /// <summary>Completes when the process has ended, the runtime or an extension.</summary>
    internal Task ExitOf(string process) => exits.GetOrAdd(process, NewExit).Task;

    internal void Exited(string process) => exits.GetOrAdd(process, NewExit).TrySetResult();

    private static TaskCompletionSource NewExit(string process) => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
