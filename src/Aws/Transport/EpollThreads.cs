using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Lambent.Aws.Transport;

/// <summary>
/// The <see cref="EpollThread"/>s of this process, one for every two processors, for the connections of all its Kestrel servers (decision 0023):
/// an event that one thread sends to a runtime is mostly answered before the same thread would have fallen asleep.
/// </summary>
public static class EpollThreads
{
    /// <summary>Longer than a small function takes for its answer, and than a client takes for its next request.</summary>
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMicroseconds(100);

    private static readonly EpollThread[] Threads =
        [.. Enumerable.Range(0, (Environment.ProcessorCount + 1) / 2).Select(i => new EpollThread($"sockets {i}", BusyPoll))];

    private static uint next;

    /// <summary>Takes over a connected socket. It is read from at once.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="longTurns">Shared by the connections of one sender, who is not to hold up others.</param>
    public static ConnectionContext Serve(Socket socket, LongTurns longTurns)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(longTurns);
        var connection = new EpollConnection(socket, Threads[Interlocked.Increment(ref next) % Threads.Length], longTurns);
        connection.Start();
        return connection;
    }
}
