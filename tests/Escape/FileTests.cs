using System.Text.Json;
using Shouldly;

namespace Lambent.Escape;

/// <summary>What a function looks for on the host's disk, in /proc and /sys, and what it tries to change in its own sandbox.</summary>
public sealed class FileTests(Machine machine) : HostileTest(machine)
{
    public static TheoryData<string> FilesOfTheHost => ["root-access-key.json", "lambent.db", "endpoint.json", "lock"];

    [Theory]
    [MemberData(nameof(FilesOfTheHost))]
    public async Task A_file_of_the_data_folder_is_not_there(string file)
    {
        var path = Path.Combine(Machine.Data, file);
        File.Exists(path).ShouldBeTrue();

        (await TryAsync("read", path)).ShouldBe("denied ENOENT");
        (await TryAsync("read_through_link", path)).ShouldBe("denied ENOENT");
    }

    [Fact]
    public async Task The_code_and_the_logs_of_other_functions_are_not_there()
    {
        var others = Directory.EnumerateFiles(Machine.Data, "*", SearchOption.AllDirectories)
            .Where(f => f.Contains("/code/", StringComparison.Ordinal) || f.Contains("/packages/", StringComparison.Ordinal) || f.Contains("/logs/", StringComparison.Ordinal))
            .ToList();
        others.Count.ShouldBeGreaterThan(5);
        foreach (var file in others)
        {
            (await TryAsync("read", file)).ShouldBe("denied ENOENT", file);
        }
    }

    [Theory]
    [InlineData("/etc/shadow", "ENOENT")]
    [InlineData("/etc/machine-id", "ENOENT")]
    [InlineData("/var/lib/dpkg/status", "ENOENT")]
    [InlineData("/proc/1/environ", "EACCES")]
    [InlineData("/proc/1/mem", "EACCES")]
    [InlineData("/proc/1/maps", "EACCES")]
    [InlineData("/proc/1/exe", "EACCES")]
    [InlineData("/proc/1/root/etc/passwd", "EACCES")]
    [InlineData("/proc/1/cwd/etc/passwd", "EACCES")]
    [InlineData("/proc/1/fd/3", "EACCES")]
    [InlineData("/proc/kcore", "ENODATA")]
    [InlineData("/proc/kmsg", "ENODATA")]
    [InlineData("/proc/kallsyms", "ENODATA")]
    [InlineData("/proc/keys", "ENODATA")]
    [InlineData("/proc/sched_debug", "ENOENT")]
    [InlineData("/proc/config.gz", "ENODATA")]
    [InlineData("/dev/mem", "ENOENT")]
    [InlineData("/dev/kmsg", "ENOENT")]
    [InlineData("/dev/loop-control", "ENOENT")]
    [InlineData("/dev/loop0", "ENOENT")]
    [InlineData("/dev/fuse", "ENOENT")]
    [InlineData("/dev/net/tun", "ENOENT")]
    [InlineData("/dev/kvm", "ENOENT")]
    public async Task A_file_of_the_host_or_of_init_cannot_be_read(string path, string errno) =>
        (await TryAsync("read", path)).ShouldBeOneOf($"denied {errno}", "denied ENOENT"); // a kernel may be without it

