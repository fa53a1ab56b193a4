using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>The few system calls that .NET has no API for. Numbers of the new mount API are the same on every architecture.</summary>
internal static unsafe partial class Syscalls
{
    private const int OpenTree = 428;
    private const int MoveMountAttr = 442;
    private const int FsOpen = 430;
    private const int FsConfig = 431;
    private const int FsMount = 432;
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const int OpenTreeClone = 1;
    private const int OpenTreeCloexec = 0x80000;
    private const int FsConfigSetString = 1;
    private const int FsConfigCreate = 6;
    private const int SeekToData = 3;

    /// <summary>MOUNT_ATTR_RDONLY, NOSUID and NODEV of mount_setattr(2).</summary>
    internal const ulong ReadOnly = 1, NoSuid = 2, NoDev = 4;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FChownAt(int fd, string path, uint uid, uint gid, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "mknod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MkNod(string path, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FCntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int fd, long offset, int whence);

    /// <summary>Where the next byte is that was ever written, or -1.</summary>
    internal static long SeekData(SafeFileHandle file, long offset) => Seek((int)file.DangerousGetHandle(), offset, SeekToData);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUserId();

    /// <summary>A detached copy of the mount at <paramref name="path"/>, with the attributes set: a bind mount that is nowhere yet.</summary>
    internal static SafeFileHandle CloneMount(string path, ulong attributes)
    {
        var fd = Checked("open_tree", WithUtf8(path, p => Call(OpenTree, AtFdCwd, p, OpenTreeClone | OpenTreeCloexec, 0, 0)));
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        ulong* attr = stackalloc ulong[4] { attributes, 0, 0, 0 };
        Checked("mount_setattr", WithUtf8("", p => Call(MoveMountAttr, fd, p, AtEmptyPath, (nint)attr, 32)));
        return handle;
    }

    /// <summary>Makes a file system with the new mount API and returns it detached.</summary>
    internal static SafeFileHandle NewMount(string type, ulong attributes, params ReadOnlySpan<(string Key, string Value)> options)
    {
        var context = (int)Checked("fsopen", WithUtf8(type, p => Call(FsOpen, p, 1, 0, 0, 0)));
        try
        {
            foreach (var (key, value) in options)
            {
                Checked($"fsconfig {key}", WithUtf8(key, k => WithUtf8(value, v => Call(FsConfig, context, FsConfigSetString, k, v, 0))));
            }

            Checked("fsconfig create", Call(FsConfig, context, FsConfigCreate, 0, 0, 0));
            return new SafeFileHandle(Checked("fsmount", Call(FsMount, context, 1, (nint)attributes, 0, 0)), ownsHandle: true);
        }
        finally
        {
            _ = Close(context);
        }
    }

    /// <summary>Gives the root folder of a detached mount to a user.</summary>
    internal static void ChangeOwner(SafeFileHandle mount, uint uid, uint gid) =>
        Checked("fchownat", FChownAt((int)mount.DangerousGetHandle(), "", uid, gid, AtEmptyPath));

    internal static nint Checked(string what, nint result) => result >= 0 ? result : throw Failure(what);

    internal static SandboxFailedException Failure(string what)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new SandboxFailedException($"{what}: {error.Message}", error);
    }

    private static nint WithUtf8(string text, Func<nint, nint> use)
    {
        var pointer = Marshal.StringToCoTaskMemUTF8(text);
        try
        {
            return use(pointer);
        }
        finally
        {
            Marshal.FreeCoTaskMem(pointer);
        }
    }
}
