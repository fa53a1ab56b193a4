using System.Text;
using System.Text.Json;
using Lambent.Contracts;
using Lambent.Support;
using Shouldly;

namespace Lambent.DriverKit;

public sealed class CrunDriver(CrunFixture fixture) : IsolatedDriverContract(fixture), IClassFixture<CrunFixture>;

public sealed class RuncDriver(RuncFixture fixture) : IsolatedDriverContract(fixture), IClassFixture<RuncFixture>;

public sealed class PlainProcessDriver(ProcessFixture fixture) : DriverContract(fixture), IClassFixture<ProcessFixture>;

/// <summary>What a driver that isolates must do besides.</summary>
public abstract partial class IsolatedDriverContract(WorkerFixture fixture) : DriverContract(fixture)
{
    [Fact]
    public async Task The_function_has_no_privileges()
    {
        using var seen = await ProbeAsync("""
            import os
            def handler(e, c):
                status = dict(l.split(":", 1) for l in open("/proc/self/status").read().splitlines())
                return {k: status[k].strip() for k in ("CapEff", "CapBnd", "CapPrm", "NoNewPrivs", "Seccomp", "Uid")} | {"pids": [p for p in os.listdir("/proc") if p.isdigit()]}
            """);
        var root = seen.RootElement;
        root.GetProperty("CapEff").GetString().ShouldBe("0000000000000000");
        root.GetProperty("CapBnd").GetString().ShouldBe("0000000000000000");
        root.GetProperty("NoNewPrivs").GetString().ShouldBe("1");
        root.GetProperty("Seccomp").GetString().ShouldBe("2");
        root.GetProperty("Uid").GetString().ShouldStartWith("993");
        root.GetProperty("pids").GetArrayLength().ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task New_namespaces_and_mounts_are_refused()
    {
        using var seen = await ProbeAsync("""
            import ctypes
            def handler(e, c):
                libc = ctypes.CDLL(None, use_errno=True)
                return {"unshare": libc.unshare(0x10000000), "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), "ptrace": libc.ptrace(16, 1, 0, 0)}
            """);
        seen.RootElement.EnumerateObject().ShouldAllBe(p => p.Value.GetInt32() == -1);
    }

    [Fact]
    public async Task Only_tmp_can_be_written_and_it_has_its_size()
    {
        using var seen = await ProbeAsync("""
            import os, errno
            def handler(e, c):
                out = {}
                for folder in ("/", "/var/task", "/opt", "/var/runtime", "/usr", "/etc"):
                    try:
                        open(folder + "/x", "w"); out[folder] = "written"
                    except OSError as error:
                        out[folder] = "refused"
                written = 0
                try:
                    with open("/tmp/big", "wb", buffering=0) as f:
                        while True:
                            written += f.write(b"x" * (1 << 20))
                except OSError as error:
                    out["full"] = errno.errorcode[error.errno]
                out["mb"] = written >> 20
                return out
            """, timeoutMs: 60_000);
        var root = seen.RootElement;
        root.GetProperty("full").GetString().ShouldBe("ENOSPC");
        root.GetProperty("mb").GetInt32().ShouldBeInRange(450, 512);
        root.EnumerateObject().Where(p => p.Name.StartsWith('/')).ShouldAllBe(p => p.Value.GetString() == "refused");
    }

    [Fact]
    public async Task The_hosts_files_are_not_there()
    {
        var secret = Path.Combine(Kit.DataFolder, "secret");
        await File.WriteAllTextAsync(secret, "secret");
        using var seen = await ProbeAsync($$"""
            import os
            def handler(e, c):
                return {"secret": os.path.exists("{{secret}}"), "shadow": os.path.exists("/etc/shadow"), "root": os.listdir("/root")}
            """);
        seen.RootElement.GetProperty("secret").GetBoolean().ShouldBeFalse();
        seen.RootElement.GetProperty("shadow").GetBoolean().ShouldBeFalse();
        seen.RootElement.GetProperty("root").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Neither_host_nor_metadata_service_is_reachable()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var seen = await ProbeAsync($$"""
            import socket
            def gateway():
                for line in open("/proc/net/route").read().splitlines()[1:]:
                    f = line.split()
                    if f[1] == "00000000":
                        return socket.inet_ntoa(bytes.fromhex(f[2])[::-1])
            def reaches(host, port):
                try:
                    socket.create_connection((host, port), 0.5).close()
                    return True
                except OSError:
                    return False
            def handler(e, c):
                return {"gateway": reaches(gateway(), {{port}}), "loopback": reaches("127.0.0.1", {{port}}), "metadata": reaches("169.254.169.254", 80)}
            """);
        seen.RootElement.EnumerateObject().ShouldAllBe(p => !p.Value.GetBoolean());
    }

    [Fact]
    public async Task Memory_over_the_limit_ends_the_runtime()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py",
            "def handler(e, c):\n    return len(bytearray(400 << 20))\n", timeoutMs: 20_000, memoryMb: 128);
        var (id, _) = await Kit.StartAsync(function);

