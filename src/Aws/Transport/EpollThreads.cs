using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Lambent.Aws.Transport;

/// <summary>One <see cref="EpollThread"/> for each processor, for the connections of Kestrel servers (decision 0023).</summary>
public sealed class EpollThreads : IDisposable
{
    private readonly EpollThread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(i => new EpollThread($"sockets {i}"))];
    private uint next;

    /// <summary>Takes over a connected socket. It is read from at once.</summary>
    public ConnectionContext Serve(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var connection = new EpollConnection(socket, threads[Interlocked.Increment(ref next) % threads.Length]);
        connection.Start();
        return connection;
    }

    /// <summary>Stops the threads: once all servers have stopped.</summary>
    public void Dispose()
    {
        foreach (var thread in threads)
        {
            thread.Dispose();
        }
    }
}
