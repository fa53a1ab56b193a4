using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// The worker's end of the control channel to <c>lambent-init</c> (<c>src/Guest/lambent-init.c</c> has the messages): one
/// SOCK_SEQPACKET packet a message, descriptors by SCM_RIGHTS. Calls are answered in order.
/// </summary>
internal sealed partial class GuestChannel : IDisposable
{
    private const int MaxMessageBytes = 64 * 1024;
    private const int SolSocket = 1, ScmRights = 1, CmsgCloexec = 0x40000000, NoSignal = 0x4000, DontWait = 0x40;

    private readonly Socket socket;
    private readonly DescriptorPump pump;
    private readonly int fd;
    private readonly ConcurrentQueue<TaskCompletionSource<GuestReply>> calls = new();
    private readonly Lock sending = new();

    /// <summary>Held while the raw descriptor is used: once closed, its number may be another sandbox's.</summary>
    private readonly Lock descriptor = new();
    private int closed;

    internal GuestChannel(Socket socket, DescriptorPump pump)
    {
        this.socket = socket;
        this.pump = pump;
        fd = (int)socket.Handle;
        socket.Blocking = false;
    }

    /// <summary>A child of PID 1 has ended: its pid inside the sandbox, and its wait status.</summary>
    internal Action<int, int>? ChildExited { get; set; }

    /// <summary>
    /// The process that was spawned last. Set on the pump's thread before its exit can be read there, so that not even the exit
    /// of a runtime that dies at once is missed.
    /// </summary>
    internal int SpawnedPid { get; private set; }

    /// <summary>The sandbox is gone.</summary>
    internal Action? Closed { get; set; }

    /// <summary>Starts to read. The guest's hello, with the listening socket of the Runtime API, is the answer.</summary>
    internal Task<GuestReply> HelloAsync()
    {
        var hello = new TaskCompletionSource<GuestReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        calls.Enqueue(hello);
        pump.Watch(fd, ReadOne);
        return hello.Task;
    }

