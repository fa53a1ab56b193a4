using System.Collections.Concurrent;
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
        "functions run as plain processes of this user: they see its files, network and processes, have no memory, CPU or /tmp limits, are not frozen between invokes, and a child that detaches itself lives on";

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
    public void BeginAhead()
    {
        // A process starts as fast as it does.
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
