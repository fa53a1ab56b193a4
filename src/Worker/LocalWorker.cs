using System.Collections.Concurrent;
using System.Threading.Channels;
using Lambent.Contracts;
using Lambent.Worker.AwsApi;
using Lambent.Worker.Code;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;
using Lambent.Worker.RuntimeApi;
using Lambent.Worker.Runtimes;
using Lambent.Worker.SandboxLife;
using Lambent.Worker.Stock;
using Microsoft.Extensions.Logging;

namespace Lambent.Worker;

/// <summary>The worker of this machine: it makes sandboxes, keeps a stock of empty ones, and runs events in them.</summary>
public sealed partial class LocalWorker : IWorker, IAsyncDisposable
{
    /// <summary>Init has 10 s. Source: "Understanding the Lambda execution environment lifecycle", Init phase.</summary>
    private static readonly TimeSpan InitTimeout = TimeSpan.FromSeconds(10), ProvisionedInitTimeout = TimeSpan.FromSeconds(130);

    /// <summary>Deaths that nobody has read yet; more than there can be sandboxes.</summary>
    private const int DeathsAtMost = 16_384;

    private readonly ISandboxDriver driver;
    private readonly RuntimeCatalog catalog;
    private readonly CodeCache code;
    private readonly ILogStore logs;
    private readonly WorkerOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<LocalWorker> logger;
    private readonly RuntimeApiServer api;
    private readonly FunctionConnections? awsApi;
    private readonly StockKeeper stock;
    private readonly IExecutionRoles roles;
    private readonly CredentialLives credentials;
    private readonly SemaphoreSlim making;
    private readonly ConcurrentDictionary<SandboxId, Sandbox> sandboxes = new();
    private readonly ConcurrentDictionary<Task, bool> ending = new();
    private readonly Channel<SandboxId> deaths = Channel.CreateBounded<SandboxId>(DeathsAtMost);

    /// <summary>Functions whose log says already that another interpreter serves them.</summary>
    private readonly ConcurrentDictionary<string, bool> warned = new(StringComparer.Ordinal);
    private Task started = Task.CompletedTask;
    private int memoryMbUsed;
    private int starting;

    /// <summary>A worker; <see cref="StartAsync()"/> comes before anything else. Without roles its sandboxes get credentials that nobody accepts, without connections for them no way to the AWS APIs.</summary>
    public LocalWorker(
        ISandboxDriver driver, RuntimeCatalog catalog, CodeCache code, ILogStore logs, WorkerOptions options, TimeProvider clock, ILogger<LocalWorker> logger,
        IExecutionRoles? roles = null, FunctionConnections? awsApi = null)
    {
        (this.driver, this.catalog, this.code, this.logs, this.options, this.clock, this.logger) = (driver, catalog, code, logs, options, clock, logger);
        api = new RuntimeApiServer(new AnswerRules(options.Limits.MaxResponseBytes, options.StreamBurstBytes, options.StreamBytesPerSecond, clock));
        this.awsApi = awsApi;
        (this.roles, credentials) = (roles ?? new TemporaryCredentials(), new CredentialLives(clock));
        making = new SemaphoreSlim(options.StartsAtOnce);
        stock = new StockKeeper(
            catalog.Images, options.StockPerRuntime, new StockRoom(options.StockMemoryMb ?? options.MemoryMb / 8, StockRoom.OfThisMachine),
            (image, stop) => MakeAsync(image, prestart: true, stop), () => Volatile.Read(ref starting), clock, logger);
    }

    /// <inheritdoc/>
    public WorkerId Id { get; } = new(Guid.NewGuid().ToString("n"));

    /// <inheritdoc/>
    public WorkerLoad Load => new(options.MemoryMb - Volatile.Read(ref memoryMbUsed), Volatile.Read(ref starting), Draining: false);

    /// <inheritdoc/>
    public ChannelReader<SandboxId> Deaths => deaths.Reader;

    /// <inheritdoc/>
    public IReadOnlyCollection<SandboxId> Sandboxes => [.. sandboxes.Keys];

    /// <summary>Empty sandboxes that wait now.</summary>
    public int StockCount => stock.Count;

    /// <summary>How many sandboxes of functions are in each state now; states that none is in are left out.</summary>
    public IEnumerable<(string State, int Count)> SandboxStates => sandboxes.Values.CountBy(s => s.State).Select(s => (s.Key.ToString(), s.Value));

    /// <summary>Checks the machine and sweeps leftovers. Sandboxes that are asked for meanwhile wait for it.</summary>
    /// <exception cref="DriverUnavailableException">The driver cannot work here.</exception>
    public Task StartAsync(CancellationToken cancellation) => started = Task.Run(
        () => Task.WhenAll(driver.StartAsync([.. catalog.Images], cancellation), api.StartAsync()), CancellationToken.None);