        var run = await Kit.RunAsync(id, function, "{}");

        var error = run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
        error.ErrorType.ShouldBeOneOf("Runtime.OutOfMemory", "Runtime.Unknown", "MemoryError");
        run.SandboxSurvives.ShouldBeTrue();
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task Between_events_the_function_stands_still()
    {
        var name = $"f{Guid.NewGuid():n}"[..15]; // as much as the kernel keeps of a thread's name
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", $$"""
            import threading, time
            def beat():
                while True:
                    time.sleep(0.01)
            threading.Thread(target=beat, daemon=True).start()
            def handler(e, c):
                open("/proc/self/comm", "w").write("{{name}}")
                return "ran"
            """);
        var (id, _) = await Kit.StartAsync(function);
        Text(await Kit.RunAsync(id, function, "{}")).ShouldBe("\"ran\"");

        await Wait.UntilAsync(() => StateOf(name) == "T (stopped)");

        Text(await Kit.RunAsync(id, function, "{}")).ShouldBe("\"ran\"");
        Kit.Worker.End(id);
    }

    /// <summary>How the kernel says the process of this name is doing.</summary>
    private static string? StateOf(string name) => Directory.EnumerateDirectories("/proc")
        .Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]) && ReadOrNothing($"{d}/comm").Trim() == name)
        .SelectMany(d => ReadOrNothing($"{d}/status").Split('\n'))
        .FirstOrDefault(l => l.StartsWith("State:", StringComparison.Ordinal))?["State:".Length..].Trim();

    private static string ReadOrNothing(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // it has ended in between
        }
    }

    [Fact]
    public async Task A_fork_bomb_is_bounded()
    {
        using var seen = await ProbeAsync("""
            import os, signal
            def handler(e, c):
                children = []
                try:
                    while len(children) < 5000:
                        pid = os.fork()
                        if pid == 0:
                            signal.pause()
                        children.append(pid)
                except OSError:
                    pass
                for pid in children:
                    os.kill(pid, signal.SIGKILL)
                for pid in children:
                    os.waitpid(pid, 0)
                return {"forked": len(children)}
            """, timeoutMs: 60_000, memoryMb: 3008);
        seen.RootElement.GetProperty("forked").GetInt32().ShouldBeInRange(500, 1024);
    }

    private async Task<JsonDocument> ProbeAsync(string code, int timeoutMs = 10_000, int memoryMb = 1024)
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", code, timeoutMs, memoryMb);
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>();
        var run = await Kit.RunAsync(id, function, "{}");
        Kit.Worker.End(id);
        var payload = run.Outcome switch
        {
            InvokeOutcome.Succeeded succeeded => succeeded.Payload,
            InvokeOutcome.FunctionError failed => throw new InvalidOperationException(Encoding.UTF8.GetString(failed.Payload.Span)),
            var other => throw new InvalidOperationException(other?.ToString()),
        };
        return JsonDocument.Parse(payload);
    }
}
