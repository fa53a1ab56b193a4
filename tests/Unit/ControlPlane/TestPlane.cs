using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Lambent.ControlPlane.Tests;

/// <summary>A control plane on a folder of its own, spoken to through its routes but without a socket.</summary>
internal sealed class TestPlane : IAsyncDisposable
{
    public const string Account = "123456789012", Role = "arn:aws:iam::123456789012:role/x", Functions = "/2015-03-31/functions";

    private readonly string folder;
    private readonly Database database;
    private readonly WebApplication application;
    private readonly RequestDelegate routes;

    private TestPlane(string folder, ControlPlaneOptions options, FakeRuntimes runtimes, Preparation preparation, ManualClock clock)
    {
        this.folder = folder;
        Clock = clock;
        Preparation = preparation;
        database = Database.Open(Path.Combine(folder, "lambent.db"), LambdaControlPlane.Migrations);
        Packages = new FolderCodePackages(Path.Combine(folder, "packages"));
        Plane = new LambdaControlPlane(
            options, database, Packages, Catalog, runtimes, preparation.RunAsync, clock, new Random(1), provisioned: Keeper,
            access: new Authorizer(Principals, "us-east-1", clock));
        var host = WebApplication.CreateSlimBuilder();
        host.Logging.ClearProviders();
        application = host.Build();
        ControlPlaneEndpoints.Map(application, Plane);
        IApplicationBuilder builder = application;
        builder.UseRouting();
        builder.UseEndpoints(_ => { });
        routes = builder.Build();
    }

    public LambdaControlPlane Plane { get; }

    /// <summary>All routes.</summary>
    public IEnumerable<RouteEndpoint> Endpoints => ((IEndpointRouteBuilder)application).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();

    public FunctionCatalog Catalog { get; } = new();

    public FolderCodePackages Packages { get; }

    public Preparation Preparation { get; }

    public ManualClock Clock { get; }

    /// <summary>Where everything is that this control plane stores.</summary>
    public string Folder => folder;

    public FakeKeeper Keeper { get; } = new();

    /// <summary>What callers other than roots may do.</summary>
    public FakePrincipals Principals { get; } = new();

    public IReadOnlyCollection<string> StoredPackages =>
        [.. Directory.GetFiles(Path.Combine(folder, "packages")).Select(f => Path.GetFileNameWithoutExtension(f))];

    public static async Task<TestPlane> StartAsync(
        ControlPlaneOptions? options = null, FakeRuntimes? runtimes = null, Preparation? preparation = null, string? folder = null,
        ManualClock? clock = null)
    {
        folder ??= Directory.CreateTempSubdirectory("lambent-test-").FullName;
        var plane = new TestPlane(
            folder, options ?? new(), runtimes ?? new(), preparation ?? new(), clock ?? new ManualClock());
        await plane.Plane.StartAsync();
        return plane;
    }

    /// <summary>Stops, and starts again on the same folder.</summary>
    public async Task<TestPlane> RestartAsync(FakeRuntimes? runtimes = null)
    {
        await StopAsync();
        return await StartAsync(runtimes: runtimes, folder: folder, clock: Clock);
    }

    /// <summary>A second control plane on the same folder, as after kill -9: this one's steps never end.</summary>
    public Task<TestPlane> RestartAfterCrashAsync(FakeRuntimes? runtimes = null) =>
        StartAsync(runtimes: runtimes, folder: folder, clock: Clock);

    public async Task<Answer> SendAsync(
        string method, string target, string? body = null, string account = Account, bool authenticated = true, string? principal = null)
    {
        var context = new DefaultHttpContext { RequestServices = application.Services };
        var (path, query) = target.Split('?', 2) is [var p, var q] ? (p, "?" + q) : (target, "");
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("lambent.test", 9400);
        context.Request.Path = Uri.UnescapeDataString(path);
        context.Request.QueryString = new QueryString(query);
        var written = new MemoryStream();
        context.Response.Body = written;
        if (authenticated)
        {
            var caller = new AccessKey("AKIATEST", "secret", account, principal ?? $"arn:aws:iam::{account}:root", account);
            context.Features.Set(new AwsRequest("00000000-0000-4000-8000-000000000000", caller, Encoding.UTF8.GetBytes(body ?? "")));
        }

        await routes(context);
        return new Answer(context.Response.StatusCode, context.Response.Headers, written.ToArray());
    }

