using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Lambent.Aws.Transport;

/// <summary>Kestrel's transport for TCP on <see cref="EpollThreads"/>; to be registered as its <see cref="IConnectionListenerFactory"/>.</summary>
public sealed class EpollTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int Backlog = 512;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new(new Listener(socket));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(e.Message, e) : e;
        }
    }

    private sealed class Listener(Socket socket) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    var accepted = await socket.AcceptAsync(cancellationToken);
                    accepted.NoDelay = true;
                    return EpollThreads.Serve(accepted, new LongTurns(TimeProvider.System));
                }
                catch (SocketException e) when (e.SocketErrorCode is not SocketError.OperationAborted)
                {
                    // A client that went before it was served, or no descriptor left: the next one is waited for.
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException or OperationCanceledException)
                {
                    return null;
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
