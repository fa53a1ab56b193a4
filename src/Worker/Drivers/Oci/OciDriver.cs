using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Lambent.Aws.Transport;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// Sandboxes as OCI containers, made by crun or runc. Everything they hold is named after this Lambent's instance (a hash of
/// its data folder), so that a later process finds and sweeps what an earlier one left.
/// </summary>
public sealed class OciDriver : ISandboxDriver
{
    /// <summary>What a shell costs is in docs/performance.md.</summary>
    private const int DefaultShells = 16;

    private const uint FirstHostId = 1_000_000_000, IdsPerInstance = 4096 * OciBundle.IdsPerSandbox, InstancesWithIds = 700;

    private readonly string instance;
    private readonly string runFolder;
    private readonly string guestBinary;
    private readonly string program;
    private readonly SandboxNetwork network;
    private readonly EphemeralStorage storage;
    private readonly SlotPool slots = new(SandboxNetwork.Slots);
    private readonly CancellationTokenSource stopping = new();
    private readonly ShellPool shells;
    private EpollThread? pump;
    private RuntimeLauncher? launcher;
    private IReadOnlyCollection<RuntimeImage> stocked = [];
    private Task compiling = Task.CompletedTask;

    /// <param name="dataFolder">Its hash names this instance.</param>
    /// <param name="guestBinary">The built <c>lambent-init</c>.</param>
    /// <param name="program"><c>crun</c> or <c>runc</c>; null takes the first that is installed.</param>
    /// <param name="emptyShells">Sandboxes without interpreter that are kept ready; they serve every runtime.</param>
    /// <param name="clock">Tells when the machine is quiet enough to make them.</param>
    public OciDriver(string dataFolder, string guestBinary, string? program = null, int emptyShells = DefaultShells, TimeProvider? clock = null)
    {
        instance = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataFolder))))[..4];
        runFolder = $"/run/lambent/{instance}";
        this.guestBinary = guestBinary;
        this.program = program ?? (Command.Exists("crun") ? "crun" : "runc");
        network = new SandboxNetwork(instance);
        storage = new EphemeralStorage(Path.Combine(dataFolder, "ephemeral"));
        EphemeralFolder = Path.Combine(dataFolder, "ephemeral");
        shells = new ShellPool(emptyShells, MakeShellAsync, clock ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public string Name => "oci";

    internal string ControlGroupParent => $"/lambent/{instance}";

    private string EphemeralFolder { get; }

    /// <inheritdoc/>
    public SandboxPaths PathsFor(SandboxId id, RuntimeImage image, string codeFolder) => SandboxPaths.Aws;

    /// <inheritdoc/>
    public Task StartAsync(IReadOnlyCollection<RuntimeImage> images, CancellationToken cancellation) => Task.Run(
        () =>
        {
            Check();
            Sweep();
            network.Start();
            Directory.CreateDirectory($"{runFolder}/sandboxes");
            Directory.CreateDirectory(EphemeralFolder);
            foreach (var folder in (string[])["/run/lambent", runFolder, $"{runFolder}/sandboxes"])
            {
                File.SetUnixFileMode(folder, (UnixFileMode)0b111_001_001); // to be passed through by sandboxes, not to be listed
            }

            RootFilesystem.Build(Root, guestBinary);
            foreach (var image in images)
            {
                RootFilesystem.BuildVar(VarOf(image), image);
            }

            pump = new EpollThread("descriptor pump");
            launcher = ControlGroup.IsHybrid && program == "crun" ? new RuntimeLauncher() : null;
            stocked = images;
        },
        cancellation);

    /// <inheritdoc/>
    public void BeginAhead()
    {
        compiling = CompileAsync(stocked);
        shells.Start();
    }

    /// <inheritdoc/>
    public async Task<IDriverSandbox> CreateAsync(SandboxId id, RuntimeImage image, bool prestart, ISandboxEvents events, CancellationToken cancellation)
    {
        var sandbox = shells.TryTake() ?? await MakeShellAsync(cancellation);
        return await OrDisposedAsync(sandbox, s => s.BecomeAsync(image, events, prestart && image.IsStocked, cancellation), cancellation);
    }

    private Task<OciSandbox> MakeShellAsync(CancellationToken cancellation)
    {
        var slot = slots.Take() ?? throw new SandboxFailedException($"all {SandboxNetwork.Slots} sandboxes of this machine are in use");
        return OrDisposedAsync(new OciSandbox(this, new SandboxId(Guid.NewGuid().ToString("n")), slot), s => s.CreateAsync(cancellation), cancellation);
    }

    private static async Task<OciSandbox> OrDisposedAsync(OciSandbox sandbox, Func<OciSandbox, Task> act, CancellationToken cancellation)
    {
        try
        {
            await act(sandbox);
            return sandbox;
        }
        catch (Exception e)
        {
            await sandbox.DisposeAsync();
            var isOurs = e is SandboxFailedException || (e is OperationCanceledException && cancellation.IsCancellationRequested);
            throw isOurs ? e : new SandboxFailedException($"The sandbox could not be made: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await compiling;
        await shells.DisposeAsync();
        if (pump is not null) // else it never started, and has nothing
        {
            await Task.Run(() =>
            {
                Sweep();
                network.Stop();
                ControlGroup.RemoveIfEmpty("/lambent"); // the parents that all Lambents of the machine share
                network.RestoreForwarding();
                pump.Dispose();
                launcher?.Dispose();
            });
        }

        stopping.Dispose();
    }

    private async Task CompileAsync(IEnumerable<RuntimeImage> images)
    {
        try
        {
            await Task.WhenAll(images.Select(image => RootFilesystem.CompileAsync(VarOf(image), image, stopping.Token)));
        }
        catch (Exception e) when (e is SandboxFailedException or OperationCanceledException)
        {
            // What cannot be compiled ahead is compiled at each start.
        }
    }

    internal SandboxNetwork Network => network;

    internal EphemeralStorage Storage => storage;

    internal EpollThread Pump => pump ?? throw new InvalidOperationException("StartAsync comes first");

    internal string FolderOf(SandboxId id) => $"{runFolder}/sandboxes/{id}";

    internal string Root => $"{runFolder}/rootfs";

    internal string VarOf(RuntimeImage image) => $"{runFolder}/images/{image.Key}";

    /// <summary>The host's user id of a sandbox's root. No two sandboxes share one, nor do two Lambents.</summary>
    internal uint HostIdOf(int slot) =>
        FirstHostId + (network.InstanceNumber % InstancesWithIds * IdsPerInstance) + (uint)(slot * OciBundle.IdsPerSandbox);

    internal void Free(int slot) => slots.Give(slot);

    internal Task RunRuntimeAsync(CancellationToken cancellation, params string[] arguments)
    {
        string[] options = program == "crun" ? ["--cgroup-manager=cgroupfs", "--root", $"{runFolder}/oci"] : ["--root", $"{runFolder}/oci"];
        return Command.RunAsync(program, [.. options, .. arguments], "", cancellation, launcher);
    }

    private void Check()
    {
        var missing = ((string[])[program, "nft", "ip", "mkfs.ext4"]).Where(p => !Command.Exists(p)).ToList();
        if (missing.Count > 0)
        {
            throw new DriverUnavailableException(
                $"Isolated sandboxes need {string.Join(", ", missing)}. Run: sudo apt-get install crun nftables iproute2 e2fsprogs");
        }

        if (Syscalls.EffectiveUserId() != 0)
        {
            throw new DriverUnavailableException(
                "Isolated sandboxes need root: they mount, make network namespaces and set limits. Run: sudo ./lambent up");
        }

        if (!File.Exists(guestBinary))
        {
            throw new DriverUnavailableException($"{guestBinary} is missing: it is built by ./lambent on first use (eng/build-guest.sh).");
        }

        if (!Directory.Exists("/proc/self/ns") || !File.Exists("/proc/self/ns/user"))
        {
            throw new DriverUnavailableException("This kernel has no user namespaces (CONFIG_USER_NS), which every sandbox gets.");
        }
    }

    /// <summary>
    /// Takes away what sandboxes of an earlier process left. Their processes are gone already: PID 1 of a sandbox ends when
    /// its channel to the worker closes.
    /// </summary>
    private void Sweep()
    {
        foreach (var group in ControlGroup.FoldersOf(ControlGroupParent))
        {
            foreach (var pid in ControlGroup.ProcessesBelow(group))
            {
                Kill(pid);
            }
        }

        ControlGroup.Remove(ControlGroupParent);
        Delete(runFolder);
        Delete(EphemeralFolder);
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(2));
        }
        catch (ArgumentException)
        {
            // It has ended in between.
        }
    }

    internal static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Numbers that are in use once at a time: a sandbox's address and user ids come from its slot.</summary>
internal sealed class SlotPool(int size)
{
    private readonly Queue<int> free = new(Enumerable.Range(0, size));
    private readonly Lock gate = new();

    /// <summary>The slot that has been free for longest, or null.</summary>
    internal int? Take()
    {
        lock (gate)
        {
            return free.TryDequeue(out var slot) ? slot : null;
        }
    }

    internal void Give(int slot)
    {
        lock (gate)
        {
            free.Enqueue(slot);
        }
    }
}
