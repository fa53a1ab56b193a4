using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// <c>POST /2015-03-31/functions/NAME/invocations</c>. Stage 1, Receive: the caller is authenticated, here the function is
/// found and the limits are checked; then <see cref="InvokePath"/> or the event queue has it.
/// Source: "Invoke", Lambda API Reference.
/// </summary>
/// <param name="region">The region of this server.</param>
/// <param name="catalog">The functions.</param>
/// <param name="access">Who may invoke.</param>
/// <param name="limits">What is too large.</param>
/// <param name="invoke">The road.</param>
/// <param name="events">Where events wait.</param>
/// <param name="draw">0 to 1, at random, from any thread: decides between the two versions of an alias.</param>
/// <param name="telemetry">Hears of events and of loops.</param>
/// <param name="clock">The time.</param>
public sealed class InvokeEndpoint(
    string region, FunctionCatalog catalog, Authorizer access, Limits limits, Func<InvokeRequest, Task<InvokeOutcome>> invoke, EventQueue events,
    Func<double> draw, RoadTelemetry telemetry, TimeProvider clock)
{
    private const string Before = "/2015-03-31/functions/", After = "/invocations";

    /// <summary>Takes the operation past the routes of all others, or passes the request on to them.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (NameIn(context.Request) is not { } name)
        {
            return next(context);
        }

        context.Request.RouteValues = new RouteValueDictionary { ["FunctionName"] = name };
        return HandleAsync(context);
    }

    /// <summary>Maps the operation like all others: what spells the path otherwise, as with a slash at its end, is an invoke too.</summary>
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost($"{Before}{{FunctionName}}{After}", (RequestDelegate)HandleAsync);

    private static string? NameIn(HttpRequest request)
    {
        var path = request.Path.Value.AsSpan();
        if (!HttpMethods.IsPost(request.Method) || !path.StartsWith(Before) || !path.EndsWith(After) || path.Length <= Before.Length + After.Length)
        {
            return null;
        }

        var name = path[Before.Length..^After.Length];
        return name.Contains('/') ? null : name.ToString();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var aws = AwsRequest.Of(context);
        var (call, error) = InvokeCall.Read(context, aws, region, catalog, access, limits, draw, telemetry, clock,
             InvocationType.Event, InvocationType.RequestResponse, InvocationType.DryRun);
        if (error is not null)
        {
            await RestJsonError.WriteAsync(context.Response, error, aws.RequestId, context.RequestAborted);
            return;
        }

        switch (call!.Type)
        {
            case InvocationType.DryRun:
                call.PrepareAnswer(context, aws, 204);
                return;
            case InvocationType.Event:
                await events.AcceptAsync(new QueuedEvent(
                    aws.RequestId, call.Target, call.PayloadOf(aws), call.ClientContext, call.TraceId, clock.GetUtcNow()));
                telemetry.EventReceived(call.Function);
                call.PrepareAnswer(context, aws, 202);
                context.Response.ContentLength = 0;
                return;
            default:
                await AnswerAsync(context, aws, call, await invoke(call.ToRequest(aws)));
                return;
        }
    }

    private static Task AnswerAsync(HttpContext context, AwsRequest aws, InvokeCall call, InvokeOutcome outcome) => outcome switch
    {
        InvokeOutcome.Succeeded succeeded => WriteAsync(context, aws, call, outcome, succeeded.Payload),
        InvokeOutcome.FunctionError failed => WriteAsync(context, aws, call, outcome, failed.Payload),
        InvokeOutcome.Throttled throttled => RestJsonError.WriteAsync(context.Response, InvokeErrors.Throttled(throttled), aws.RequestId, context.RequestAborted),
        InvokeOutcome.ServiceFault fault => RestJsonError.WriteAsync(context.Response, InvokeErrors.Fault(fault), aws.RequestId, context.RequestAborted),
        _ => throw new InvalidOperationException("The set of outcomes is closed."),
    };

    private static async Task WriteAsync(
        HttpContext context, AwsRequest aws, InvokeCall call, InvokeOutcome outcome, ReadOnlyMemory<byte> payload)
    {
        call.PrepareAnswer(context, aws, 200);
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = payload.Length;
        response.Headers["X-Amz-Executed-Version"] = call.Function.Arn.Qualifier;
        if (outcome is InvokeOutcome.FunctionError)
        {
            response.Headers["X-Amz-Function-Error"] = "Unhandled";
        }

        if (call.WantsTail)
        {
            response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(outcome.LogTail.Span);
        }

        await response.BodyWriter.WriteAsync(payload, context.RequestAborted);
    }
}

/// <summary>How an invocation is to run.</summary>
public enum InvocationType
{
    /// <summary>The caller waits for the answer.</summary>
    RequestResponse,

    /// <summary>The caller gets 202, the event runs later.</summary>
    Event,

    /// <summary>Everything is checked, nothing runs.</summary>
    DryRun,
}

/// <summary>An X-Ray trace header in the form that Lambda makes.</summary>
internal static class TraceId
{
    /// <summary>What the caller sent, if it has the form of a trace header; else a new root, sampled only while somebody collects spans.</summary>
    internal static string From(HttpRequest request, RoadTelemetry telemetry, TimeProvider clock)
    {
        var sent = request.Headers["X-Amzn-Trace-Id"].ToString();
        return TraceHeader.IsUsable(sent) ? sent : TraceHeader.New(clock.GetUtcNow(), isSampled: telemetry.IsTracing);
    }
}
