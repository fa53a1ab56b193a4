using System.Net;

namespace Lambent.Telemetry;

/// <summary>
/// <c>GET /metrics</c> and <c>GET /healthz</c>: without a signature, for the operator's tools on this machine. No operation of
/// Lambda begins with these words. A caller from elsewhere, and one who calls a function's URL, is passed on as if they were not here.
/// </summary>
/// <param name="metrics">What <c>/metrics</c> answers.</param>
/// <param name="isStopping">True turns <c>/healthz</c> to 503, so that a load balancer sends nothing more.</param>
/// <param name="isOpen">True answers callers from elsewhere too.</param>
internal sealed class OperatorEndpoints(Func<string> metrics, Func<bool> isStopping, bool isOpen)
{
    /// <summary>In the host names of function URLs: every path there is the function's.</summary>
    private const string FunctionUrlHost = ".lambda-url.";

    internal Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var path = request.Path.Value;
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (path is not ("/metrics" or "/healthz") || !isRead || !IsAllowed(context))
        {
            return next(context);
        }

        var isReady = !isStopping();
        return path == "/metrics"
            ? WriteAsync(context, 200, PrometheusText.ContentType, metrics())
            : WriteAsync(context, isReady ? 200 : 503, "text/plain; charset=utf-8", isReady ? "ready\n" : "stopping\n");
    }

    private bool IsAllowed(HttpContext context) =>
        !context.Request.Host.Host.Contains(FunctionUrlHost, StringComparison.OrdinalIgnoreCase)
        && (isOpen || (context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)));

    private static Task WriteAsync(HttpContext context, int status, string contentType, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text, context.RequestAborted);
    }
}
