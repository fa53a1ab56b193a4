using System.Diagnostics;
using System.Text.Json;
using Shouldly;

namespace Lambent.Escape;

/// <summary>What a function asks of the kernel, and does not get.</summary>
public sealed class SystemCallTests(Machine machine) : HostileTest(machine)
{
    [Fact]
    public async Task Every_system_call_that_a_root_of_the_host_may_make_and_a_function_has_no_use_for_is_denied()
    {
        var onTheHost = await AsRootOfTheHostAsync();
        onTheHost.Count.ShouldBeGreaterThan(70);
        onTheHost.ShouldNotContain(c => c.Value.Contains("EPERM"), "then it would not be the sandbox that denies it");

        List<string> served = [];
        foreach (var name in onTheHost.Keys)
        {
            var answer = await TryAsync("syscall", name);
            served.AddRange(answer == "denied EPERM" ? [] : [$"{name}: {answer}"]);
        }

        served.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clone3_whose_flags_no_filter_sees_is_not_there() =>
        (await TryAsync("call", 435, 0, 0)).ShouldBe("denied ENOSYS");

    [Theory]
    [InlineData("i386")]
    [InlineData("x32")]
    public async Task The_doors_of_other_instruction_sets_are_shut(string abi) =>
        (await TryAsync("entry_of_another_abi", abi)).ShouldBe("denied EPERM");

    [Theory]
    [InlineData("tmpfs_over_tmp")]
    [InlineData("remount_code")]
    [InlineData("overlay_in_user_namespace")]
    [InlineData("capset")]
    [InlineData("adjust_clock")]
    [InlineData("real_time")]
    [InlineData("raw_socket")]
    [InlineData("transparent_socket")]
    [InlineData("limits_of_init")]
    [InlineData("setuid_program")]
    public async Task A_privilege_is_denied(string attempt) => (await TryAsync(attempt)).ShouldBe("denied EPERM");

    [Fact]
    public async Task A_higher_priority_is_denied() => (await TryAsync("priority")).ShouldBe("denied EACCES");

    [Theory]
    [InlineData("uid")]
    [InlineData("gid")]
    [InlineData("groups")]
    [InlineData("other uid")]
    public async Task Another_user_is_denied(string kind) => (await TryAsync("user", kind)).ShouldBe("denied EPERM");

    [Theory]
    [InlineData("RLIMIT_NOFILE")]
    [InlineData("RLIMIT_CORE")]
    public async Task A_higher_limit_is_denied(string limit) => (await TryAsync("limit", limit)).ShouldBe("denied EPERM");

    [Theory]
    [InlineData("character", 1, 1)] // /dev/mem
    [InlineData("character", 5, 1)] // /dev/console
    [InlineData("block", 7, 0)] // /dev/loop0
    [InlineData("block", 8, 0)] // /dev/sda
    public async Task A_device_cannot_be_made(string kind, int major, int minor) =>
        (await TryAsync("make_device", kind, major, minor)).ShouldBe("denied EPERM");

    [Theory]
    [InlineData(9)]
    [InlineData(19)]
    [InlineData(15)]
    public async Task Init_takes_no_signal_of_a_function(int signal) =>
        (await TryAsync("signal_process", 1, signal)).ShouldBe("denied EPERM");

    [Fact]
    public async Task A_signal_to_everybody_hits_nobody() => (await TryAsync("signal_process", -1, 9)).ShouldBe("denied ESRCH");

    [Theory]
    [InlineData(0, 16, "0000000000000000000000000000000000", "a link")]
    [InlineData(0, 20, "0220000001000000080001000a000001080002000a000001", "an address")]
    [InlineData(0, 24, "02000000fe03fd0100000000", "a route")]
    [InlineData(12, 0x0a00, "010000000900010078787878000000", "an nftables table")]
    public async Task The_network_cannot_be_changed_by_netlink(int family, int kind, string body, string what) =>
        (await TryAsync("netlink", family, kind, body)).ShouldBe("denied EPERM", what);

    /// <summary>The same calls with the same arguments, made by root outside: what they answer there.</summary>
    private static async Task<Dictionary<string, string>> AsRootOfTheHostAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Machine.PathOfHostile("attempts.py"), "syscalls"]) { RedirectStandardOutput = true })!;
        using var answers = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        return answers.RootElement.EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetRawText());
    }
}
