using System.Collections.Immutable;
using System.Text;
using Lambent.Contracts;
using Lambent.Storage;
using Lambent.Storage.Logs;
using Lambent.Support;
using Lambent.Worker;
using Lambent.Worker.Code;
using Lambent.Worker.Drivers;
using Lambent.Worker.Drivers.Oci;
using Lambent.Worker.Drivers.Processes;
using Lambent.Worker.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.DriverKit;

/// <summary>One worker on one driver, with a data folder of its own.</summary>
public abstract class WorkerFixture : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lambent-driverkit-").FullName;
    private FolderCodePackages packages = null!;
    private AccountLogs logs = null!;

    private FunctionServer server = null!;

    public LocalWorker Worker { get; private set; } = null!;

    public string DataFolder => folder;

    public RuntimeCatalog Catalog { get; private set; } = null!;

    public abstract bool IsIsolated { get; }

    protected virtual int Stock => 1;

    /// <summary>So that no test makes the next one's machine busy.</summary>
    protected virtual int? StockMemoryMb => 0;

    public async ValueTask InitializeAsync()
    {
        server = await FunctionServer.StartAsync();
        packages = new FolderCodePackages(Path.Combine(folder, "packages"));
        logs = new AccountLogs(_ => Path.Combine(folder, "logs"), megabytesAtMost: 64, TimeProvider.System);
        Catalog = await RuntimeCatalog.DiscoverAsync(Repository.PathOf("runtimes"), CancellationToken.None);
        var code = new CodeCache(packages, Path.Combine(folder, "code"));
        Directory.CreateDirectory(Path.Combine(folder, "code"));
        Worker = new LocalWorker(
            MakeDriver(folder), Catalog, code, logs,
            new WorkerOptions { StockPerRuntime = Stock, StockMemoryMb = StockMemoryMb, FreezeAfter = TimeSpan.FromSeconds(1) },
            TimeProvider.System, NullLogger<LocalWorker>.Instance, awsApi: server.Connections);
        await Worker.StartAsync(CancellationToken.None);
        Worker.BeginStocking();
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        await server.DisposeAsync();
        await logs.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A function of one file.</summary>
    public async Task<FunctionSnapshot> FunctionAsync(
        string runtime, string handler, string file, string code, int timeoutMs = 5_000, int memoryMb = 256, params (string Key, string Value)[] environment)
    {
        var hash = await packages.PutAsync(Package.Zip((file, code)), CancellationToken.None);
        var name = $"f{Guid.NewGuid():n}";
        return new FunctionSnapshot
        {
            Arn = new FunctionArn("us-east-1", "000000000000", name, "$LATEST"),
            Revision = "1",
            Runtime = runtime,
            Handler = handler,
            CodeSha256Hex = hash,
            TimeoutMs = timeoutMs,
            MemoryMb = memoryMb,
            LogGroup = $"/aws/lambda/{name}",
            State = "Active",
            Role = "arn:aws:iam::000000000000:role/r",
            Environment = environment.ToImmutableDictionary(e => e.Key, e => e.Value),
        };
    }

    /// <summary>The same function with one layer of these files.</summary>
    public async Task<FunctionSnapshot> WithLayerAsync(FunctionSnapshot function, params (string Path, string Text)[] files) =>
        function with { LayerSha256Hexes = [await packages.PutAsync(Package.Zip(files), CancellationToken.None)] };

    /// <summary>What the function's log has now.</summary>
    public string LogOf(FunctionSnapshot function)
    {
        var files = Directory.EnumerateFiles(Path.Combine(folder, "logs"), "*", SearchOption.AllDirectories)
            .Where(f => f.Contains(function.Arn.Name, StringComparison.Ordinal));
        return string.Concat(files.Select(f =>
        {
            using var reader = new StreamReader(new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }));
    }

    /// <summary>Starts a sandbox for the function.</summary>
    public async Task<(SandboxId Id, StartOutcome Outcome)> StartAsync(FunctionSnapshot function)
    {
        var id = new SandboxId(Guid.NewGuid().ToString("n"));
        return (id, await Worker.StartAsync(new StartRequest(id, function, Guid.NewGuid().ToString()), CancellationToken.None));
    }

    public Task<RunOutcome> RunAsync(SandboxId sandbox, FunctionSnapshot function, string payload, IResponseStream? stream = null) => Worker.RunAsync(sandbox, new InvokeRequest
    {
        RequestId = Guid.NewGuid().ToString(),
        Function = function,
        InvokedFunctionArn = function.Arn.ToString(),
        Payload = Encoding.UTF8.GetBytes(payload),
        ResponseStream = stream,
        TraceId = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
    });

    protected abstract ISandboxDriver MakeDriver(string folder);
}

/// <summary>OCI containers by crun.</summary>
public sealed class CrunFixture : WorkerFixture
{
    public override bool IsIsolated => true;

    protected override ISandboxDriver MakeDriver(string folder) =>
        new OciDriver(folder, Repository.PathOf("artifacts/guest/lambent-init"), "crun");
}

/// <summary>OCI containers by runc, with nothing stocked.</summary>
public sealed class RuncFixture : WorkerFixture
{
    public override bool IsIsolated => true;

    protected override int Stock => 0;

    protected override ISandboxDriver MakeDriver(string folder) =>
        new OciDriver(folder, Repository.PathOf("artifacts/guest/lambent-init"), "runc");
}

/// <summary>Plain processes.</summary>
public sealed class ProcessFixture : WorkerFixture
{
    public override bool IsIsolated => false;

    protected override ISandboxDriver MakeDriver(string folder) => new ProcessDriver(folder);
}
