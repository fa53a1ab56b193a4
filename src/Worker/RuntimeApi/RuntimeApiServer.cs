using System.Net.Sockets;
using Lambent.Worker.RuntimeApi.Extensions;
using Lambent.Worker.RuntimeApi.Telemetry;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

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

    /// <summary>So much of a body that no endpoint wants is read before the connection is closed. Go's, so AWS's: <c>maxPostHandlerReadBytes</c> of net/http.</summary>
    private const int UnwantedBodyBytes = 256 * 1024;

    /// <summary>Go's, so AWS's: the trailers of a streamed answer may hold an error with its trace.</summary>
    private const int MaxHeaderBytes = 1024 * 1024;

    private readonly SandboxConnections connections = new();
    private readonly AnswerRules rules;
    private readonly KestrelServer server;

    internal RuntimeApiServer(AnswerRules rules)
    {
        this.rules = rules;
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = UnwantedBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MinRequestBodyDataRate = null; // the function's own timeout bounds a slow runtime
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(24);
        kestrel.Listen(connections.EndPoint, listen => listen.Use(ServeConnection));
        server = new KestrelServer(Options.Create(kestrel), connections, NullLoggerFactory.Instance);
    }

    internal Task StartAsync() => server.StartAsync(new Application(DispatchAsync), CancellationToken.None);

    /// <summary>Serves a sandbox until it ends.</summary>
    internal Task ServeAsync(Sandbox sandbox) => connections.ServeAsync(sandbox);

    /// <summary>Serves a runtime on the connection that it started with.</summary>
    internal void Serve(Generation generation, Socket connection) => connections.Serve(generation, connection);

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(new CancellationToken(canceled: true)); // a runtime that waits for an event would wait for ever
        server.Dispose();
    }

    private static ConnectionDelegate ServeConnection(ConnectionDelegate serve) => connection =>
        connection.Features.Get<Generation>()!.ConverseAsync(connection.ConnectionId, () => serve(connection));

    private Task DispatchAsync(HttpContext context)
    {
        var generation = context.Features.Get<Generation>()!;
        var wait = IsOfEvent(generation.Session, context.Request) ? TimeSpan.Zero : generation.Requests.Take(context.Request);
        return wait == TimeSpan.Zero ? RouteAsync(context, generation) : RouteLaterAsync(context, generation, wait);
    }

    /// <summary>The question for the next event, or the answer to this one.</summary>
    private static bool IsOfEvent(RuntimeSession session, HttpRequest request)
    {
        var path = request.Path.Value!;
        if (!path.StartsWith(Invocations, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = path.AsSpan(Invocations.Length);
        var slash = rest.IndexOf('/');
        return (session.State, HttpMethods.IsPost(request.Method)) switch
        {
            (RuntimeState.Running, true) => slash > 0 && rest[(slash + 1)..] is "response" or "error" && session.IsCurrent(rest[..slash]),
            (RuntimeState.Started or RuntimeState.Ready or RuntimeState.RuntimeResponseSentState, false) => rest is "next",
            _ => false,
        };
    }

    private async Task RouteLaterAsync(HttpContext context, Generation generation, TimeSpan wait)
    {
        await Task.Delay(wait, rules.Clock, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (context.RequestAborted.IsCancellationRequested)
        {
            generation.Requests.GiveBack(context.Request); // so that what is owed is never more than what waits
            return;
        }

        await RouteAsync(context, generation);
    }

    private Task RouteAsync(HttpContext context, Generation generation)
    {
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

    /// <summary>What a web host is to Kestrel, without what no runtime needs: services, diagnostics, scopes of logs.</summary>
    private sealed class Application(RequestDelegate serve) : IHttpApplication<DefaultHttpContext>
    {
        /// <summary>One for each connection, used again for its next request.</summary>
        public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
        {
            var kept = contextFeatures as IHostContextContainer<DefaultHttpContext>;
            var context = kept?.HostContext ?? new DefaultHttpContext();
            kept?.HostContext = context;
            context.Initialize(contextFeatures);
            return context;
        }

        public Task ProcessRequestAsync(DefaultHttpContext context) => serve(context);

        public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
    }
}
