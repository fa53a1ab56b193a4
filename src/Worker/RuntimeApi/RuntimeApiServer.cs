using Lambent.Worker.RuntimeApi.Extensions;
using Lambent.Worker.RuntimeApi.Telemetry;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// The Runtime API (2018-06-01), the Extensions API (2020-01-01) and the Telemetry API (2022-07-01) for all sandboxes of this worker, once for every driver.
/// Kestrel meets what a hostile runtime sends; an endpoint a file.
/// </summary>
internal sealed class RuntimeApiServer : IAsyncDisposable
{
    private const string Invocations = "/2018-06-01/runtime/invocation/";
    private const string InitErrorPath = "/2018-06-01/runtime/init/error";
    private const string ExtensionPaths = "/2020-01-01/extension/";

    /// <summary>Go's, so AWS's: the trailers of a streamed answer may hold an error with its trace.</summary>
    private const int MaxHeaderBytes = 1024 * 1024;

    private readonly SandboxConnections connections = new();
    private readonly AnswerRules rules;
    private readonly WebApplication app;

    internal RuntimeApiServer(AnswerRules rules)
    {
        this.rules = rules;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionListenerFactory>(connections);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // the endpoints count themselves, to answer as AWS does
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.MinRequestBodyDataRate = null; // the function's own timeout bounds a slow runtime
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(24);
            kestrel.Listen(connections.EndPoint, listen => listen.Use(ServeConnection));
        });
        app = builder.Build();
        app.Run(DispatchAsync);
    }

    internal Task StartAsync() => app.StartAsync();

    /// <summary>Serves a sandbox until it ends.</summary>
    internal Task ServeAsync(Sandbox sandbox) => connections.ServeAsync(sandbox);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static ConnectionDelegate ServeConnection(ConnectionDelegate serve) => connection =>
        connection.Features.Get<Generation>()!.ConverseAsync(connection.ConnectionId, () => serve(connection));

    private Task DispatchAsync(HttpContext context)
    {
        var generation = context.Features.Get<Generation>()!;
        var path = context.Request.Path.Value!;
        var (isPost, isPut) = (HttpMethods.IsPost(context.Request.Method), HttpMethods.IsPut(context.Request.Method));
        if (!path.StartsWith(Invocations, StringComparison.Ordinal))
        {
            if (!path.StartsWith("/2018-06-01/", StringComparison.Ordinal))
            {
                generation.IsOfExtension(context.Connection.Id);
            }

            return path switch
            {
                InitErrorPath when isPost => InitErrorEndpoint.HandleAsync(context, generation, rules),
                _ when path.StartsWith(ExtensionPaths, StringComparison.Ordinal) =>
                    ExtensionEndpoints.HandleAsync(context, generation, path[ExtensionPaths.Length..], isPost),
                "/2022-07-01/telemetry" when isPut => TelemetryEndpoint.HandleAsync(context, generation, byLogsApi: false),
                "/2020-08-15/logs" when isPut => TelemetryEndpoint.HandleAsync(context, generation, byLogsApi: true),
                "/ping" or "/2018-06-01/ping" => RuntimeApiAnswer.PongAsync(context),
                _ => RuntimeApiAnswer.NotFoundAsync(context),
            };
        }

        var rest = path.AsSpan(Invocations.Length);
        if (rest is "next" && !isPost)
        {
            return NextEndpoint.HandleAsync(context, generation);
        }

        var slash = rest.IndexOf('/');
        return (slash < 0 || !isPost ? "" : rest[(slash + 1)..]) switch
        {
            "response" => ResponseEndpoint.HandleAsync(context, generation.Session, rest[..slash].ToString(), rules),
            "error" => InvocationErrorEndpoint.HandleAsync(context, generation.Session, rest[..slash].ToString(), rules),
            _ => RuntimeApiAnswer.NotFoundAsync(context),
        };
    }
}
