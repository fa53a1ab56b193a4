using System.Net.Sockets;
using Lambent.Aws.Transport;
using Lambent.Worker.SandboxLife;
using Lambent.Worker.Transport;
using Microsoft.AspNetCore.Connections;
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
    internal Task ServeAsync(Sandbox sandbox) => ServeAsync(sandbox.Driver.RuntimeApi, ConnectionsPerSandbox, socket =>
    {
        var generation = sandbox.Generation;
        return Introduced(EpollThreads.Serve(socket, generation.LongTurns), generation);
    });

    /// <summary>Serves a runtime on the connection that it starts with.</summary>
    internal void Serve(Generation generation, Socket socket)
    {
        var connection = Introduced(EpollThreads.Serve(socket, generation.LongTurns), generation);
        generation.Expect(connection.ConnectionId);
        _ = ServeAsync(connection);
    }

    private static ConnectionContext Introduced(ConnectionContext connection, Generation generation)
    {
        connection.Features.Set(generation);
        return connection;
    }
}
