using System.Threading.RateLimiting;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.Worker.AwsApi;
using Microsoft.AspNetCore.Http;

namespace Lambent;

/// <summary>
/// Every request of an AWS client comes through here: its body is read (bounded), its signature verified, and what was
/// established is left as <see cref="AwsRequest"/>. What is not signed gets AWS's 403 and goes no further.
/// </summary>
/// <param name="verifier">Knows the keys.</param>
/// <param name="limits">How large a body may be.</param>
/// <param name="used">Told of every key that was verified, with the service.</param>
/// <param name="clock">Time.</param>
internal sealed class FrontDoor(SigV4Verifier verifier, Limits limits, Action<AccessKey, string> used, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The most that CreateFunction takes; everything else is smaller. Source: recorded, see lambda-errors.md.</summary>
    private const int MaxBodyBytes = 70_167_211;

    /// <summary>A larger body is read only for a caller whose key is known: a stranger cannot fill the memory.</summary>
    private const int UncheckedBodyBytes = 64 * 1024;

    /// <summary>
    /// Bytes of larger bodies that functions may have under way together. A function's own key is known, and it has as many connections as it
    /// likes: without a bound it could fill the memory of the host.
    /// </summary>
    private const int FunctionBytes = 256 * 1024 * 1024;

    private static readonly AwsError Busy = new(429, "TooManyRequestsException", "Rate exceeded: functions are sending too many large requests at once.");

    private static readonly string[] Services = ["lambda", "sts", "logs", "iam"];

    private readonly ConcurrencyLimiter functionBytes = new(new ConcurrencyLimiterOptions { PermitLimit = FunctionBytes, QueueLimit = 0 });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => functionBytes.DisposeAsync();

    internal async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var receivedAt = clock.GetTimestamp();
        var requestId = AwsRequestId.New();
        var isInvoke = context.Request.Path.Value!.EndsWith("invocations", StringComparison.Ordinal);
        var limit = isInvoke ? Math.Max(limits.MaxRequestBytes, limits.MaxEventBytes) : MaxBodyBytes;
        if (context.Request.ContentLength is null or > UncheckedBodyBytes
            && verifier.RefuseUnread(context.Request, Services) is { } stranger)
        {
            await RestJsonError.WriteAsync(context.Response, stranger, requestId, context.RequestAborted);
            return;
        }

        using var room = RoomFor(context, limit);
        if (room is { IsAcquired: false })
        {
            await RestJsonError.WriteAsync(context.Response, Busy, requestId, context.RequestAborted);
            return;
        }

        var body = await RequestBody.ReadAsync(context.Request, limit, context.RequestAborted);
        if (body is null)
        {
            await RestJsonError.WriteAsync(context.Response, TooLarge(isInvoke, limit), requestId, context.RequestAborted);
            return;
        }

        if (!isInvoke || body.Length > UncheckedBodyBytes)
        {
            await Task.Yield(); // what may take long does not run on a thread that waits for sockets
        }

        switch (verifier.Verify(context.Request, body, Services))
        {
            case SigV4Result.Verified verified:
                used(verified.Key, verified.Service);
                context.Features.Set(new AwsRequest(requestId, verified.Key, body) { ReceivedAt = receivedAt, Service = verified.Service, Http = context });
                await next(context);
                return;
            case SigV4Result.Refused refused when context.Request.Headers.ContainsKey("X-Amz-Target"):
                await AwsJsonError.WriteAsync(context.Response, refused.Error, requestId, context.RequestAborted);
                return;
            case SigV4Result.Refused refused when IsQueryProtocol(context.Request):
                await QueryError.WriteAsync(context.Response, refused.Error, requestId, cancellation: context.RequestAborted);
                return;
            case SigV4Result.Refused refused:
                await RestJsonError.WriteAsync(context.Response, refused.Error, requestId, context.RequestAborted);
                return;
        }
    }

    /// <summary>Null for whoever needs no room set aside; released when the request has been answered.</summary>
    private RateLimitLease? RoomFor(HttpContext context, int limit) =>
        context.Request.ContentLength is null or > UncheckedBodyBytes && FunctionConnections.Sandbox.Equals(context.Connection.RemoteIpAddress)
            ? functionBytes.AttemptAcquire((int)Math.Min(context.Request.ContentLength ?? limit, limit))
            : null;

    private static AwsError TooLarge(bool isInvoke, int limit) => new(
        413, "RequestEntityTooLargeException", $"Request must be smaller than {limit} bytes for the {(isInvoke ? "InvokeFunction" : "CreateFunction")} operation");

    private static bool IsQueryProtocol(HttpRequest request) => request.Path == "/";
}