    /// <summary>Begins to make empty sandboxes: once there is nothing else to do, since it takes all processors for a while.</summary>
    public void BeginStocking()
    {
        driver.BeginAhead();
        stock.Start();
    }

    /// <inheritdoc/>
    public async Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation)
    {
        var image = catalog.Find(request.Function.Runtime);
        if (image is null)
        {
            return new StartOutcome.NoSandbox(request.Function.ImageUri is null
                ? $"No interpreter for {request.Function.Runtime} is on this machine."
                : "Functions of container images do not run yet.");
        }

        Interlocked.Increment(ref starting);
        Interlocked.Add(ref memoryMbUsed, request.Function.MemoryMb);
        StartOutcome? outcome = null;
        try
        {
            await Task.Yield(); // a start is long work: its caller may be a thread that waits for sockets
            await started;
            outcome = await StartAsync(request, image, cancellation);
        }
        catch (Exception e) when (e is SandboxFailedException or IOException or InvalidDataException or UnauthorizedAccessException or ExecutionRoleException)
        {
            Log.StartFailed(logger, request.Sandbox, e.Message);
            outcome = new StartOutcome.NoSandbox(e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref starting);
            if (outcome is not StartOutcome.Started)
            {
                Release(request.Function); // a sandbox that started holds its memory until its end
            }
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(SandboxId sandbox, InvokeRequest request)
    {
        if (!sandboxes.TryGetValue(sandbox, out var found))
        {
            return new RunOutcome(null, SandboxSurvives: false);
        }

        var outcome = await found.RunAsync(request);
        if (outcome.SandboxSurvives && credentials.IsOver(sandbox))
        {
            outcome = outcome with { SandboxSurvives = false };
        }

        if (!outcome.SandboxSurvives)
        {
            End(sandbox);
        }

        return outcome;
    }

    /// <summary>Ends the idle sandboxes whose credentials would not outlast another run; called in a round. Busy ones end after theirs.</summary>
    public void EndExpiring()
    {
        foreach (var sandbox in credentials.Over.Where(id => sandboxes.TryGetValue(id, out var found) && found.State == SandboxState.Idle).ToList())
        {
            End(sandbox);
            deaths.Writer.TryWrite(sandbox);
        }
    }

    /// <inheritdoc/>
    public void End(SandboxId sandbox)
    {
        credentials.End(sandbox);
        if (sandboxes.TryRemove(sandbox, out var found))
        {
            if (found.Function is { } function)
            {
                Release(function);
            }

            Discard(found);
        }
    }

    /// <summary>Ends every sandbox and frees what they held.</summary>
    public async ValueTask DisposeAsync()
    {
        await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        EndAll();
        await stock.DisposeAsync();
        EndAll(); // those whose start was under way
        await Task.WhenAll(ending.Keys);
        await api.DisposeAsync();
        await driver.DisposeAsync();
        deaths.Writer.TryComplete();
        making.Dispose();
    }

    private void EndAll()
    {
        foreach (var id in sandboxes.Keys)
        {
            End(id);
        }
    }

    private async Task<StartOutcome> StartAsync(StartRequest request, RuntimeImage image, CancellationToken cancellation)
    {
        var function = request.Function;
        var order = new Specialisation(
            function, await code.FolderOfAsync(function.CodeSha256Hex), await code.FolderOfLayersAsync(function.LayerSha256Hexes));
        var key = await roles.AssumeAsync(function, cancellation);
        var stocked = stock.TryTake(image);
        var sandbox = stocked ?? await MakeAsync(image, prestart: false, cancellation);
        var stream = LogStreamName(function);
        sandbox.Log.Open(logs.Open(function.Arn.Account, function.LogGroup, stream), function);
        sandboxes[request.Sandbox] = sandbox;
        credentials.Begin(request.Sandbox, function, key.Expires);
        _ = awsApi?.ServeAsync(sandbox.Driver.AwsApi);
        request.InitBegins();
        try
        {
            var initError = await sandbox.InitialiseAsync(
                request.Sandbox, OrderFor(request, sandbox, order, key, stream), InitLimit(request), cancellation);
            return new StartOutcome.Started(stocked is not null, initError);
        }
        catch
        {
            sandboxes.TryRemove(request.Sandbox, out _);
            credentials.End(request.Sandbox);
            Discard(sandbox);
            throw;
        }
    }

    private SandboxOrder OrderFor(StartRequest request, Sandbox sandbox, Specialisation order, RoleCredentials key, string stream)
    {
        var function = request.Function;
        var environment = RuntimeEnvironment.Of(
            function, sandbox.Image, driver.PathsFor(sandbox.Id, sandbox.Image, order.CodeFolder), sandbox.Driver.RuntimeApiAddress, stream,
            key, request.InitializationType, awsApi is null ? null : sandbox.Driver.AwsApiAddress);
        return new SandboxOrder(
            order, environment, RuntimeEnvironment.OfExtensions(environment), ExtensionsIn(order.OptFolder), MissingEntrypoint(order), InitStart(request, stream),
            ServedByAnother(function));
    }

    private PlatformEvent.InitStart InitStart(StartRequest request, string stream)
    {
        var function = request.Function;
        var servedBy = catalog.Match(function.Runtime)!.ServedBy;
        return new PlatformEvent.InitStart
        {
            InitializationType = request.InitializationType,
            Phase = "init",
            RuntimeVersion = servedBy,
            RuntimeVersionArn = $"arn:aws:lambda:{function.Arn.Region}::runtime:{servedBy}",
            FunctionName = function.Arn.Name,
            FunctionVersion = function.Arn.Qualifier!,
            InstanceId = stream,
            InstanceMaxMemoryBytes = function.MemoryMb * 1024L * 1024,
        };
    }

    /// <summary>Said once for each function and runtime.</summary>
    private string? ServedByAnother(FunctionSnapshot function)
    {
        var match = catalog.Match(function.Runtime)!;
        return match.IsExact || !warned.TryAdd($"{function.Arn.Unqualified} {function.Runtime}", true) ? null
            : $"Lambent: {match.Runtime} is not on this machine, so this function runs on {match.ServedBy}. " +
              "Install that version, or start with --strict-runtimes to refuse instead.";
    }

    /// <summary>Provisioned concurrency may take its time. Source: "Understanding the Lambda execution environment lifecycle", Init phase.</summary>
    private static TimeSpan InitLimit(StartRequest request) => request.InitializationType == StartRequest.OnDemand
        ? InitTimeout
        : TimeSpan.FromMilliseconds(Math.Max(ProvisionedInitTimeout.TotalMilliseconds, request.Function.TimeoutMs));

    /// <summary>The programs in <c>/opt/extensions</c>. Source: "Lambda Extensions API", Init phase.</summary>
    private static string[] ExtensionsIn(string? optFolder)
    {
        var folder = Path.Combine(optFolder ?? "", "extensions");
        return optFolder is null || !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
    }

    private async Task<Sandbox> MakeAsync(RuntimeImage image, bool prestart, CancellationToken cancellation)
    {
        var id = new SandboxId(Guid.NewGuid().ToString("n"));
        var sandbox = new Sandbox(id, image, options.FreezeAfter, clock, OnDied, api.Serve);
        await making.WaitAsync(cancellation);
        try
        {
            sandbox.Attach(await driver.CreateAsync(id, image, prestart, sandbox, cancellation));
        }
        finally
        {
            making.Release();
        }

        if (sandbox.State != SandboxState.Stocked)
        {
            await sandbox.Driver.DisposeAsync(); // it died while it was made, when there was nothing to dispose of yet
            throw new SandboxFailedException("The sandbox ended while it was made.");
        }

        _ = api.ServeAsync(sandbox);
        return sandbox;
    }

    /// <summary>A sandbox has ended by itself. While it runs or initialises, that call reports it; an idle one is announced.</summary>
    private void OnDied(Sandbox sandbox)
    {
        var state = sandbox.State;
        if (state == SandboxState.Idle && sandboxes.ContainsKey(sandbox.Id))
        {
            End(sandbox.Id);
            deaths.Writer.TryWrite(sandbox.Id);
        }
        else if (state == SandboxState.Stocked)
        {
            Discard(sandbox);
        }
    }

    private void Discard(Sandbox sandbox)
    {
        if (!sandbox.TryMove(SandboxState.Draining))
        {
            return;
        }

        var end = Task.Run(async () => await sandbox.DisposeAsync());
        ending[end] = true;
        _ = end.ContinueWith(done => ending.TryRemove(done, out _), TaskScheduler.Default);
    }

    private void Release(FunctionSnapshot function) => Interlocked.Add(ref memoryMbUsed, -function.MemoryMb);

    /// <summary>Null if the package or the layers of a custom runtime have a bootstrap that can be run.</summary>
    private static string? MissingEntrypoint(Specialisation order)
    {
        if (!LambdaRuntimes.IsCustom(order.Function.Runtime))
        {
            return null;
        }

        return order.BootstrapFolder is not { } folder ? "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
            : (File.GetUnixFileMode(Path.Combine(folder, "bootstrap")) & UnixFileMode.OtherExecute) != 0 ? null
            : $"fork/exec {(folder == order.CodeFolder ? "/var/task" : "/opt")}/bootstrap: permission denied";
    }

    private string LogStreamName(FunctionSnapshot function) =>
        $"{clock.GetUtcNow():yyyy'/'MM'/'dd}/[{function.Arn.Qualifier}]{Guid.NewGuid():n}";

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {Sandbox} could not be started: {Reason}")]
        internal static partial void StartFailed(ILogger logger, SandboxId sandbox, string reason);
    }
}
