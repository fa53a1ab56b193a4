using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// One container. Its life: the OCI runtime makes it around <c>lambent-init</c>; the guest hands over the listening sockets of
/// the Runtime API and the AWS APIs; the wire and <c>/tmp</c> are put in. This much is the same for every image and waits as an empty shell.
/// Then it becomes one of an image, whose interpreter may start ahead; later it is specialised with code, limits and environment. Mounts are made detached on the host and attached by the guest, so the host's mount table never
/// has them.
/// </summary>
internal sealed class OciSandbox : IDriverSandbox
{
    private const int SolSocket = 1, PeerCredentials = 17, PassRights = 83;
    private const int Continue = 18, Stop = 19;

    /// <summary>Killed processes end at once, unless the kernel holds them in a device's hands.</summary>
    private static readonly TimeSpan ProcessesEndWithin = TimeSpan.FromSeconds(9);

    /// <summary>It takes milliseconds; a PID 1 that has not spoken by then has died before it could.</summary>
    private static readonly TimeSpan GuestStartsWithin = TimeSpan.FromSeconds(10);

    private readonly OciDriver driver;
    private readonly SandboxId id;
    private readonly int slot;
    private readonly SandboxOutput output;
    private readonly ControlGroup limits;
    private RuntimeImage image = null!;
    private volatile ISandboxEvents? events;
    private GuestChannel? channel;
    private int environmentPipe = -1;
    private Socket? connection; // to the Runtime API, of an interpreter that waits for its environment
    private string bootstrap = "";
    private int disposed;

    internal OciSandbox(OciDriver driver, SandboxId id, int slot)
    {
        (this.driver, this.id, this.slot) = (driver, id, slot);
        limits = new ControlGroup($"{driver.ControlGroupParent}/{id}");
        output = new SandboxOutput(driver.Pump);
    }

    public Socket RuntimeApi { get; private set; } = null!;

    public string RuntimeApiAddress => "169.254.100.1:9001";

    public Socket AwsApi { get; private set; } = null!;

    public string AwsApiAddress => "http://169.254.100.1";

    public long? PeakMemoryBytes => limits.PeakMemoryBytes;

    public bool RanOutOfMemory => limits.RanOutOfMemory;

    private string Folder => driver.FolderOf(id);

    /// <summary>
    /// True where a Unix socket can refuse descriptors: from Linux 6.16 on. Elsewhere a function could make the worker close one of its
    /// choice, which may block.
    /// </summary>
    private static bool CanRefuseDescriptors { get; } = TryRefuseDescriptors();

    /// <summary>False once its PID 1 has ended.</summary>
    internal bool Lives => channel is { IsClosed: false };

    /// <summary>Makes it: an empty shell.</summary>
    internal async Task CreateAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        var socketPath = $"{Folder}/guest.sock";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        File.SetUnixFileMode(socketPath, (UnixFileMode)0b110_110_110); // the sandbox's root is another user of the host
        listener.Listen(1);
        await File.WriteAllTextAsync(
            $"{Folder}/config.json",
            OciBundle.Config(driver.Root, socketPath, driver.HostIdOf(slot), $"{driver.ControlGroupParent}/{id}"),
            cancellation);
        await driver.RunRuntimeAsync(cancellation, "run", "--detach", "--bundle", Folder, "--pid-file", $"{Folder}/pid", id.Value);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(GuestStartsWithin);
        channel = new GuestChannel(await AcceptGuestAsync(listener, limit.Token), driver.Pump) { ChildExited = OnChildExited, Closed = OnClosed };
        var hello = await channel.HelloAsync().WaitAsync(limit.Token);
        if (hello.Descriptors.Length != 2)
        {
            throw new SandboxFailedException("the sandbox's init ended before it was ready");
        }

