using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane;
using Lambent.ControlPlane.Rates;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Frontend;
using Lambent.Invoke.Frontend.Urls;
using Lambent.Invoke.Telemetry;
using Lambent.Keys;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Logs;
using Lambent.Storage;
using Lambent.Storage.Logs;
using Lambent.Telemetry;
using Lambent.Worker;
using Lambent.Worker.AwsApi;
using Lambent.Worker.Code;
using Lambent.Worker.Drivers;
using Lambent.Worker.Drivers.Oci;
using Lambent.Worker.Drivers.Processes;
using Lambent.Worker.Runtimes;

namespace Lambent;

/// <summary>
/// All roles in one process: this is where the parts of the architecture are put together, in the order in which they need
/// each other, and taken down in the opposite order.
/// </summary>
internal sealed class LambentHost : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> teardown = new();
    private volatile bool isStopping;

    private LambentHost(LambentOptions options) => Options = options;

    internal LambentOptions Options { get; }

    internal RootKey Key { get; private set; } = null!;

    /// <summary>Where clients reach it, for example <c>http://127.0.0.1:9400</c>.</summary>
    internal Uri Endpoint { get; private set; } = null!;

    internal RuntimeCatalog Runtimes { get; private set; } = null!;

    internal LocalWorker Worker { get; private set; } = null!;

    /// <summary>Starts everything. When the task completes, clients are served.</summary>
    /// <exception cref="StartException">Something that the user can mend.</exception>
    internal static async Task<LambentHost> StartAsync(LambentOptions options, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.DataFolder);
        File.SetUnixFileMode(options.DataFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var host = new LambentHost(options);
        try
        {
            host.Own(new DataFolderLock(options.DataFolder));
            await host.BuildAsync(cancellation);
            host.Worker.BeginStocking();
            return host;
        }
        catch (Exception e)
        {
            await host.DisposeAsync();
            throw e is DriverUnavailableException or CryptographicException ? new StartException(e.Message) : e;
        }
    }

    /// <summary>Takes no more requests, finishes what runs, ends every sandbox.</summary>
    public async ValueTask DisposeAsync()
    {
        isStopping = true;
        List<Exception> failures = [];
        while (teardown.TryPop(out var takeDown))
        {
            try
            {
                await takeDown();
            }
#pragma warning disable CA1031 // Whatever one part throws, the others must be taken down too; all failures are thrown at the end.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("Not everything could be stopped cleanly.", failures);
        }
    }

    private async Task BuildAsync(CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        var data = Options.DataFolder;
        var functions = new FunctionConnections();
        var runtimes = Task.Run(() => RuntimeCatalog.DiscoverAsync(InstallFolder.Runtimes, cancellation), cancellation);
        var (database, web) = await OpenFoundationsAsync(functions);
        var loggers = web.Services.GetRequiredService<ILoggerFactory>();
        var neighbours = MakeNeighbours(clock);
        var access = new Access(Options, Key, database, neighbours, clock);
        var packages = new FolderCodePackages(Path.Combine(data, "packages"));

        // The worker
        Runtimes = await runtimes;
        var code = new CodeCache(packages, Path.Combine(data, "code"));
        code.Sweep();
        var logs = Own(new AccountLogs(Logs, Options.LogSizeMb, clock));
        Worker = Own(MakeWorker(code, ToOthersToo(logs, neighbours, clock, loggers), access.Roles, neighbours.Find("sts") is null ? functions : null, clock, loggers));
        var workerStarts = Worker.StartAsync(cancellation);

        // The road
        var (telemetry, metrics) = MakeTelemetry(clock);
        var road = Own(await Road.OpenAsync(Worker, database, Options.Limits.AccountConcurrency, telemetry, clock, loggers));
        var (catalog, path) = (road.Catalog, road.Path);
        var urls = new UrlIndex(catalog);

        // The control plane
        var plane = Own(new LambdaControlPlane(
            PlaneOptions(neighbours, access), database, packages, catalog, Runtimes, (function, _) => code.PrepareAsync(function), clock, new Random(),
            loggers.CreateLogger<LambdaControlPlane>(), road.Provisioned, access.Authorizer));
        await plane.StartAsync();

        // Events
        var draw = Draw(new Random());
        var events = new EventQueue(new EventStore(database), clock);
        var sender = new DestinationSender(neighbours, events, catalog, Options.Limits, telemetry, clock);
        var poller = Own(new EventPoller(events, catalog, path.InvokeAsync, sender.DeliverAsync, draw, telemetry, clock, loggers.CreateLogger<EventPoller>()));
        HostGauges.Register(
            telemetry.Meter, () => access.Accounts.Sum(road.Counting.Running), () => access.Accounts.Sum(road.Counting.RunningUnreserved), Worker, events);

        // The entrances
        web.Use(new OperatorEndpoints(metrics.ToText, () => isStopping, Options.OpenMetrics).InvokeAsync);
        var verifier = new SigV4Verifier(access.Keys, clock, Options.Region);
        UseDoors(web, Own(new FrontDoor(verifier, Options.Limits, access.Used, clock)), new UrlEndpoint(
            catalog, urls, access.Authorizer, Options.Limits, path.InvokeAsync, verifier, draw, telemetry, clock));
        web.Use(new RateDoor(Options.RequestRates, clock).InvokeAsync);
        var invokes = new InvokeEndpoint(Options.Region, catalog, access.Authorizer, Options.Limits, path.InvokeAsync, events, draw, telemetry, clock);
        web.Use(invokes.InvokeAsync).UseRouting();
        invokes.Map(web);
        new InvokeStreamEndpoint(Options.Region, catalog, access.Authorizer, Options.Limits, path.InvokeAsync, draw, telemetry, clock).Map(web);
        ControlPlaneEndpoints.Map(web, plane);
        MapNeighbours(web, access, logs, clock);
        web.MapFallback(UnknownOperation.HandleAsync);
        await workerStarts;
        await OpenAsync(web, cancellation);

        // What goes on by itself: once clients are served, since until then the compiler needs all processors
        road.Begin();
        poller.Start();
    }

    /// <summary>All that needs nothing else, at the same time: most of a start is the compiler's, which works on all processors.</summary>
    private async Task<(Database Database, WebApplication Web)> OpenFoundationsAsync(FunctionConnections functions)
    {
        var opening = Task.Run(() => OpenDatabase(Path.Combine(Options.DataFolder, "lambent.db")));
        var making = Task.Run(() => WebServer.Create(Options.Port, functions));
        var key = Task.Run(() => RootKey.Obtain(Options.DataFolder));
        await Task.WhenAll(opening, making, key).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!opening.IsCompletedSuccessfully && making.IsCompletedSuccessfully)
        {
            await making.Result.DisposeAsync();
        }

        var database = Own(await opening);
        var web = Own(await making);
        Key = await key;
        return (database, web);
    }

    /// <summary>IAM, STS and CloudWatch Logs share one path; the target header tells the logs.</summary>
    private void MapNeighbours(WebApplication web, Access access, AccountLogs logs, TimeProvider clock)
    {
        var logsApis = new ConcurrentDictionary<string, LogsApi>();
        web.MapGet("/", access.HandleAsync);
        web.MapPost("/", context => LogsApi.IsFor(context.Request) ? LogsOf(AwsRequest.Of(context).Caller.AccountId).HandleAsync(context) : access.HandleAsync(context));

        LogsApi LogsOf(string account) => logsApis.GetOrAdd(account, id => new LogsApi(logs.Of(id), Options.Region, id, access.Authorizer, clock));
    }

    private WorkerOptions WorkerOptions()
    {
        var options = new WorkerOptions { StockPerRuntime = Options.StockPerRuntime, StockMemoryMb = Options.StockMemoryMb, Limits = Options.Limits };
        return options with { MemoryMb = Options.MemoryMb ?? options.MemoryMb };
    }

    /// <summary>The folder of an account's logs; the first account's lie where they lay before there were others.</summary>
    private string Logs(string account) => account == Key.AccountId
        ? Path.Combine(Options.DataFolder, "logs")
        : Path.Combine(Options.DataFolder, "accounts", account, "logs");

    /// <summary>What functions log goes to the server that speaks for CloudWatch Logs too, if there is one.</summary>
    private ILogStore ToOthersToo(AccountLogs logs, AwsClient neighbours, TimeProvider clock, ILoggerFactory loggers) => neighbours.Find("logs") is null
        ? logs
        : Own(new RemoteLogs(logs, neighbours, clock, loggers.CreateLogger<RemoteLogs>()));

    private static Database OpenDatabase(string file)
    {
        var database = Database.Open(file);
        database.Migrate("journal", SandboxJournal.Migrations);
        database.Migrate("events", EventStore.Migrations);
        database.Migrate("control-plane", LambdaControlPlane.Migrations);
        database.Migrate("iam", IamStore.Migrations);
        return database;
    }

    /// <summary>From here on clients are served.</summary>
    private async Task OpenAsync(WebApplication web, CancellationToken cancellation)
    {
        await web.StartAsync(cancellation);
        teardown.Push(() => new ValueTask(web.StopAsync(CancellationToken.None)));
        Endpoint = new Uri(web.Urls.First());
        await EndpointFile.WriteAsync(Options.DataFolder, new EndpointFile(Endpoint.ToString().TrimEnd('/'), Options.Region, Key.AccountId));
    }

    private (RoadTelemetry Telemetry, MetricStore Metrics) MakeTelemetry(TimeProvider clock)
    {
        var telemetry = new RoadTelemetry(clock);
        var metrics = new MetricStore(telemetry.Meter);
        teardown.Push(() =>
        {
            metrics.Dispose();
            telemetry.Dispose();
            return ValueTask.CompletedTask;
        });
        if (Options.OtlpEndpoint is { } collector)
        {
            var otlp = OtlpExport.Start(collector, Options.Region);
            teardown.Push(() => new ValueTask(Task.Run(otlp.Dispose)));
        }

        return (telemetry, metrics);
    }

    /// <summary>Who calls a function URL or fetches code needs no signature for that alone; anybody else does.</summary>
    private static void UseDoors(WebApplication web, FrontDoor door, UrlEndpoint functionUrls) =>
        web.Use((context, next) => UrlEndpoint.IsFor(context.Request) ? functionUrls.HandleAsync(context)
            : context.Request.Path.StartsWithSegments(ControlPlaneEndpoints.CodePath) ? next(context)
            : door.InvokeAsync(context, next));

    /// <summary>Without functions' connections if their credentials are another server's: those are for where that is.</summary>
    private LocalWorker MakeWorker(
        CodeCache code, ILogStore logs, IExecutionRoles roles, FunctionConnections? functions, TimeProvider clock, ILoggerFactory loggers) => new(
        MakeDriver(), Runtimes, code, logs, WorkerOptions(), clock,
        loggers.CreateLogger<LocalWorker>(), roles, functions);

    private ISandboxDriver MakeDriver() => Options.Isolation == "process"
        ? new ProcessDriver(Options.DataFolder)
        : new OciDriver(Options.DataFolder, InstallFolder.Guest, Options.OciRuntime);

    private ControlPlaneOptions PlaneOptions(AwsClient neighbours, Access access) => new()
    {
        Region = Options.Region,
        Limits = Options.Limits,
        StrictRuntimes = Options.StrictRuntimes,
        Neighbours = neighbours,
        Roles = access.Roles,
        SigningProfiles = Path.Combine(Options.DataFolder, "signing-profiles"),
    };

    /// <summary>Signs with the operator's own key for other servers, if the environment has one.</summary>
    private AwsClient MakeNeighbours(TimeProvider clock)
    {
        var key = Key.ToAccessKey();
        var client = new AwsClient(
            Options.Endpoints,
            Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 } id
            && Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") is { Length: > 0 } secret
                ? key with { AccessKeyId = id, SecretAccessKey = secret, SessionToken = Environment.GetEnvironmentVariable("AWS_SESSION_TOKEN") }
                : key,
            Options.Region, clock);
        teardown.Push(() =>
        {
            client.Dispose();
            return ValueTask.CompletedTask;
        });
        return client;
    }

    /// <summary>0 to 1, at random, for any thread.</summary>
    private static Func<double> Draw(Random random)
    {
        var one = new Lock();
        return () =>
        {
            lock (one)
            {
                return random.NextDouble();
            }
        };
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        teardown.Push(part.DisposeAsync);
        return part;
    }
}

