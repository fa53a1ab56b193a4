using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.Worker.AwsApi;

/// <summary>Where the server of the AWS APIs listens to functions: in every sandbox of the worker.</summary>
public sealed class FunctionEndPoint : EndPoint
{
    /// <inheritdoc/>
    public override string ToString() => "functions";
}

/// <summary>
/// Kestrel's transport for functions that call Lambent with their role's credentials. Each sandbox has a listening socket in a
/// network namespace of its own; what it accepts is served by the one server of the AWS APIs, which asks for a signature as of any client.
/// The other end has an address of the sandbox's, never the host's loopback, so what is for this machine only stays so.
/// </summary>
public sealed class FunctionConnections : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    /// <summary>More at once wait in the sandbox. Several SDK clients with their pools of 50 fit.</summary>
    private const int ConnectionsPerSandbox = 128;

    /// <summary>
    /// Where every call comes from for the server, whatever its end is bound to: in a network namespace of its own a function may bind
    /// 127.0.0.1 too, and would pass for a program of this machine.
    /// </summary>
    public static IPAddress Sandbox { get; } = new([169, 254, 100, 1]);

    private readonly SocketConnectionContextFactory contexts = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);

    /// <summary>Bounded by the backlog of the sandboxes' own sockets: accepting stops while the server is behind.</summary>
    private readonly Channel<ConnectionContext> accepted = Channel.CreateBounded<ConnectionContext>(1024);

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = new FunctionEndPoint();

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is FunctionEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    /// <summary>Serves a sandbox until its listening socket is closed.</summary>
    internal async Task ServeAsync(Socket listener)
    {
        var free = new SemaphoreSlim(ConnectionsPerSandbox); // without a wait handle: nothing to dispose of
        try
        {
            while (true)
            {
                await free.WaitAsync();
                var socket = await listener.AcceptAsync();
                socket.NoDelay = true;
                var connection = contexts.Create(socket);
                connection.RemoteEndPoint = new IPEndPoint(Sandbox, (socket.RemoteEndPoint as IPEndPoint)?.Port ?? 0);
                connection.ConnectionClosed.Register(() => free.Release());
                await accepted.Writer.WriteAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // The sandbox has ended.
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        contexts.Dispose();
        return ValueTask.CompletedTask;
    }
}
