using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Lambent.Aws.Transport;
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
    private readonly EpollThread pump;
    private readonly int fd;
    private readonly ConcurrentQueue<Call> calls = new();

    /// <summary>
    /// The processes that were spawned, by their pid inside. Filled on the pump's thread before an exit can be read there, so that
    /// not even the exit of a process that dies at once is missed.
    /// </summary>
    private readonly ConcurrentDictionary<int, string> spawned = new();
    private readonly Lock sending = new();

    /// <summary>Held while the raw descriptor is used: once closed, its number may be another sandbox's.</summary>
    private readonly Lock descriptor = new();
    private int closed;

    internal GuestChannel(Socket socket, EpollThread pump)
    {
        this.socket = socket;
        this.pump = pump;
        fd = (int)socket.Handle;
        socket.Blocking = false;
    }

    /// <summary>A process that was spawned has ended: its name, and its wait status.</summary>
    internal Action<string, int>? ChildExited { get; set; }

    /// <summary>The sandbox is gone.</summary>
    internal Action? Closed { get; set; }

    /// <summary>Starts to read. The guest's hello, with the listening socket of the Runtime API, is the answer.</summary>
    internal Task<GuestReply> HelloAsync()
    {
        var hello = new Call(null);
        calls.Enqueue(hello);
        pump.Watch(fd, EpollEvents.Readable, _ => ReadOne());
        return hello.Reply;
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

    internal Task<GuestReply> SpawnAsync(SpawnOrder order) => CallAsync(order.ToMessage(), null, order.Name);

    /// <summary>Ends every process but PID 1. When the task completes, none is left.</summary>
    internal Task<GuestReply> ResetAsync() => CallAsync("R"u8.ToArray(), null);

    /// <summary>A connection to a port that the function listens on; the reply has its descriptor.</summary>
    internal Task<GuestReply> ConnectAsync(int port)
    {
        var message = new byte[3];
        message[0] = (byte)'C';
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(1), (ushort)port);
        return CallAsync(message, null);
    }

    /// <summary>Sends a signal to a process that was spawned, or with null to all but PID 1.</summary>
    internal void Signal(string? process, int signal)
    {
        var pid = process is null ? -1 : spawned.FirstOrDefault(s => s.Value == process).Key;
        if (pid == 0)
        {
            return; // it has ended
        }

        var message = new byte[9];
        message[0] = (byte)'K';
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), pid);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(5), signal);
        Send(message, null);
    }

    /// <summary>Closing the channel ends the sandbox: PID 1 exits.</summary>
    public void Dispose() => Close();

    private async Task<GuestReply> CallAsync(byte[] message, SafeFileHandle? passed, string? spawns = null)
    {
        var call = new Call(spawns);
        lock (sending)
        {
            calls.Enqueue(call);
            Send(message, passed);
        }

        if (IsClosed)
        {
            FailCalls();
        }

        var reply = await call.Reply;
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
            if (spawned.TryRemove(BinaryPrimitives.ReadInt32LittleEndian(message[1..]), out var process))
            {
                ChildExited?.Invoke(process, BinaryPrimitives.ReadInt32LittleEndian(message[5..]));
            }

            return; // a grandchild's end is nobody's business
        }

        if (calls.TryDequeue(out var call))
        {
            var error = message[0] == 'F' ? Encoding.UTF8.GetString(message[1..]) : null;
            var pid = message[0] == 'P' && message.Length >= 5 ? BinaryPrimitives.ReadInt32LittleEndian(message[1..]) : 0;
            if (pid != 0)
            {
                spawned[pid] = call.Spawns!;
            }

            call.End(new GuestReply(error, descriptors));
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

    internal bool IsClosed
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
            call.End(new GuestReply("it is gone", []));
        }
    }

    /// <summary>A message that waits for its answer.</summary>
    private sealed class Call(string? spawns)
    {
        private readonly TaskCompletionSource<GuestReply> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The name of the process that it starts, if it starts one.</summary>
        internal string? Spawns => spawns;

        internal Task<GuestReply> Reply => reply.Task;

        internal void End(GuestReply with) => reply.TrySetResult(with);
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
/// <param name="Descriptors">Passed with the answer; the receiver owns them.</param>
internal sealed record GuestReply(string? Error, int[] Descriptors);

/// <summary>A process to be started in the sandbox.</summary>
/// <param name="Name">What its end is reported under.</param>
/// <param name="Arguments">The first is the program.</param>
/// <param name="Environment">Complete.</param>
/// <param name="WorkingDirectory">Falls back to <c>/</c>.</param>
/// <param name="EnvironmentByPipe">True for a stocked interpreter: it gets its environment later, by descriptor 3.</param>
/// <param name="WithRuntimeApi">True if it can speak to the Runtime API by descriptor 4.</param>
internal sealed record SpawnOrder(
    string Name, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory,
    bool EnvironmentByPipe = false, bool WithRuntimeApi = false)
{
    internal byte[] ToMessage()
    {
        using var message = new MemoryStream();
        message.WriteByte((byte)'S');
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, SandboxUser.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], SandboxUser.Gid);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Arguments.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Environment.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], EnvironmentByPipe ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], WithRuntimeApi ? 1 : 0);
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
