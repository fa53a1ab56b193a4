using Lambent.Support;
using Lambent.Worker.Drivers;
using Lambent.Worker.Drivers.Oci;
using Shouldly;

namespace Lambent.DriverKit;

/// <summary>What the host has of a sandbox, it has until the sandbox ends.</summary>
public sealed class LeftOnTheHost
{
    [Theory]
    [InlineData("crun")]
    [InlineData("runc")]
    public async Task Sandboxes_leave_nothing_on_the_host(string program)
    {
        await using var kit = new NothingAhead(program);
        await kit.InitializeAsync();
        var function = await kit.FunctionAsync("python3.12", "app.handler", "app.py", "def handler(e, c):\n    return 1\n");
        var (id, _) = await kit.StartAsync(function);
        File.ReadAllText("/proc/mounts").ShouldNotContain(kit.DataFolder);
        Leftovers.OfSandboxes(kit.DataFolder).ShouldContain(l => l.StartsWith("/sys/class/net/", StringComparison.Ordinal));

        kit.Worker.End(id);

        await Wait.UntilAsync(() => Leftovers.OfSandboxes(kit.DataFolder).Count == 0);
    }

    /// <summary>No stock and no shells: there is exactly what was asked for.</summary>
    private sealed class NothingAhead(string program) : WorkerFixture
    {
        public override bool IsIsolated => true;

        protected override int Stock => 0;

        protected override ISandboxDriver MakeDriver(string folder) =>
            new OciDriver(folder, Repository.PathOf("artifacts/guest/lambent-init"), program, emptyShells: 0);
    }
}
