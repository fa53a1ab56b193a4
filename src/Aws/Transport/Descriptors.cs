using System.Net;
using System.Net.Sockets;

namespace Lambent.Aws.Transport;

/// <summary>What an <see cref="EpollConnection"/> reads and writes: one descriptor or two, which never block.</summary>
internal abstract class Descriptors : IDisposable
{
    internal virtual EndPoint? LocalEndPoint => null;

    internal virtual EndPoint? RemoteEndPoint => null;

    /// <summary>Bytes that were read; 0 at the end, or with an error.</summary>
    internal abstract int Receive(Span<byte> into, out SocketError error);

    /// <summary>Bytes that were taken.</summary>
    internal abstract int Send(ReadOnlySpan<byte> bytes, out SocketError error);

    /// <summary>From now on the thread waits for these events, and for no others.</summary>
    internal abstract void Watch(EpollThread thread, EpollEvents events, Action<EpollEvents> onReady);

    /// <summary>Tells the other side that nothing more comes.</summary>
    internal abstract void EndSending();

    /// <summary>Ends so that the other side sees that this is no proper end, if it can.</summary>
    internal abstract void Abort();

    public abstract void Dispose();

    /// <summary>One descriptor, and what a thread waits for on it now.</summary>
    protected struct Watched(int fd)
    {
        private EpollEvents wanted;

        internal void Change(EpollThread thread, EpollEvents events, Action<EpollEvents> onReady)
        {
            var before = wanted;
            wanted = events;
            if (events == before)
            {
                return;
            }

            if (events == EpollEvents.None)
            {
                thread.Forget(fd); // else a client that has gone would be told of again and again
            }
            else if (before == EpollEvents.None)
            {
                thread.Watch(fd, events, onReady);
            }
            else
            {
                thread.Change(fd, events);
            }
        }
    }
}

/// <summary>A connected socket.</summary>
internal sealed class SocketDescriptor : Descriptors
{
    private readonly Socket socket;
    private Watched watched;

    internal SocketDescriptor(Socket socket)
    {
        this.socket = socket;
        socket.Blocking = false;
        watched = new((int)socket.Handle);
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
    }

    internal override EndPoint? LocalEndPoint { get; }

    internal override EndPoint? RemoteEndPoint { get; }

    internal override int Receive(Span<byte> into, out SocketError error) => socket.Receive(into, SocketFlags.None, out error);

    internal override int Send(ReadOnlySpan<byte> bytes, out SocketError error) => socket.Send(bytes, SocketFlags.None, out error);

    internal override void Watch(EpollThread thread, EpollEvents events, Action<EpollEvents> onReady) => watched.Change(thread, events, onReady);

    internal override void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone already.
        }
    }

    internal override void Abort() => socket.Close(timeout: 0); // a reset

    public override void Dispose() => socket.Dispose();
}
