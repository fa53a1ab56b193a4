using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lambent.Aws.Transport;

/// <summary>What an <see cref="EpollThread"/> waits for on a descriptor, and what it found. Values of epoll_ctl(2).</summary>
[Flags]
public enum EpollEvents : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>There is something to read, or the end.</summary>
    Readable = 0x1,

    /// <summary>There is room to write.</summary>
    Writable = 0x4,

    /// <summary>The descriptor has an error; always waited for.</summary>
    Error = 0x8,

    /// <summary>The other side is gone; always waited for.</summary>
    HangUp = 0x10,
}

/// <summary>
/// One thread that waits on many descriptors with epoll(7), level-triggered, and calls whoever watches one. What is called must not
/// block: while it runs, the others wait.
/// </summary>
/// <remarks>
/// .NET waits for sockets so too, but hands each event to the thread pool, and reads pipes with a blocked thread each: the
/// first costs a wake-up for every message, the second three thousand threads for a thousand idle sandboxes.
/// </remarks>
public sealed unsafe partial class EpollThread : IDisposable
{
    /// <summary>Handled in one round.</summary>
    private const int EventsAtOnce = 16;

    private const int Add = 1, Delete = 2, Modify = 3, CloexecFlag = 0x80000;

    /// <summary>Of the thread that runs this, while it handles several descriptors.</summary>
    [ThreadStatic]
    private static List<Action>? atEndOfRound;

    private readonly ConcurrentDictionary<int, Action<EpollEvents>> watched = new();
    private readonly int epoll = Checked("epoll_create1", EpollCreate(CloexecFlag));
    private readonly int wake = Checked("eventfd", EventFd(0, CloexecFlag));
    private readonly Thread thread;
    private readonly long busyPollTicks, roundTicks;
    private volatile bool stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="busyPoll">
    /// So long it looks for the next event before it sleeps, as <c>halt_poll_ns</c> of KVM does: to be woken takes longer than a function's
    /// answer does. Meanwhile it yields to whoever else can run.
    /// </param>
    public EpollThread(string name, TimeSpan busyPoll = default)
        : this(name, busyPoll, longestRound: LongTurns.Limit)
    {
    }

    /// <summary>The same. After the longest round nothing is put off any more: whoever takes long does not hold up what others have done.</summary>
    internal EpollThread(string name, TimeSpan busyPoll, TimeSpan longestRound)
    {
        (busyPollTicks, roundTicks) = (TicksOf(busyPoll), TicksOf(longestRound));
        Control(Add, wake, EpollEvents.Readable);
        thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Calls <paramref name="onReady"/> on this thread as long as one of the events holds.</summary>
    public void Watch(int fd, EpollEvents events, Action<EpollEvents> onReady)
    {
        watched[fd] = onReady;
        Control(Add, fd, events);
    }

    /// <summary>Waits for other events on a watched descriptor.</summary>
    public void Change(int fd, EpollEvents events) => Control(Modify, fd, events);

    /// <summary>Ends the watch; to be called before the descriptor is closed. A call under way may still finish.</summary>
    public void Forget(int fd)
    {
        if (watched.TryRemove(fd, out _))
        {
            Control(Delete, fd, EpollEvents.None);
        }
    }

    /// <summary>Stops the thread, after the call that is under way.</summary>
    public void Dispose()
    {
        stopping = true;
        ulong one = 1;
        _ = Write(wake, &one, sizeof(ulong));
        thread.Join();
        _ = Close(epoll);
        _ = Close(wake);
    }

    /// <summary>
    /// Does something once all descriptors have been handled that were found ready together with the one that is handled just now, or after a millisecond.
    /// False, and nothing is done, if this is no such thread, or there is only one.
    /// </summary>
    internal static bool AtEndOfRound(Action what)
    {
        atEndOfRound?.Add(what);
        return atEndOfRound != null;
    }

    private void Run()
    {
        var events = stackalloc EpollEvent[EventsAtOnce];
        var atEnd = new List<Action>();
        while (!stopping)
        {
            var count = Poll(events);
            count = count == 0 ? EpollWait(epoll, events, EventsAtOnce, -1) : count;
            var until = Stopwatch.GetTimestamp() + roundTicks;
            for (var i = 0; i < count; i++)
            {
                atEndOfRound = count > 1 ? atEnd : null;
                if (watched.TryGetValue(events[i].Descriptor, out var onReady))
                {
                    onReady(events[i].Events);
                }

                atEndOfRound = null;
                if (atEnd.Count > 0 && (i == count - 1 || Stopwatch.GetTimestamp() > until))
                {
                    atEnd.ForEach(static act => act());
                    atEnd.Clear();
                }
            }
        }
    }

    /// <summary>What there is, or comes soon. Zero: nothing; less: an interrupted call.</summary>
    private int Poll(EpollEvent* events)
    {
        if (busyPollTicks == 0)
        {
            return 0;
        }

        var until = Stopwatch.GetTimestamp() + busyPollTicks;
        var count = EpollWait(epoll, events, EventsAtOnce, 0);
        while (count == 0 && Stopwatch.GetTimestamp() < until)
        {
            Thread.Yield();
            count = EpollWait(epoll, events, EventsAtOnce, 0);
        }

        return count;
    }

    private void Control(int operation, int fd, EpollEvents events)
    {
        var watch = new EpollEvent { Events = events, Descriptor = fd };
        _ = EpollCtl(epoll, operation, fd, &watch);
    }

    private static long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static int Checked(string what, int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    [StructLayout(LayoutKind.Sequential, Pack = 4)] // packed on x86-64 only; the padding of others is in Unused
    private struct EpollEvent
    {
        public EpollEvents Events;
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

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, void* data, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int fd);
}
