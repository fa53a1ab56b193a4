using System.Runtime.CompilerServices;
using Lambent.Aws.Transport;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>The pipes that a sandbox's processes write their output to.</summary>
/// <param name="pump">Waits for all of them.</param>
internal sealed class SandboxOutput(EpollThread pump)
{
    private const int BufferBytes = 32 * 1024, DrainReadsAtMost = 32;
    private const int SetFlags = 4, NonBlocking = 0x800;

    private readonly Lock gate = new();
    private readonly List<(int Fd, OutputPipe Pipe)> pipes = [];
    private bool isClosed;

    /// <summary>Who hears it. Set before the first <see cref="Add"/>.</summary>
    internal ISandboxEvents? Events { private get; set; }

    /// <summary>Reads this descriptor from now on, until its end.</summary>
    internal void Add(int fd, OutputPipe pipe)
    {
        lock (gate)
        {
            if (isClosed)
            {
                _ = Syscalls.Close(fd);
                return;
            }

            _ = Syscalls.FCntl(fd, SetFlags, NonBlocking);
            pipes.Add((fd, pipe));
            pump.Watch(fd, EpollEvents.Readable, _ => OnReadable(fd, pipe));
        }
    }

    /// <summary>Reads, before it returns, what is there now.</summary>
    internal void Drain()
    {
        lock (gate)
        {
            foreach (var (fd, pipe) in pipes)
            {
                for (var reads = 0; reads < DrainReadsAtMost && Read(fd, pipe) > 0; reads++)
                {
                }
            }
        }
    }

    /// <summary>Reads nothing any more.</summary>
    internal void Close()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (var (fd, pipe) in pipes.ToArray())
            {
                Close(fd, pipe);
            }
        }
    }

    private void OnReadable(int fd, OutputPipe pipe)
    {
        lock (gate)
        {
            if (pipes.Contains((fd, pipe)) && Read(fd, pipe) == 0)
            {
                Close(fd, pipe);
            }
        }
    }

    /// <summary>Bytes read; 0 at the end; -1 if there is nothing now.</summary>
    [SkipLocalsInit] // the buffer would be cleared twice for each event, mostly to find that there is nothing
    private unsafe int Read(int fd, OutputPipe pipe)
    {
        var buffer = stackalloc byte[BufferBytes];
        var count = (int)Syscalls.Read(fd, buffer, BufferBytes);
        if (count > 0)
        {
            Events!.OnOutput(pipe, new ReadOnlySpan<byte>(buffer, count));
        }

        return count;
    }

    private void Close(int fd, OutputPipe pipe)
    {
        pipes.Remove((fd, pipe));
        pump.Forget(fd);
        _ = Syscalls.Close(fd);
    }
}
