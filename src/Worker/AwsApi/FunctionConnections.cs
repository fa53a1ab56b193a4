using System.Net;
using System.Net.Sockets;
using Lambent.Aws.Transport;
using Lambent.Worker.Transport;

namespace Lambent.Worker.AwsApi;

/// <summary>
/// Functions that call Lambent with their role's credentials, each from its sandbox. They are served by the one server of the AWS APIs,
/// which asks for a signature as of any client. The other end has an address of the sandbox's, never the host's loopback, so what is for
/// this machine only stays so.
/// </summary>
public sealed class FunctionConnections() : SandboxListeners(new Together("functions"))
{
    /// <summary>More at once wait in the sandbox. Several SDK clients with their pools of 50 fit.</summary>
    private const int ConnectionsPerSandbox = 128;

    /// <summary>
    /// Where every call comes from for the server, whatever its end is bound to: in a network namespace of its own a function may bind
    /// 127.0.0.1 too, and would pass for a program of this machine.
    /// </summary>
    public static IPAddress Sandbox { get; } = new([169, 254, 100, 1]);

    /// <summary>Serves a sandbox until its listening socket is closed.</summary>
    internal Task ServeAsync(Socket listener)
    {
        var longTurns = new LongTurns(TimeProvider.System);
        return ServeAsync(listener, ConnectionsPerSandbox, socket =>
        {
            var connection = EpollThreads.Serve(socket, longTurns);
            connection.RemoteEndPoint = new IPEndPoint(Sandbox, (connection.RemoteEndPoint as IPEndPoint)?.Port ?? 0);
            return connection;
        });
    }
}