    [Theory]
    [InlineData("/root")]
    [InlineData("/home")]
    [InlineData("/mnt")]
    [InlineData("/var/lib")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/sys/firmware")]
    [InlineData("/sys/kernel")]
    [InlineData("/proc/acpi")]
    [InlineData("/proc/scsi")]
    public async Task A_folder_is_empty(string path) => (await TryAsync("list_folder", path)).ShouldBeOneOf("denied ENODATA", "denied ENOENT");

    [Theory]
    [InlineData("/proc/1/root")]
    [InlineData("/proc/1/fd")]
    [InlineData("/proc/1/task/1/fd")]
    [InlineData("/proc/1/map_files")]
    public async Task What_init_has_cannot_be_listed(string path) => (await TryAsync("list_folder", path)).ShouldBeOneOf("denied EACCES", "denied EPERM");

    [Theory]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sys/kernel/modprobe")]
    [InlineData("/proc/sys/kernel/hostname")]
    [InlineData("/proc/sys/vm/drop_caches")]
    [InlineData("/proc/sys/net/ipv4/ip_forward")]
    [InlineData("/proc/1/oom_score_adj")]
    [InlineData("/proc/1/uid_map")]
    [InlineData("/sys/kernel/uevent_helper")]
    [InlineData("/sys/kernel/mm/transparent_hugepage/enabled")]
    [InlineData("/sys/power/state")]
    [InlineData("/run/lambent/lambent-init")]
    public async Task A_file_of_the_kernel_or_of_init_cannot_be_written(string path) =>
        (await TryAsync("write", path)).ShouldBeOneOf("denied EROFS", "denied EACCES", "denied ENOENT", "denied EPERM", "denied ETXTBSY");

    [Fact]
    public async Task Not_one_setting_of_the_kernel_can_be_written() => (await TryAsync("writable_settings")).ShouldBe("open: []");

    [Theory]
    [InlineData("/x")]
    [InlineData("/etc/x")]
    [InlineData("/usr/bin/x")]
    [InlineData("/usr/local/x")]
    [InlineData("/var/task/x")]
    [InlineData("/var/runtime/x")]
    [InlineData("/var/lang/bin/x")]
    [InlineData("/opt/x")]
    [InlineData("/run/lambent/x")]
    [InlineData("/dev/x")]
    [InlineData("/home/x")]
    public async Task Nothing_can_be_made_outside_of_tmp(string path) =>
        (await TryAsync("create", path)).ShouldBeOneOf("denied EROFS", "denied EACCES");

    [Theory]
    [InlineData("write", "/var/task/app.py")]
    [InlineData("delete", "/var/task/app.py")]
    [InlineData("change_mode", "/var/task/app.py")]
    [InlineData("write", "/var/runtime/bootstrap.py")]
    [InlineData("delete", "/var/runtime/bootstrap.py")]
    [InlineData("change_mode", "/usr/bin/env")]
    [InlineData("write", "/etc/passwd")]
    [InlineData("write", "/etc/resolv.conf")]
    [InlineData("write", "/proc/self/root/etc/passwd")]
    public async Task What_the_sandbox_is_made_of_cannot_be_changed(string attempt, string path) =>
        (await TryAsync(attempt, path)).ShouldBeOneOf("denied EROFS", "denied EACCES");

    [Theory]
    [InlineData("/var/task/app.py")]
    [InlineData("/usr/bin/su")]
    [InlineData("/etc/passwd")]
    [InlineData("/run/lambent/guest.sock")]
    public async Task Nothing_outside_of_tmp_gets_a_second_name(string path) =>
        (await TryAsync("link_into_tmp", path)).ShouldBeOneOf("denied EXDEV", "denied EPERM");

    [Fact]
    public async Task The_door_that_init_came_through_is_shut() =>
        (await TryAsync("connect_unix", "/run/lambent/guest.sock", "packet")).ShouldBe("denied ECONNREFUSED");

    [Fact]
    public async Task Only_harmless_devices_are_there() => JsonSerializer.Deserialize<string[]>((await TryAsync("devices"))["open: ".Length..])!
        .ShouldBeSubsetOf(["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/pts/ptmx"]);

    [Fact]
    public async Task A_setuid_file_would_not_be_honoured() => (await TryAsync("setuid_files")).ShouldBe("open: []");

    [Fact]
    public async Task What_mountinfo_names_of_the_host_cannot_be_opened()
    {
        var mounts = JsonSerializer.Deserialize<string[][]>((await TryAsync("mount_points"))["open: ".Length..])!;
        var sources = mounts.Select(m => m[0]).Where(s => s.StartsWith(Machine.Data, StringComparison.Ordinal) || s.Contains("/lambent/", StringComparison.Ordinal)).ToList();
        sources.Count.ShouldBeGreaterThan(1, "a bind mount names its folder: that much can be seen");
        foreach (var source in sources)
        {
            (await TryAsync("list_folder", source)).ShouldBeOneOf("denied ENOENT", "denied ENOTDIR", "denied EACCES");
        }
    }

    [Fact]
    public async Task Only_processes_of_its_own_are_seen() =>
        JsonSerializer.Deserialize<int[]>((await TryAsync("processes"))["open: ".Length..])!.Length.ShouldBeLessThanOrEqualTo(2);

    [Fact]
    public async Task What_another_function_left_in_tmp_is_not_seen()
    {
        await Machine.TryAsync("victim", "leave", "/tmp/secret", "of the victim");

        (await TryAsync("found", "/tmp/secret*")).ShouldBe("open: []");
        (await TryAsync("found", "/proc/*/root/tmp/secret")).ShouldBe("open: []");
        (await Machine.TryAsync("victim", "read", "/tmp/secret")).ShouldContain("of the victim");
    }

    [Fact]
    public async Task A_link_in_tmp_leads_nowhere_for_the_host()
    {
        var target = Path.Combine(Machine.Data, "endpoint.json");
        var before = await File.ReadAllTextAsync(target);

        await TryAsync("read_through_link", target);
        await TryAsync("leave", "/tmp/endpoint.json", "hostile");

        (await File.ReadAllTextAsync(target)).ShouldBe(before);
    }
}
