using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// One thread that waits on the pipes and control channels of all sandboxes with epoll(7). .NET reads pipes with a blocked
/// thread each; a thousand idle sandboxes would be three thousand threads.
/// </summary>
internal sealed unsafe partial class DescriptorPump : IDisposable
{
    private const int EventsAtOnce = 64;
    private const uint EpollIn = 1;
    private const int Add = 1, Delete = 2, CloexecFlag = 0x80000;

    private readonly ConcurrentDictionary<int, Action> watched = new();
    private readonly int epoll = (int)Syscalls.Checked("epoll_create1", EpollCreate(CloexecFlag));
    private readonly int wake = (int)Syscalls.Checked("eventfd", EventFd(0, CloexecFlag));
    private readonly Thread thread;
    private volatile bool stopping;

    internal DescriptorPump()
    {
        Control(Add, wake);
        thread = new Thread(Run) { IsBackground = true, Name = "descriptor pump" };
        thread.Start();
    }

    /// <summary>Calls <paramref name="onReadable"/> on the pump's thread whenever there is something to read, or the end.</summary>
    internal void Watch(int fd, Action onReadable)
    {
        watched[fd] = onReadable;
        Control(Add, fd);
    }

    /// <summary>Ends the watch; to be called before the descriptor is closed. A call under way may still finish.</summary>
    internal void Forget(int fd)
    {
        if (watched.TryRemove(fd, out _))
        {
            Control(Delete, fd);
        }
    }

    public void Dispose()
    {
        stopping = true;
        ulong one = 1;
        _ = Syscalls.Write(wake, (byte*)&one, sizeof(ulong));
        thread.Join();
        _ = Syscalls.Close(epoll);
        _ = Syscalls.Close(wake);
    }

    private void Run()
    {
        var events = stackalloc EpollEvent[EventsAtOnce];
        while (!stopping)
        {
            var count = EpollWait(epoll, events, EventsAtOnce, -1);
            for (var i = 0; i < count; i++)
            {
                if (watched.TryGetValue(events[i].Descriptor, out var onReadable))
                {
                    onReadable();
                }
            }
        }
    }

    private void Control(int operation, int fd)
    {
        var watch = new EpollEvent { Events = EpollIn, Descriptor = fd };
        _ = EpollCtl(epoll, operation, fd, &watch);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)] // packed on x86-64 only; the padding of others is in Unused
    private struct EpollEvent
    {
        public uint Events;
        public int Descriptor;
        public int Unused;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollCtl(int epoll, int operation, int fd, EpollEvent* watch);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, EpollEvent* events, int count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);
}
