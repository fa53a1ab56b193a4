using System.Collections.Concurrent;
using Lambent.Aws.Transport;
using Lambent.Worker.SandboxLife.Telemetry;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// The processes of a sandbox between two resets, and their conversations with the Runtime API and the Extensions API. A
/// connection belongs to the generation in which it was made: what an old runtime still had to say is nothing to the new one.
/// </summary>
internal sealed class Generation(Sandbox sandbox, IReadOnlyList<string> extensions, TimeProvider clock)
{
    /// <summary>What a process said before it ended comes at once, unless the machine is overloaded or the other end was inherited.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> exits = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> conversations = new(StringComparer.Ordinal);

    internal Sandbox Sandbox => sandbox;

    internal RuntimeSession Session { get; } = new(clock);

    /// <summary>What all its processes together may ask.</summary>
    internal RequestAllowance Requests { get; } = new(clock);

    /// <summary>Of all their connections to the Runtime API.</summary>
    internal LongTurns LongTurns { get; } = new(clock);

    internal ExtensionSet Extensions { get; } = new(extensions);

    internal TelemetryHub Telemetry { get; } = new(sandbox, clock);

    /// <summary>Completes when the process has ended, the runtime or an extension.</summary>
    internal Task ExitOf(string process) => exits.GetOrAdd(process, NewExit).Task;

    internal void Exited(string process) => exits.GetOrAdd(process, NewExit).TrySetResult();

    /// <summary>There is a connection that will be served: a runtime that ends before that is heard out too.</summary>
    internal void Expect(string connection) => conversations.TryAdd(connection, new TaskCompletionSource().Task);

    /// <summary>Serves a connection.</summary>
    /// <param name="connection">Its id.</param>
    /// <param name="serve">Ends with it, and with what was to be done for it.</param>
    internal async Task ConverseAsync(string connection, Func<Task> serve)
    {
        var served = new TaskCompletionSource();
        conversations[connection] = served.Task;
        try
        {
            await serve();
        }
        finally
        {
            conversations.TryRemove(connection, out _);
            served.SetResult();
        }
    }

    /// <summary>The other end of the connection is no runtime, and outlives it.</summary>
    internal void IsOfExtension(string connection) => conversations.TryRemove(connection, out _);

    /// <summary>Waits until everything is heard that the runtime said before it ended, on connections that its end has closed.</summary>
    internal async Task HearOutAsync() =>
        await Task.WhenAll(conversations.Values).WaitAsync(LastWords, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static TaskCompletionSource NewExit(string process) => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
