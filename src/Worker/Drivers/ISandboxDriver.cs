using System.Net.Sockets;
using Lambent.Contracts;
using Lambent.Worker.Runtimes;

namespace Lambent.Worker.Drivers;

/// <summary>Makes sandboxes of one kind: OCI containers, microVMs, plain processes.</summary>
/// <remarks>
/// One suite (<c>tests/DriverKit</c>) holds every driver to the same contract. <see cref="StartAsync"/> is called once and
/// first; it also sweeps what an earlier process of the same data folder left behind.
/// </remarks>
public interface ISandboxDriver : IAsyncDisposable
{
    /// <summary>The name that <c>--isolation</c> takes.</summary>
    string Name { get; }

    /// <summary>Where a function finds its files: fixed in a real sandbox, folders of the host in the process driver.</summary>
    SandboxPaths PathsFor(SandboxId id, RuntimeImage image, string codeFolder);

    /// <summary>Checks the machine, prepares what all sandboxes share, and sweeps leftovers.</summary>
    /// <exception cref="DriverUnavailableException">Something is missing; the message says what, and how to get it.</exception>
    Task StartAsync(IReadOnlyCollection<RuntimeImage> images, CancellationToken cancellation);

    /// <summary>Begins to make in the background what later starts are faster by. Called once, when there is nothing else to do.</summary>
    void BeginAhead();

    /// <summary>
    /// Makes an empty sandbox: it has seen no customer code. With <paramref name="prestart"/>, as for the stock, the image's
    /// interpreter is started too and waits for its environment; without, it starts with the function, and loads only what that needs.
    /// </summary>
    /// <exception cref="SandboxFailedException">It could not be made.</exception>
    Task<IDriverSandbox> CreateAsync(SandboxId id, RuntimeImage image, bool prestart, ISandboxEvents events, CancellationToken cancellation);
}

/// <summary>One sandbox of a driver. Disposing ends it and frees all that it held.</summary>
public interface IDriverSandbox : IAsyncDisposable
{
    /// <summary>The listening socket that the sandbox reaches as <see cref="RuntimeApiAddress"/>.</summary>
    Socket RuntimeApi { get; }

    /// <summary>The value of <c>AWS_LAMBDA_RUNTIME_API</c>.</summary>
    string RuntimeApiAddress { get; }

    /// <summary>The listening socket that the sandbox reaches as <see cref="AwsApiAddress"/>.</summary>
    Socket AwsApi { get; }

    /// <summary>Where a function finds the AWS APIs, as a URL without a path.</summary>
    string AwsApiAddress { get; }

    /// <summary>Gives the empty sandbox its code and limits. Called once.</summary>
    /// <exception cref="SandboxFailedException">A mount was refused.</exception>
    Task SpecialiseAsync(Specialisation order, CancellationToken cancellation);

    /// <summary>Lets the runtime run, once after <see cref="SpecialiseAsync"/> and once after each <see cref="ResetAsync"/>.</summary>
    /// <returns>The other end of a connection to the Runtime API that it has from its start; null if it makes its own.</returns>
    /// <exception cref="SandboxFailedException">It could not be started.</exception>
    Task<Socket?> StartRuntimeAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellation);

    /// <summary>Starts <c>/opt/extensions/NAME</c>, as a process that is reported by its name.</summary>
    /// <exception cref="SandboxFailedException">It could not be started.</exception>
    Task StartExtensionAsync(string name, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation);

    /// <summary>Ends every process of the function; its files in <c>/tmp</c> stay. When the task completes, none is left.</summary>
    /// <exception cref="SandboxFailedException">The sandbox is gone, or a process would not end.</exception>
    Task ResetAsync();

    /// <summary>Stops every process of the function where it is, until <see cref="Thaw"/>. Returns at once.</summary>
    void Freeze();

    /// <summary>Lets them go on.</summary>
    void Thaw();

    /// <summary>A connection to a server that the function runs in its sandbox.</summary>
    /// <exception cref="SandboxFailedException">Nobody listens there.</exception>
    Task<Socket> ConnectAsync(int port);

    /// <summary>From now on the CPU share is the one that the memory size buys: 1,769 MB are one vCPU. With null, as for Init, it has no limit.</summary>
    void LimitCpu(int? memoryMb);

    /// <summary>Most memory ever used, or null where the driver cannot tell.</summary>
    long? PeakMemoryBytes { get; }

    /// <summary>True once the kernel has killed a process for the memory limit, since the last <see cref="ResetAsync"/>.</summary>
    bool RanOutOfMemory { get; }

    /// <summary>Delivers, before it returns, all output that the runtime has written until now.</summary>
    void DrainOutput();

    /// <summary>Sends a signal to one process: the runtime, or an extension by its name.</summary>
    void Signal(string process, int signal);
}

