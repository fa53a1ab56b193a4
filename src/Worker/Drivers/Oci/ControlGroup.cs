using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// The limits of one sandbox, on cgroup v1 or v2. The OCI runtime makes the group; limits that depend on the function are
/// written when an empty sandbox gets one.
/// </summary>
internal sealed class ControlGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>One vCPU is 1,769 MB. Source: "Configure Lambda function memory".</summary>
    private const double MemoryMbPerCpu = 1769;

    /// <summary>20 ms: with 128 MB a function runs 1.4 ms in each, so that a short handler is not held for long.</summary>
    private const int CpuPeriodUs = 20_000;

    private const int DeleteAttempts = 12, DeletePause = 1000;

    private static readonly string[] V1Controllers = ["memory", "cpu", "cpuacct", "pids", "devices", "freezer", "blkio", "cpuset", "systemd"];

    private readonly string path;
    private readonly Lazy<SafeFileHandle?> peak;
    private readonly byte[] buffer = new byte[32];
    private long forgottenKills;

    internal ControlGroup(string path)
    {
        this.path = path;
        peak = new(() => Open(IsV2 ? File("", "memory.peak") : File("memory", "memory.max_usage_in_bytes")));
    }

    /// <summary>True where the unified hierarchy has the controllers. A hybrid mount counts as v1.</summary>
    internal static bool IsV2 { get; } = System.IO.File.Exists($"{Root}/cgroup.controllers");

    /// <summary>A cgroup2 mount beside v1 controllers, which crun refuses.</summary>
    internal static bool IsHybrid { get; } = !IsV2 && System.IO.File.Exists($"{Unified}/cgroup.procs");

    /// <summary>Where that mount is.</summary>
    internal const string Unified = $"{Root}/unified";

    /// <summary>Most memory used ever, with what the kernel holds for it.</summary>
    internal long? PeakMemoryBytes
    {
        get
        {
            if (peak.Value is not { IsInvalid: false } handle)
            {
                return null;
            }

            var count = RandomAccess.Read(handle, buffer, 0);
            return long.TryParse(buffer.AsSpan(0, count).TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                ? bytes : null;
        }
    }

    /// <summary>True once the kernel killed a process here for the limit, since <see cref="ForgetOutOfMemory"/>.</summary>
    internal bool RanOutOfMemory => OutOfMemoryKills > forgottenKills;

    /// <summary>What was killed until now belongs to the past.</summary>
    internal void ForgetOutOfMemory() => forgottenKills = OutOfMemoryKills;

    private long OutOfMemoryKills
    {
        get
        {
            const string counter = "oom_kill ";
            var file = IsV2 ? File("", "memory.events") : File("memory", "memory.oom_control");
            var line = System.IO.File.Exists(file)
                ? System.IO.File.ReadLines(file).FirstOrDefault(l => l.StartsWith(counter, StringComparison.Ordinal))
                : null;
            return line is null ? 0 : long.Parse(line.AsSpan(counter.Length), CultureInfo.InvariantCulture);
        }
    }

    internal void LimitMemory(int memoryMb)
    {
        var bytes = (memoryMb * 1024L * 1024).ToString(CultureInfo.InvariantCulture);
        if (IsV2)
        {
            Write(File("", "memory.max"), bytes);
            WriteIfThere(File("", "memory.swap.max"), "0");
            return;
        }

        Write(File("memory", "memory.limit_in_bytes"), bytes);
        WriteIfThere(File("memory", "memory.memsw.limit_in_bytes"), bytes);
    }

    /// <summary>Whether its processes leave the processor to those of other sandboxes, who have a hundred times as much of it while both want it.</summary>
    internal void GiveWay(bool gives) =>
        WriteIfThere(IsV2 ? File("", "cpu.weight") : File("cpu", "cpu.shares"), (IsV2, gives) switch
        {
            (true, false) => "100", // the kernel's defaults
            (false, false) => "1024",
            (true, true) => "1",
            (false, true) => "10",
        });

    internal void LimitCpu(int? memoryMb)
    {
        var quota = memoryMb is { } mb ? Math.Max(1_000, (int)(CpuPeriodUs * mb / MemoryMbPerCpu)) : -1;
        if (IsV2)
        {
            WriteIfThere(File("", "cpu.max"), quota < 0 ? $"max {CpuPeriodUs}" : $"{quota} {CpuPeriodUs}");
            return;
        }

        WriteIfThere(File("cpu", "cpu.cfs_period_us"), CpuPeriodUs.ToString(CultureInfo.InvariantCulture));
        WriteIfThere(File("cpu", "cpu.cfs_quota_us"), quota.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Folders of groups below a parent, under every controller.</summary>
    internal static IEnumerable<string> FoldersOf(string parent) =>
        (IsV2 ? [""] : V1Controllers.Append("unified")).Select(c => Path.Combine(Root, c, parent.TrimStart('/'))).Where(Directory.Exists);

    /// <summary>Processes in a group's folder and those below. A group may go while it is read: then it has none.</summary>
    internal static IReadOnlyList<int> ProcessesBelow(string folder)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(folder, "cgroup.procs", SearchOption.AllDirectories)
                    .SelectMany(System.IO.File.ReadLines).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Removes a group that has no process left; children first.</summary>
    internal static void Remove(string group)
    {
        foreach (var folder in FoldersOf(group))
        {
            foreach (var child in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).OrderByDescending(d => d.Length).Append(folder))
            {
                Delete(child);
            }
        }
    }

    /// <summary>Removes a group unless another lies below it.</summary>
    internal static void RemoveIfEmpty(string group)
    {
        foreach (var folder in FoldersOf(group).Where(f => !Directory.EnumerateDirectories(f).Any()))
        {
            Delete(folder);
        }
    }

    /// <summary>The kernel lets a group go a moment after its last process; so it is tried for that long.</summary>
    private static void Delete(string folder)
    {
        for (var attempt = 0; Directory.Exists(folder) && attempt < DeleteAttempts; attempt++)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                Thread.SpinWait(DeletePause << attempt);
            }
        }
    }

    public void Dispose()
    {
        if (peak.IsValueCreated)
        {
            peak.Value?.Dispose();
        }
    }

    private string File(string controller, string name) => $"{Root}/{controller}{path}/{name}";

    private static SafeFileHandle? Open(string file) => System.IO.File.Exists(file) ? System.IO.File.OpenHandle(file) : null;

    private static void WriteIfThere(string file, string value)
    {
        if (System.IO.File.Exists(file))
        {
            Write(file, value);
        }
    }

    private static void Write(string file, string value)
    {
        using var handle = System.IO.File.OpenHandle(file, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(value), 0);
    }
}
