using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Lambent.Aws.Transport;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Lambent.Worker.RuntimeApi;

/// <summary>The one endpoint of the Runtime API's server: connections come from the listening sockets of all sandboxes.</summary>
internal sealed class SandboxEndPoint : EndPoint
{
    public override string ToString() => "sandboxes";
}

/// <summary>
/// Kestrel's transport for the Runtime API. Each sandbox has a listening socket in a network namespace of its own; what it
/// accepts is served by the one server, and carries its <see cref="Generation"/> as a feature: a runtime cannot speak for
/// another sandbox, whatever it sends, nor for the processes that come after a reset.
/// </summary>
internal sealed class SandboxConnections : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    /// <summary>More at once are refused: a runtime needs one, each extension one or two.</summary>
    private const int ConnectionsPerSandbox = 64;

    private readonly EpollThreads threads = new();

    /// <summary>Bounded by the backlog of the sandboxes' own sockets: accepting stops while the server is behind.</summary>
    private readonly Channel<ConnectionContext> accepted = Channel.CreateBounded<ConnectionContext>(1024);

    public EndPoint EndPoint { get; } = new SandboxEndPoint();

    public bool CanBind(EndPoint endpoint) => endpoint is SandboxEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

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
    internal async Task ServeAsync(Sandbox sandbox)
    {
        var listener = sandbox.Driver.RuntimeApi;
        using var free = new SemaphoreSlim(ConnectionsPerSandbox);
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync();
                if (!await free.WaitAsync(0))
                {
                    socket.Dispose();
                    continue;
                }

                socket.NoDelay = true;
                var connection = threads.Serve(socket);
                connection.Features.Set(sandbox.Generation);
                connection.ConnectionClosed.Register(() => Release(free));
                await accepted.Writer.WriteAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // The sandbox has ended.
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        threads.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Release(SemaphoreSlim free)
    {
        try
        {
            free.Release();
        }
        catch (ObjectDisposedException)
        {
            // The sandbox went first.
        }
    }
}