/// <summary>What an empty sandbox becomes.</summary>
/// <param name="Function">Limits are taken from here.</param>
/// <param name="CodeFolder">The unpacked package on the host; shown read-only at the task root.</param>
/// <param name="OptFolder">The merged layers on the host, shown read-only at <c>/opt</c>; null if there are none.</param>
public sealed record Specialisation(FunctionSnapshot Function, string CodeFolder, string? OptFolder)
{
    /// <summary>
    /// Where a custom runtime's <c>bootstrap</c> is: in the package, else in the layers; null if it is in neither. Source: "Building a
    /// custom runtime", Lambda Developer Guide.
    /// </summary>
    public string? BootstrapFolder => ((string?[])[CodeFolder, OptFolder]).FirstOrDefault(f => f is not null && File.Exists(Path.Combine(f, "bootstrap")));
}

/// <summary>Names of a sandbox's processes.</summary>
public static class SandboxProcess
{
    /// <summary>The runtime. An extension has the name of its file; <c>/</c> cannot be in one.</summary>
    public const string Runtime = "/runtime";
}

/// <summary>Folders as the function sees them.</summary>
/// <param name="TaskRoot"><c>LAMBDA_TASK_ROOT</c>.</param>
/// <param name="RuntimeDir"><c>LAMBDA_RUNTIME_DIR</c>.</param>
/// <param name="LangBin">Where the interpreter is.</param>
public sealed record SandboxPaths(string TaskRoot, string RuntimeDir, string LangBin)
{
    /// <summary>As on AWS.</summary>
    public static readonly SandboxPaths Aws = new("/var/task", "/var/runtime", "/var/lang/bin");
}

/// <summary>What a sandbox reports. Called from the driver's own threads, one call at a time for one sandbox; must return fast.</summary>
public interface ISandboxEvents
{
    /// <summary>The runtime or an extension wrote to this pipe.</summary>
    void OnOutput(OutputPipe pipe, ReadOnlySpan<byte> bytes);

    /// <summary>The runtime or an extension has ended.</summary>
    void OnExited(string process, ProcessExit exit);

    /// <summary>The sandbox is no more.</summary>
    void OnGone();
}

/// <summary>Where output comes from: lines of one pipe are never mixed with those of another.</summary>
/// <param name="Process">The runtime, or an extension by its name.</param>
/// <param name="IsError">Standard error; else standard output.</param>
public readonly record struct OutputPipe(string Process, bool IsError);

/// <summary>How a process ended: a code, or a signal.</summary>
/// <param name="Code">0 to 255, when <paramref name="Signal"/> is 0.</param>
/// <param name="Signal">For example 9, SIGKILL.</param>
public readonly record struct ProcessExit(int Code, int Signal)
{
    /// <summary>Reads the status of <c>waitpid(2)</c>.</summary>
    public static ProcessExit FromWaitStatus(int status) => new((status >> 8) & 0xff, status & 0x7f);

    /// <summary>In the words of AWS: <c>exit status 1</c>, <c>signal: killed</c>.</summary>
    public override string ToString() => Signal == 0 ? $"exit status {Code}" : $"signal: {SignalName(Signal)}";

    private static string SignalName(int signal) => signal switch
    {
        1 => "hangup", 2 => "interrupt", 3 => "quit", 4 => "illegal instruction", 5 => "trace/breakpoint trap", 6 => "aborted",
        7 => "bus error", 8 => "floating point exception", 9 => "killed", 11 => "segmentation fault", 13 => "broken pipe",
        15 => "terminated", 31 => "bad system call", _ => $"signal {signal}",
    };
}

/// <summary>The driver cannot work on this machine.</summary>
public sealed class DriverUnavailableException(string message) : Exception(message);

/// <summary>One sandbox could not be made or specialised.</summary>
public sealed class SandboxFailedException(string message, Exception? inner = null) : Exception(message, inner);
