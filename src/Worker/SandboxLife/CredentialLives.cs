using System.Collections.Concurrent;
using Lambent.Contracts;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// Until when each sandbox may take events: its credentials must outlast the run, so its last one begins a whole timeout before they
/// expire.
/// </summary>
internal sealed class CredentialLives(TimeProvider clock)
{
    /// <summary>More than a round of looking, with some for clocks that differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<SandboxId, DateTimeOffset> lastBegins = new();

    /// <summary>Those that must not take another event.</summary>
    internal IEnumerable<SandboxId> Over
    {
        get
        {
            var now = clock.GetUtcNow();
            return lastBegins.Where(l => l.Value <= now).Select(l => l.Key);
        }
    }

    internal void Begin(SandboxId sandbox, FunctionSnapshot function, DateTimeOffset expires) =>
        lastBegins[sandbox] = expires - TimeSpan.FromMilliseconds(function.TimeoutMs) - Margin;

    internal bool IsOver(SandboxId sandbox) => lastBegins.TryGetValue(sandbox, out var last) && last <= clock.GetUtcNow();

    internal void End(SandboxId sandbox) => lastBegins.TryRemove(sandbox, out _);
}
