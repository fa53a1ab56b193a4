using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Lambent.Worker.Transport;

/// <summary>
/// A transport of Kestrel for what all sandboxes accept: each has a listening socket in a network namespace of its own, and one
/// server serves the connections of all of them.
/// </summary>
/// <param name="endPoint">The server's one endpoint, which names them together.</param>
public abstract class SandboxListeners(EndPoint endPoint) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    /// <summary>Bounded by the backlog of the sandboxes' own sockets: accepting stops while the server is behind.</summary>
    private readonly Channel<ConnectionContext> accepted = Channel.CreateBounded<ConnectionContext>(1024);

    /// <inheritdoc/>
    public EndPoint EndPoint => endPoint;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => ReferenceEquals(endpoint, endPoint);

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

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Serves a sandbox until its listening socket is closed.</summary>
    /// <param name="listener">The sandbox's.</param>
    /// <param name="atOnce">Connections that are served at the same time; more wait in the sandbox.</param>
    /// <param name="connect">Takes over an accepted socket, and tells the server who it is.</param>
    private protected async Task ServeAsync(Socket listener, int atOnce, Func<Socket, ConnectionContext> connect)
    {
        var free = new SemaphoreSlim(atOnce); // without a wait handle: nothing to dispose of
        try
        {
            while (true)
            {
                await free.WaitAsync();
                var socket = await listener.AcceptAsync();
                socket.NoDelay = true;
                var connection = connect(socket);
                connection.ConnectionClosed.Register(() => free.Release());
                await accepted.Writer.WriteAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // The sandbox has ended.
        }
    }

    /// <summary>Serves a connection that was not accepted here. Ends once the server has it.</summary>
    private protected async Task ServeAsync(ConnectionContext connection)
    {
        try
        {
            await accepted.Writer.WriteAsync(connection);
        }
        catch (ChannelClosedException)
        {
            await connection.DisposeAsync(); // the server has ended
        }
    }

    /// <summary>All sandboxes' sockets as the one place where a server listens.</summary>
    /// <param name="name">What for, in messages.</param>
    private protected sealed class Together(string name) : EndPoint
    {
        public override string ToString() => name;
    }
}
