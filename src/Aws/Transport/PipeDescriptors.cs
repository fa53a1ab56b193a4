using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Aws.Transport;

/// <summary>
/// Two pipes, one for each direction. To write to a pipe costs a third of what a loopback connection does, and unlike a Unix socket it
/// carries nothing but bytes. See decision 0028.
/// </summary>
internal sealed unsafe partial class PipeDescriptors : Descriptors
{
    private const int SetFlags = 4, NonBlocking = 0x800;
    private const int Interrupted = 4, TryAgain = 11;

    private readonly SafeFileHandle input, output;
    private readonly int inputFd, outputFd;
    private Watched readable, writable;

    /// <summary>Takes over both.</summary>
    internal PipeDescriptors(SafeFileHandle input, SafeFileHandle output)
    {
        (this.input, this.output) = (input, output);
        (inputFd, outputFd) = ((int)input.DangerousGetHandle(), (int)output.DangerousGetHandle());
        (readable, writable) = (new(inputFd), new(outputFd));
        foreach (var fd in (ReadOnlySpan<int>)[inputFd, outputFd])
        {
            _ = FCntl(fd, SetFlags, NonBlocking); // of our ends only: the other ends are other open file descriptions
        }
    }

    internal override int Receive(Span<byte> into, out SocketError error)
    {
        fixed (byte* start = into)
        {
            return Result(Read(inputFd, start, (nuint)into.Length), out error);
        }
    }

    internal override int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        fixed (byte* start = bytes)
        {
            return Result(Write(outputFd, start, (nuint)bytes.Length), out error);
        }
    }

    internal override void Watch(EpollThread thread, EpollEvents events, Action<EpollEvents> onReady)
    {
        readable.Change(thread, events & EpollEvents.Readable, onReady);
        writable.Change(thread, events & EpollEvents.Writable, onReady);
    }

    internal override void EndSending() => output.Dispose();

    internal override void Abort() => Dispose();

    public override void Dispose()
    {
        input.Dispose();
        output.Dispose();
    }

    private static int Result(nint count, out SocketError error)
    {
        error = count >= 0 ? SocketError.Success
            : Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? SocketError.WouldBlock
            : SocketError.ConnectionReset; // EPIPE: nobody reads any more
        return Math.Max(0, (int)count);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FCntl(int fd, int command, nint argument);
}
