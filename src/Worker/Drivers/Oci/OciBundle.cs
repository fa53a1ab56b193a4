using System.Text.Json.Nodes;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// The <c>config.json</c> of one sandbox, as the OCI Runtime Specification 1.0.2 has it: every namespace, a user namespace
/// with a range of its own, read-only root, seccomp by allow-list, and for PID 1 alone the capabilities that it needs to
/// attach mounts and set up its network. The function's own process has none (<c>lambent-init.c</c>, <c>become</c>).
/// </summary>
internal static class OciBundle
{
    /// <summary>User ids per sandbox.</summary>
    internal const int IdsPerSandbox = 1024;

    /// <summary>Of "Lambda quotas": execution processes and threads 1,024, file descriptors 1,024. One process more for PID 1.</summary>
    private const int PidsLimit = 1024 + 1, FileDescriptors = 1024;

    private const int ClonesOfNamespaces = 0x7E020000; // CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET

    private static readonly string[] InitCapabilities =
        ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL", "CAP_CHOWN", "CAP_NET_BIND_SERVICE"];

    private static readonly JsonNode Seccomp = SeccompProfile();

    internal static string Config(string rootfs, string guestSocket, uint firstHostId, string cgroupPath)
    {
        var mounts = new JsonArray(
            Mount("/proc", "proc", "proc", "nosuid", "nodev", "noexec"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=64k"),
            Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            Mount("/usr", "bind", "/usr", "rbind", "ro", "nosuid", "nodev"),
            Mount("/usr/local", "tmpfs", "tmpfs", "ro", "nosuid", "nodev", "size=0k"),
            Mount("/run/lambent/guest.sock", "bind", guestSocket, "bind", "ro", "nosuid", "nodev", "noexec"));
        foreach (var folder in (string[])["/etc/ssl/certs", "/etc/alternatives"])
        {
            if (Directory.Exists(folder))
            {
                mounts.Add(Mount(folder, "bind", folder, "rbind", "ro", "nosuid", "nodev", "noexec"));
            }
        }

        return new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["hostname"] = "169.254.100.6",
            ["root"] = new JsonObject { ["path"] = rootfs, ["readonly"] = true },
            ["process"] = Process(),
            ["mounts"] = mounts,
            ["linux"] = Linux(firstHostId, cgroupPath),
        }.ToJsonString();
    }

    private static JsonObject Process() => new()
    {
        ["terminal"] = false,
        ["cwd"] = "/",
        ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
        ["args"] = Strings("/run/lambent/lambent-init"),
        ["env"] = Strings("PATH=/usr/bin"),
        ["noNewPrivileges"] = true,
        ["rlimits"] = new JsonArray(
            new JsonObject { ["type"] = "RLIMIT_NOFILE", ["hard"] = FileDescriptors, ["soft"] = FileDescriptors },
            new JsonObject { ["type"] = "RLIMIT_CORE", ["hard"] = 0, ["soft"] = 0 }),
        ["capabilities"] = new JsonObject
        {
            ["bounding"] = Strings(InitCapabilities),
            ["effective"] = Strings(InitCapabilities),
            ["permitted"] = Strings(InitCapabilities),
        },
    };

    private static JsonObject Linux(uint firstHostId, string cgroupPath) => new()
    {
        ["namespaces"] = new JsonArray(
            [.. ((string[])["user", "pid", "mount", "network", "ipc", "uts", "cgroup"]).Select(n => new JsonObject { ["type"] = n })]),
        ["uidMappings"] = IdMapping(firstHostId),
        ["gidMappings"] = IdMapping(firstHostId),
        ["cgroupsPath"] = cgroupPath,
        ["resources"] = new JsonObject
        {
            ["pids"] = new JsonObject { ["limit"] = PidsLimit },
            ["devices"] = new JsonArray(new JsonObject { ["allow"] = false, ["access"] = "rwm" }),
        },
        ["seccomp"] = Seccomp.DeepClone(),
        ["maskedPaths"] = Strings(
            "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg", "/proc/kallsyms", "/proc/config.gz",
            "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/proc/slabinfo",
            "/proc/vmallocinfo", "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup", "/proc/interrupts",
            "/sys/firmware", "/sys/fs/cgroup", "/sys/kernel", "/sys/devices/virtual/powercap"),
        ["readonlyPaths"] = Strings("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
    };

    private static JsonArray IdMapping(uint firstHostId) =>
        new(new JsonObject { ["containerID"] = 0, ["hostID"] = firstHostId, ["size"] = IdsPerSandbox });

    private static JsonObject Mount(string destination, string type, string source, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = Strings(options),
    };

    /// <summary>
    /// The allow-list of container engines, without what needs a capability. New namespaces are refused: clone by its flags,
    /// clone3 by ENOSYS (its flags are behind a pointer), so that C libraries fall back to clone. splice and its kin are refused by EINVAL, as
    /// between descriptors that cannot do it, so that callers copy instead: it holds a pipe's lock while it waits for another descriptor, and
    /// whoever reads the pipe's other end (the worker, for a function's output) waits too, O_NONBLOCK or not. Sockets are of the families
    /// that AWS has: Unix, IPv4, IPv6, netlink.
    /// </summary>
    private static JsonObject SeccompProfile()
    {
        using var resource = typeof(OciBundle).Assembly.GetManifestResourceStream("seccomp-allowed.txt")!;
        using var reader = new StreamReader(resource);
        var names = reader.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var rules = new JsonArray(
            Rule(names),
            Rule(["clone"], Argument(0, ClonesOfNamespaces, 0, "SCMP_CMP_MASKED_EQ")),
            new JsonObject { ["names"] = Strings("clone3"), ["action"] = "SCMP_ACT_ERRNO", ["errnoRet"] = 38 },
            new JsonObject { ["names"] = Strings("splice", "sendfile", "tee", "vmsplice"), ["action"] = "SCMP_ACT_ERRNO", ["errnoRet"] = 22 },
            Rule(["personality"], Argument(0, 0, 0, "SCMP_CMP_EQ")),
            Rule(["personality"], Argument(0, 0xffffffff, 0, "SCMP_CMP_EQ")));
        foreach (var family in (int[])[1, 2, 10, 16])
        {
            rules.Add(Rule(["socket"], Argument(0, family, 0, "SCMP_CMP_EQ")));
        }

        return new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ERRNO",
            ["defaultErrnoRet"] = 1,
            ["architectures"] = Strings("SCMP_ARCH_X86_64"),
            ["syscalls"] = rules,
        };
    }

    private static JsonObject Rule(string[] names, params JsonNode[] arguments) =>
        new() { ["names"] = Strings(names), ["action"] = "SCMP_ACT_ALLOW", ["args"] = new JsonArray(arguments) };

    private static JsonObject Argument(int index, long value, long valueTwo, string comparison) =>
        new() { ["index"] = index, ["value"] = value, ["valueTwo"] = valueTwo, ["op"] = comparison };

    private static JsonArray Strings(params string[] values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
