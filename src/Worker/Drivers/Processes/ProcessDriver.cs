using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.Drivers.Processes;

/// <summary>
/// Functions as plain processes of this machine, for machines without Linux namespaces. It must be asked for, because it gives
/// up: isolation from the host's files, network and processes, the memory and CPU limits, the size of <c>/tmp</c>, and the
/// paths <c>/var/task</c> and <c>/opt</c>. Not for code that is not your own.
/// </summary>
public sealed class ProcessDriver(string dataFolder) : ISandboxDriver
{
    /// <summary>What <c>up</c> says when it is asked for.</summary>
    public const string GivesUp =
        "functions run as plain processes of this user: they see its files, network and processes, and have no memory, CPU or /tmp limits, and a child that detaches itself lives on";

    private readonly string folder = Path.Combine(dataFolder, "processes");

    /// <inheritdoc/>
    public string Name => "process";

    /// <inheritdoc/>
    public SandboxPaths PathsFor(SandboxId id, RuntimeImage image, string codeFolder) => new(
        codeFolder,
        image.BootstrapFolder ?? codeFolder,
        image.Interpreter is null ? "/usr/bin" : Path.GetDirectoryName(image.Interpreter)!);

    /// <inheritdoc/>
    public Task StartAsync(IReadOnlyCollection<RuntimeImage> images, CancellationToken cancellation)
    {
        Oci.OciDriver.Delete(folder);
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IDriverSandbox> CreateAsync(SandboxId id, RuntimeImage image, bool prestart, ISandboxEvents events, CancellationToken cancellation)
    {
        var home = Path.Combine(folder, id.Value);
        Directory.CreateDirectory(home);
        return Task.FromResult<IDriverSandbox>(new ProcessSandbox(image, home, events));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Oci.OciDriver.Delete(folder);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One process. It starts when it is specialised; before that there is only its port.</summary>
internal sealed class ProcessSandbox : IDriverSandbox
{
    private const int OutputBufferBytes = 32 * 1024;

    private static readonly TimeSpan PipesStayOpenAtMost = TimeSpan.FromMilliseconds(200);

    private readonly RuntimeImage image;
    private readonly string home;
    private readonly ISandboxEvents events;
    private readonly Lock output = new();
    private Process? process;
    private Task pumping = Task.CompletedTask;

    internal ProcessSandbox(RuntimeImage image, string home, ISandboxEvents events)
    {
        (this.image, this.home, this.events) = (image, home, events);
        RuntimeApi = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        RuntimeApi.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        RuntimeApi.Listen(64);
    }

    public Socket RuntimeApi { get; }

    public string RuntimeApiAddress => RuntimeApi.LocalEndPoint!.ToString()!;

    public long? PeakMemoryBytes => process is { HasExited: false } running ? Peak(running) : null;

    public bool RanOutOfMemory => false;

    public Task SpecialiseAsync(Specialisation order, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo
        {
            FileName = image.Interpreter ?? Path.Combine(order.CodeFolder, "bootstrap"),
            WorkingDirectory = order.CodeFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (image.BootstrapFile is not null)
        {
            start.ArgumentList.Add(Path.Combine(image.BootstrapFolder!, image.BootstrapFile));
        }

        start.Environment.Clear();
        foreach (var (key, value) in order.Environment)
        {
            start.Environment[key] = value;
        }

        start.Environment["TMPDIR"] = home;
        Start(start);
        return Task.CompletedTask;
    }

    public void LimitCpu(int memoryMb)
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

    public void Signal(int signal)
    {
        if (process is { HasExited: false } running)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{running.Id}"]);
            kill.WaitForExit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        RuntimeApi.Dispose();
        if (process is not null)
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }

            await process.WaitForExitAsync();
            await pumping;
            process.Dispose();
        }

        Oci.OciDriver.Delete(home);
    }

    private void Start(ProcessStartInfo start)
    {
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new SandboxFailedException($"{start.FileName}: {e.Message}", e);
        }

        process.StandardInput.Close();
        var reading = Task.WhenAll(
            PumpAsync(process.StandardOutput.BaseStream, OutputPipe.Stdout), PumpAsync(process.StandardError.BaseStream, OutputPipe.Stderr));
        pumping = WatchAsync(process, reading);
    }

    private async Task WatchAsync(Process running, Task reading)
    {
        await running.WaitForExitAsync();
        await Task.WhenAny(reading, Task.Delay(PipesStayOpenAtMost, TimeProvider.System)); // a child that outlives it may hold the pipes
        events.OnRuntimeExited(running.ExitCode > 128 ? new ProcessExit(0, running.ExitCode - 128) : new ProcessExit(running.ExitCode, 0));
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

    private static long? Peak(Process running)
    {
        running.Refresh();
        return running.PeakWorkingSet64;
    }
}