/// <summary>Where a running Lambent is: <c>DATA/endpoint.json</c>, which <c>lambent env</c> reads.</summary>
/// <param name="Endpoint">Its URL.</param>
/// <param name="Region">The region that clients sign for.</param>
/// <param name="AccountId">The root account.</param>
internal sealed record EndpointFile(string Endpoint, string Region, string AccountId)
{
    internal static async Task WriteAsync(string dataFolder, EndpointFile file)
    {
        var aside = Path.Combine(dataFolder, "endpoint.json.new");
        await File.WriteAllBytesAsync(aside, JsonSerializer.SerializeToUtf8Bytes(file, EndpointJson.Default.EndpointFile));
        File.Move(aside, PathIn(dataFolder), overwrite: true);
    }

    internal static EndpointFile? Read(string dataFolder) => File.Exists(PathIn(dataFolder))
        ? JsonSerializer.Deserialize(File.ReadAllBytes(PathIn(dataFolder)), EndpointJson.Default.EndpointFile)
        : null;

    internal static void Remove(string dataFolder)
    {
        if (File.Exists(PathIn(dataFolder)))
        {
            File.Delete(PathIn(dataFolder));
        }
    }

    private static string PathIn(string dataFolder) => Path.Combine(dataFolder, "endpoint.json");
}

[JsonSerializable(typeof(EndpointFile))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class EndpointJson : JsonSerializerContext;