    public Task<Answer> CreateAsync(string name, Action<JsonObject>? change = null, string account = Account) =>
        SendAsync("POST", Functions, Creation(name, change), account);

    /// <summary>Creates a function and waits until nothing is under way.</summary>
    public async Task<Answer> CreateReadyAsync(string name, Action<JsonObject>? change = null)
    {
        var created = await CreateAsync(name, change);
        await Plane.Lifecycle.IdleAsync();
        return created.Status == 201 ? created : throw new InvalidOperationException(created.Text);
    }

    public async Task<JsonNode> GetAsync(string name) => (await SendAsync("GET", $"{Functions}/{name}/configuration")).Json;

    public FunctionSnapshot? Snapshot(string name) =>
        Catalog.TryFind(new FunctionArn("us-east-1", Account, name), out var found) ? found : null;

    public static string Creation(string name, Action<JsonObject>? change = null)
    {
        var body = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = "python3.12",
            ["Role"] = Role,
            ["Handler"] = "index.handler",
            ["Code"] = new JsonObject { ["ZipFile"] = Zip(("index.py", "x = 1")) },
        };
        change?.Invoke(body);
        return body.ToJsonString();
    }

    /// <summary>A package in Base64.</summary>
    public static string Zip(params (string Name, string Content)[] files) => Convert.ToBase64String(ZipBytes(files));

    public static byte[] ZipBytes(params (string Name, string Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(2026, 1, 12, 10, 11, 12, TimeSpan.Zero); // the same bytes whenever it is made
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }
        }

        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StopAsync()
    {
        Preparation.Open();
        await Plane.DisposeAsync();
        await database.DisposeAsync();
        await application.DisposeAsync();
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(int Status, IHeaderDictionary Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string ErrorType => Headers["x-amzn-ErrorType"].ToString();

    public string? Message => (string?)(Json["message"] ?? Json[nameof(Message)]);
}

/// <summary>Stands for the worker's code cache: can be held back and can fail.</summary>
internal sealed class Preparation
{
    private volatile TaskCompletionSource gate = Opened();

    public Exception? Failure { get; set; }

    /// <summary>Holds every preparation back from now on.</summary>
    public void Close() => gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => gate.TrySetResult();

    public async Task RunAsync(FunctionSnapshot snapshot, CancellationToken cancellation)
    {
        await gate.Task.WaitAsync(cancellation);
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}

/// <summary>What each principal brings with it, by its ARN.</summary>
internal sealed class FakePrincipals : IPrincipalPolicies
{
    private readonly Dictionary<string, PrincipalPolicies> known = [];

    public PrincipalPolicies Of(in AccessKey caller) => known.GetValueOrDefault(caller.PrincipalArn, PrincipalPolicies.None);

    /// <summary>Gives a principal one policy of these statements, in place of all that it had.</summary>
    public void Give(string principal, string statements)
    {
        Policy.TryParse($$"""{"Version":"2012-10-17","Statement":{{statements}}}""", PolicyKind.Inline, out var policy, out var fault);
        known[principal] = new PrincipalPolicies { Identity = [policy ?? throw new ArgumentException(fault)], UserName = principal.Split('/')[^1] };
    }
}

/// <summary>A host with every interpreter; <see cref="Missing"/> takes one away, <see cref="Nearest"/> serves one by another.</summary>
internal sealed class FakeRuntimes : IRuntimeDirectory
{
    public HashSet<string> Missing { get; } = [];

    public Dictionary<string, string> Nearest { get; } = [];

    public RuntimeMatch? Match(string runtime)
    {
        if (Missing.Contains(runtime))
        {
            return null;
        }

        return Nearest.TryGetValue(runtime, out var other) ? new(runtime, other, IsExact: false) : new(runtime, runtime, IsExact: true);
    }
}

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 12, 10, 11, 12, 345, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