    internal Task<GuestReply> NetworkAsync(uint address, uint gateway)
    {
        var message = new byte[9];
        message[0] = (byte)'N';
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), address);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(5), gateway);
        return CallAsync(message, null);
    }

    internal Task<GuestReply> MountAsync(string target, SafeFileHandle mount) =>
        CallAsync(Encoding.UTF8.GetBytes($"M{target}\0"), mount);

    internal Task<GuestReply> SpawnAsync(SpawnOrder order) => CallAsync(order.ToMessage(), null);

    /// <summary>Sends a signal to a process of the sandbox, or to all but PID 1.</summary>
    internal void Signal(int pid, int signal)
    {
        var message = new byte[9];
        message[0] = (byte)'K';
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), pid);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(5), signal);
        Send(message, null);
    }

    /// <summary>Closing the channel ends the sandbox: PID 1 exits.</summary>
    public void Dispose() => Close();

    private async Task<GuestReply> CallAsync(byte[] message, SafeFileHandle? passed)
    {
        var call = new TaskCompletionSource<GuestReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (sending)
        {
            calls.Enqueue(call);
            Send(message, passed);
        }

        if (IsClosed)
        {
            FailCalls();
        }

        var reply = await call.Task;
        return reply.Error is null ? reply : throw new SandboxFailedException($"the sandbox's init refused: {reply.Error}");
    }

    private unsafe void Send(byte[] message, SafeFileHandle? passed)
    {
        var control = stackalloc byte[24];
        fixed (byte* data = message)
        {
            var iov = new IoVec { Base = data, Length = (nuint)message.Length };
            var header = new MsgHdr { Iov = &iov, IovLength = 1 };
            if (passed is not null)
            {
                header.Control = control;
                header.ControlLength = 24;
                *(nuint*)control = 20; // CMSG_LEN(sizeof(int))
                *(int*)(control + 8) = SolSocket;
                *(int*)(control + 12) = ScmRights;
                *(int*)(control + 16) = (int)passed.DangerousGetHandle();
            }

            bool failed;
            lock (descriptor)
            {
                failed = closed != 0 || SendMsg(fd, &header, NoSignal) < 0;
            }

            if (failed)
            {
                Close();
            }
        }
    }

    private unsafe void ReadOne()
    {
        var buffer = stackalloc byte[MaxMessageBytes];
        var control = stackalloc byte[64];
        var iov = new IoVec { Base = buffer, Length = MaxMessageBytes };
        var header = new MsgHdr { Iov = &iov, IovLength = 1, Control = control, ControlLength = 64 };
        int size;
        lock (descriptor)
        {
            if (closed != 0)
            {
                return;
            }

            size = (int)RecvMsg(fd, &header, CmsgCloexec | DontWait);
        }

        if (size < 0 && Marshal.GetLastPInvokeError() is 11 or 4)
        {
            return; // EAGAIN, EINTR
        }

        if (size <= 0)
        {
            Close();
            return;
        }

        Dispatch(new ReadOnlySpan<byte>(buffer, size), Descriptors(control, header.ControlLength));
    }

    private void Dispatch(ReadOnlySpan<byte> message, int[] descriptors)
    {
        if (message[0] == 'X' && message.Length >= 9)
        {
            ChildExited?.Invoke(BinaryPrimitives.ReadInt32LittleEndian(message[1..]), BinaryPrimitives.ReadInt32LittleEndian(message[5..]));
            return;
        }

        if (calls.TryDequeue(out var call))
        {
            var error = message[0] == 'F' ? Encoding.UTF8.GetString(message[1..]) : null;
            var pid = message[0] == 'P' && message.Length >= 5 ? BinaryPrimitives.ReadInt32LittleEndian(message[1..]) : 0;
            SpawnedPid = pid == 0 ? SpawnedPid : pid;
            call.TrySetResult(new GuestReply(error, pid, descriptors));
        }
    }

    private static unsafe int[] Descriptors(byte* control, nuint length)
    {
        if (length < 20 || *(int*)(control + 12) != ScmRights)
        {
            return [];
        }

        var count = ((int)*(nuint*)control - 16) / sizeof(int);
        return new ReadOnlySpan<int>(control + 16, count).ToArray();
    }

    private void Close()
    {
        lock (descriptor)
        {
            if (closed != 0)
            {
                return;
            }

            closed = 1;
            pump.Forget(fd);
            socket.Dispose();
        }

        FailCalls();
        Closed?.Invoke();
    }

    private bool IsClosed
    {
        get
        {
            lock (descriptor)
            {
                return closed != 0;
            }
        }
    }

    private void FailCalls()
    {
        while (calls.TryDequeue(out var call))
        {
            call.TrySetResult(new GuestReply("it is gone", 0, []));
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVec
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MsgHdr
    {
        public void* Name;
        public uint NameLength;
        public IoVec* Iov;
        public nuint IovLength;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMsg(int fd, MsgHdr* header, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint RecvMsg(int fd, MsgHdr* header, int flags);
}

/// <summary>An answer of the guest.</summary>
/// <param name="Error">Null if it did what it was told.</param>
/// <param name="Pid">Of the spawned process, inside the sandbox.</param>
/// <param name="Descriptors">Passed with the answer; the receiver owns them.</param>
internal sealed record GuestReply(string? Error, int Pid, int[] Descriptors);

/// <summary>A process to be started in the sandbox.</summary>
/// <param name="Arguments">The first is the program.</param>
/// <param name="Environment">Complete.</param>
/// <param name="WorkingDirectory">Falls back to <c>/</c>.</param>
/// <param name="EnvironmentByPipe">True for a stocked interpreter: it gets its environment later, by descriptor 3.</param>
internal sealed record SpawnOrder(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory, bool EnvironmentByPipe)
{
    internal byte[] ToMessage()
    {
        using var message = new MemoryStream();
        message.WriteByte((byte)'S');
        Span<byte> header = stackalloc byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(header, SandboxUser.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], SandboxUser.Gid);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Arguments.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Environment.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], EnvironmentByPipe ? 1 : 0);
        message.Write(header);
        IEnumerable<string> strings = [WorkingDirectory, .. Arguments, .. Environment.Select(v => $"{v.Key}={v.Value}")];
        foreach (var text in strings)
        {
            message.Write(Encoding.UTF8.GetBytes(text));
            message.WriteByte(0);
        }

        return message.ToArray();
    }
}

/// <summary>Who a function is inside its sandbox, as on AWS.</summary>
internal static class SandboxUser
{
    internal const string Name = "sbx_user1051";
    internal const uint Uid = 993;
    internal const uint Gid = 990;
}
