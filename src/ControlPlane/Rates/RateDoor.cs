using System.Collections.Concurrent;
using Lambent.Aws;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Rates;

/// <summary>Lets requests of the control plane pass as fast as <see cref="RequestRates"/> says; others get AWS's 429.</summary>
/// <remarks>A middleware behind the front door: the caller is known, and the operation is told by method and path.</remarks>
public sealed class RateDoor(RequestRates rates, TimeProvider clock)
{
    private const string Functions = "functions";

    private readonly bool hasLimits = rates != new RequestRates();

    private readonly ConcurrentDictionary<(string Account, string Operations), Bucket> buckets = new();

    /// <summary>Passes the request on, or answers it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        return !hasLimits || LimitOf(context.Request) is not var (operations, perSecond) || perSecond == 0
            || context.Features.Get<AwsRequest>() is not { } request
            || buckets.GetOrAdd((request.Caller.AccountId, operations), _ => new Bucket()).TryTake(perSecond, clock.GetUtcNow())
            ? next(context)
            : RestJsonError.WriteAsync(context.Response, TooFast(), request.RequestId, context.RequestAborted);
    }

    private static AwsError TooFast() => new AwsError(429, "TooManyRequestsException", "Rate exceeded")
        .With("Reason", "CallerRateLimitExceeded").With("Type", "User").WithHeader("Retry-After", "1");

    /// <summary>Null for what is no request of the control plane: invokes, and other services on the same port.</summary>
    private (string Operations, int PerSecond)? LimitOf(HttpRequest request) => (request.Method, request.Path.Value!.Split('/')) switch
    {
        (_, not ["", ['2', '0', ..], ..]) => null,
        (_, ["", _, Functions, _, "invocations" or "response-streaming-invocations" or "invoke-async"]) => null,
        ("GET", ["", _, Functions, not ""]) => (nameof(RequestRates.GetFunction), rates.GetFunction),
        ("GET", ["", _, Functions, _, "policy"]) => (nameof(RequestRates.GetPolicy), rates.GetPolicy),
        _ => (nameof(RequestRates.Others), rates.Others),
    };

    /// <summary>A second's worth of requests at most, refilled continuously.</summary>
    private sealed class Bucket
    {
        private readonly Lock one = new();
        private TokenBucket tokens;

        public bool TryTake(int perSecond, DateTimeOffset now)
        {
            lock (one)
            {
                return tokens.TryTake(perSecond, perSecond, now);
            }
        }
    }
}
