using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.Drivers.Processes;

/// <summary>The processes of one function: its runtime, and its extensions. They start when it is specialised; before that there is only its port.</summary>
internal sealed class ProcessSandbox : IDriverSandbox
{
    private const int OutputBufferBytes = 32 * 1024;

    private static readonly TimeSpan PipesStayOpenAtMost = TimeSpan.FromMilliseconds(200);

    private readonly RuntimeImage image;
    private readonly string home;
    private readonly ISandboxEvents events;
    private readonly Lock output = new();
    private readonly ConcurrentDictionary<string, Process> processes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> watching = new();
    private Specialisation? order;

    internal ProcessSandbox(RuntimeImage image, string home, ISandboxEvents events)
    {
        (this.image, this.home, this.events) = (image, home, events);
        (RuntimeApi, AwsApi) = (Listener(), Listener());
    }

    public Socket RuntimeApi { get; }

    public string RuntimeApiAddress => RuntimeApi.LocalEndPoint!.ToString()!;

    public Socket AwsApi { get; }

    public string AwsApiAddress => $"http://{AwsApi.LocalEndPoint}";

    public long? PeakMemoryBytes =>
        processes.TryGetValue(SandboxProcess.Runtime, out var runtime) && !runtime.HasExited ? Peak(runtime) : null;

    public bool RanOutOfMemory => false;

    public Task SpecialiseAsync(Specialisation order, CancellationToken cancellation)
    {
        this.order = order;
        return Task.CompletedTask;
    }

    public Task<Socket?> StartRuntimeAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(image.Interpreter ?? Path.Combine(order!.BootstrapFolder!, "bootstrap"))
        {
            WorkingDirectory = order!.CodeFolder,
        };
        if (image.BootstrapFile is not null)
        {
            start.ArgumentList.Add(Path.Combine(image.BootstrapFolder!, image.BootstrapFile));
        }

        Start(SandboxProcess.Runtime, start, environment);
        return Task.FromResult<Socket?>(null);
    }

    public Task StartExtensionAsync(string name, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        Start(name, new ProcessStartInfo(Path.Combine(order!.OptFolder!, "extensions", name)) { WorkingDirectory = home }, environment);
        return Task.CompletedTask;
    }

    public async Task ResetAsync()
    {
        foreach (var process in processes.Values)
        {
            Kill(process);
        }

        await Task.WhenAll(watching.Keys);
    }

    public void Freeze()
    {
        // A plain process cannot be stopped together with its children; ProcessDriver.GivesUp says so.
    }

    public void Thaw()
    {
        // As above.
    }

    public async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new SandboxFailedException(e.Message, e);
        }
    }

    public void LimitCpu(int? memoryMb)
    {
        // A plain process has no share of its own; ProcessDriver.GivesUp says so.
    }

    /// <summary>Reads of a redirected stream cannot be tried without waiting: what is not here yet goes to the log only.</summary>
    public void DrainOutput()
    {
        lock (output)
        {
        }
    }

    public void Signal(string process, int signal)
    {
        if (processes.TryGetValue(process, out var running) && !running.HasExited)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{running.Id}"]);
            kill.WaitForExit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        RuntimeApi.Dispose();
        AwsApi.Dispose();
        await ResetAsync();
        Oci.OciDriver.Delete(home);
    }

    private static Socket Listener()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(64);
        return socket;
    }

    private void Start(string name, ProcessStartInfo start, IReadOnlyDictionary<string, string> environment)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Clear();
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        ShowLayers(start, order!.OptFolder);
        start.Environment["TMPDIR"] = home;
        try
        {
            var process = Process.Start(start)!;
            processes[name] = process;
            process.StandardInput.Close();
            var reading = Task.WhenAll(
                PumpAsync(process.StandardOutput.BaseStream, new OutputPipe(name, IsError: false)),
                PumpAsync(process.StandardError.BaseStream, new OutputPipe(name, IsError: true)));
            var watch = WatchAsync(name, process, reading);
            watching[watch] = true;
            _ = watch.ContinueWith(done => watching.TryRemove(done, out _), TaskScheduler.Default);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new SandboxFailedException($"{start.FileName}: {e.Message}", e);
        }
    }

    /// <summary>There is no <c>/opt</c> of its own: the variables that name its folders, and our bootstraps, go where the layers are.</summary>
    private static void ShowLayers(ProcessStartInfo start, string? layers)
    {
        if (layers is null)
        {
            return;
        }

        foreach (var name in (string[])["PATH", "LD_LIBRARY_PATH", "NODE_PATH"])
        {
            if (start.Environment.TryGetValue(name, out var folders))
            {
                start.Environment[name] = string.Join(':', folders!.Split(':').Select(f =>
                    f.StartsWith("/opt/", StringComparison.Ordinal) ? layers + f["/opt".Length..] : f));
            }
        }

        start.Environment["LAMBENT_OPT"] = layers;
    }

    private async Task WatchAsync(string name, Process running, Task reading)
    {
        await running.WaitForExitAsync();
        await Task.WhenAny(reading, Task.Delay(PipesStayOpenAtMost, TimeProvider.System)); // a child that outlives it may hold the pipes
        processes.TryRemove(KeyValuePair.Create(name, running));
        events.OnExited(name, running.ExitCode > 128 ? new ProcessExit(0, running.ExitCode - 128) : new ProcessExit(running.ExitCode, 0));
        running.Dispose();
    }

    private async Task PumpAsync(Stream stream, OutputPipe pipe)
    {
        var buffer = new byte[OutputBufferBytes];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
        {
            lock (output)
            {
                events.OnOutput(pipe, buffer.AsSpan(0, count));
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static long? Peak(Process running)
    {
        try
        {
            running.Refresh();
            return running.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return null; // it ended meanwhile
        }
    }
}
