using Lambent.Worker.SandboxLife;
using Lambent.Worker.Transport;
using Microsoft.AspNetCore.Connections.Features;

namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// Runtimes and extensions that call the Runtime API. A connection carries its sandbox's <see cref="Generation"/> as a feature: a
/// runtime cannot speak for another sandbox, whatever it sends, nor for the processes that come after a reset.
/// </summary>
internal sealed class SandboxConnections() : SandboxListeners(new Together("sandboxes"))
{
    /// <summary>More at once wait in the sandbox: a runtime needs one, each extension one or two.</summary>
    private const int ConnectionsPerSandbox = 64;

    /// <summary>Serves a sandbox until its listening socket is closed.</summary>
    internal Task ServeAsync(Sandbox sandbox) =>
        ServeAsync(sandbox.Driver.RuntimeApi, ConnectionsPerSandbox, connection => connection.Features.Set(sandbox.Generation));
}