        RuntimeApi = new Socket(new SafeSocketHandle(hello.Descriptors[0], ownsHandle: true));
        AwsApi = new Socket(new SafeSocketHandle(hello.Descriptors[1], ownsHandle: true));
        await ConnectNetworkAsync(channel, cancellation);
        await MountTmpAsync(channel, EphemeralStorage.DefaultSizeMb);
    }

    /// <summary>Makes the shell a sandbox of this image, with its interpreter if it is to start ahead.</summary>
    internal async Task BecomeAsync(RuntimeImage of, ISandboxEvents observer, bool prestart, CancellationToken cancellation)
    {
        (image, events, output.Events) = (of, observer, observer);
        await MountFromHostAsync(driver.VarOf(image), "/var");
        if (image.ExposesUsrLocal)
        {
            await MountFromHostAsync("/usr/local", "/usr/local");
        }

        if (prestart)
        {
            limits.GiveWay(true); // nobody waits for it yet
            (environmentPipe, connection) = await SpawnAsync(StockedStart(), cancellation);
        }
    }

    public async Task SpecialiseAsync(Specialisation order, CancellationToken cancellation)
    {
        var guest = channel!;
        limits.LimitMemory(order.Function.MemoryMb);
        if (environmentPipe >= 0)
        {
            limits.GiveWay(false);
        }

        bootstrap = order.BootstrapFolder == order.CodeFolder ? "/var/task/bootstrap" : "/opt/bootstrap";
        await MountFromHostAsync(order.CodeFolder, "/var/task");
        if (order.Function.EphemeralStorageMb != EphemeralStorage.DefaultSizeMb)
        {
            await MountTmpAsync(guest, order.Function.EphemeralStorageMb); // over the empty one that it was stocked with
        }

        if (order.OptFolder is not null)
        {
            using var layers = Syscalls.CloneMount(order.OptFolder, Syscalls.ReadOnly | Syscalls.NoSuid | Syscalls.NoDev);
            await guest.MountAsync("/opt", layers);
        }
    }

    public async Task<Socket?> StartRuntimeAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        if (environmentPipe >= 0)
        {
            WriteEnvironment(environment);
            return Interlocked.Exchange(ref connection, null);
        }

        return (await SpawnAsync(RuntimeStart(new(environment), "/var/task"), cancellation)).RuntimeApi;
    }

    public async Task StartExtensionAsync(string name, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        await SpawnAsync(new SpawnOrder(name, [$"/opt/extensions/{name}"], environment, "/"), cancellation);
    }

    public async Task ResetAsync()
    {
        CloseStocked();
        try
        {
            await channel!.ResetAsync().WaitAsync(ProcessesEndWithin);
        }
        catch (TimeoutException e)
        {
            throw new SandboxFailedException("a process of the function would not end", e);
        }

        limits.ForgetOutOfMemory();
    }

    public void Freeze() => channel?.Signal(null, Stop);

    public void Thaw() => channel?.Signal(null, Continue);

    public async Task<Socket> ConnectAsync(int port)
    {
        var reply = await channel!.ConnectAsync(port);
        return new Socket(new SafeSocketHandle(reply.Descriptors[0], ownsHandle: true));
    }

    public void LimitCpu(int? memoryMb) => limits.LimitCpu(memoryMb);

    public void Signal(string process, int signal) => channel?.Signal(process, signal);

    public void DrainOutput() => output.Drain();

    /// <summary>Ends it without taking away what it leaves on the host: the driver's sweep does.</summary>
    internal void Abandon()
    {
        disposed = 1;
        channel?.Dispose();
        RuntimeApi?.Dispose();
        AwsApi?.Dispose();
        limits.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        channel?.Dispose();
        RuntimeApi?.Dispose();
        AwsApi?.Dispose();
        output.Close();
        CloseStocked();
        limits.Dispose();
        try
        {
            await driver.RunRuntimeAsync(CancellationToken.None, "delete", "--force", id.Value);
        }
        catch (SandboxFailedException)
        {
            // It was never made, or is gone; what is left of it is taken below and by the next sweep.
        }

        try
        {
            await Task.Run(() =>
            {
                driver.Network.Disconnect(slot);
                ControlGroup.Remove($"{driver.ControlGroupParent}/{id}");
                OciDriver.Delete(Folder);
            });
        }
        catch (Exception e) when (e is SandboxFailedException or IOException or UnauthorizedAccessException)
        {
            // What would not go now is taken by the next sweep; the slot is free all the same.
        }

        driver.Free(slot);
    }

    /// <summary>Only this sandbox's own root is taken for the guest; whoever else connects is turned away.</summary>
    private async Task<Socket> AcceptGuestAsync(Socket listener, CancellationToken cancellation)
    {
        var credentials = new byte[12]; // struct ucred: pid, uid, gid
        while (true)
        {
            var socket = await listener.AcceptAsync(cancellation);
            socket.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
            if (BitConverter.ToUInt32(credentials, 4) == driver.HostIdOf(slot))
            {
                return socket;
            }

            socket.Dispose();
        }
    }

    private static bool TryRefuseDescriptors()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.SetRawSocketOption(SolSocket, PassRights, new byte[sizeof(int)]);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task ConnectNetworkAsync(GuestChannel guest, CancellationToken cancellation)
    {
        var pid = int.Parse(await File.ReadAllTextAsync($"{Folder}/pid", cancellation), CultureInfo.InvariantCulture);
        await driver.Network.ConnectAsync(slot, pid, cancellation);
        await guest.NetworkAsync(driver.Network.AddressOf(slot), driver.Network.Gateway);
    }

    private async Task MountFromHostAsync(string folder, string target)
    {
        using var mount = Syscalls.CloneMount(folder, Syscalls.ReadOnly | Syscalls.NoSuid | Syscalls.NoDev);
        await channel!.MountAsync(target, mount);
    }

    private async Task MountTmpAsync(GuestChannel guest, int sizeMb)
    {
        var owner = driver.HostIdOf(slot);
        using var tmp = driver.Storage.Create(sizeMb, owner + SandboxUser.Uid, owner + SandboxUser.Gid);
        await guest.MountAsync("/tmp", tmp);
    }

    private SpawnOrder StockedStart()
    {
        var environment = RuntimeEnvironment.OfImage(image, SandboxPaths.Aws, $"{image.Language}{image.Version}");
        environment["LAMBENT_SPECIALISE_FD"] = "3";
        return RuntimeStart(environment, "/") with { EnvironmentByPipe = true };
    }

    /// <summary>Our own runtimes start with a connection to the Runtime API (decision 0028), the function's own make theirs, as on AWS.</summary>
    private SpawnOrder RuntimeStart(Dictionary<string, string> environment, string folder)
    {
        if (!image.IsStocked)
        {
            return new SpawnOrder(SandboxProcess.Runtime, [bootstrap], environment, folder);
        }

        if (CanRefuseDescriptors)
        {
            environment["LAMBENT_RUNTIME_API_FD"] = "4";
        }

        return new SpawnOrder(
            SandboxProcess.Runtime, [$"/var/lang/bin/{image.LangBin[0].Name}", $"/var/runtime/{image.BootstrapFile}"], environment, folder,
            WithRuntimeApi: CanRefuseDescriptors);
    }

    /// <summary>Starts a process whose output comes here. Returns the pipe by which a stocked one waits for its environment, or -1, and its connection to the Runtime API.</summary>
    private async Task<(int EnvironmentPipe, Socket? RuntimeApi)> SpawnAsync(SpawnOrder order, CancellationToken cancellation)
    {
        var reply = await ReplyAsync(channel!.SpawnAsync(order), cancellation);
        output.Add(reply.Descriptors[0], new(order.Name, IsError: false));
        output.Add(reply.Descriptors[1], new(order.Name, IsError: true));
        var environment = reply.Descriptors[2];
        if (!order.EnvironmentByPipe)
        {
            _ = Syscalls.Close(environment);
            environment = -1;
        }

        return (environment, reply.Descriptors is [_, _, _, var api] ? new Socket(new SafeSocketHandle(api, ownsHandle: true)) : null);
    }

    /// <summary>If nobody waits for the answer any more, the descriptors that come with it are closed.</summary>
    private static async Task<GuestReply> ReplyAsync(Task<GuestReply> call, CancellationToken cancellation)
    {
        try
        {
            return await call.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            _ = call.ContinueWith(
                late => late.Result.Descriptors.ToList().ForEach(fd => _ = Syscalls.Close(fd)),
                CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private unsafe void WriteEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        var block = Encoding.UTF8.GetBytes(string.Concat(environment.Select(v => $"{v.Key}={v.Value}\0")));
        fixed (byte* data = block)
        {
            if (Syscalls.Write(environmentPipe, data, (nuint)block.Length) != block.Length)
            {
                throw Syscalls.Failure("the waiting runtime is gone");
            }
        }

        CloseEnvironmentPipe();
    }

    private void OnChildExited(string process, int status) => events!.OnExited(process, ProcessExit.FromWaitStatus(status));

    private void OnClosed() => events?.OnGone();

    /// <summary>What an interpreter that waits for its environment would have got.</summary>
    private void CloseStocked()
    {
        CloseEnvironmentPipe();
        Interlocked.Exchange(ref connection, null)?.Dispose();
    }

    private void CloseEnvironmentPipe()
    {
        var fd = Interlocked.Exchange(ref environmentPipe, -1);
        if (fd >= 0)
        {
            _ = Syscalls.Close(fd);
        }
    }
}
