using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// Starts programs in a mount namespace from which the cgroup2 mount beside v1 controllers is taken: crun refuses to work
/// where it is. One thread of this process lives in that namespace, and what a thread starts is where the thread is. A shell
/// that made such a namespace for each container cost more than crun itself.
/// </summary>
internal sealed partial class RuntimeLauncher : IDisposable
{
    private const int NewMountNamespace = 0x20000;
    private const nuint Recursive = 0x4000, Slave = 0x80000;
    private const int Detach = 2;

    private readonly BlockingCollection<Order> orders = [];
    private readonly Thread thread;

    internal RuntimeLauncher()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "OCI launcher" };
        thread.Start();
    }

    internal Task<Process> StartAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        orders.Add(new Order(start, started));
        return started.Task;
    }

    public void Dispose()
    {
        orders.CompleteAdding();
        thread.Join();
        orders.Dispose();
    }

    private void Run()
    {
        SandboxFailedException? failure = null;
        try
        {
            TakeMountAway();
        }
        catch (SandboxFailedException e)
        {
            failure = e;
        }

        foreach (var (start, started) in orders.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(failure is null ? Process.Start(start)! : throw failure);
            }
            catch (Exception e) when (e is SandboxFailedException or System.ComponentModel.Win32Exception)
            {
                started.SetException(e);
            }
        }
    }

    /// <summary>Mounts that the host makes later still arrive here; what is done here stays here.</summary>
    private static void TakeMountAway()
    {
        Syscalls.Checked("unshare", Unshare(NewMountNamespace));
        Syscalls.Checked("mount", Mount("none", "/", null, Recursive | Slave, 0));
        Syscalls.Checked("umount", Unmount(ControlGroup.Unified, Detach));
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? type, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    private sealed record Order(ProcessStartInfo Start, TaskCompletionSource<Process> Started);
}
