using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// <c>POST /2021-11-15/functions/NAME/response-streaming-invocations</c>: Invoke, with the answer as an event stream that begins
/// while the function still writes. What is wrong before the function answers is an error as of Invoke; after that the stream's
/// last event says it. Source: "InvokeWithResponseStream", Lambda API Reference.
/// </summary>
public sealed class InvokeStreamEndpoint(
    string region, FunctionCatalog catalog, Authorizer access, Limits limits, Func<InvokeRequest, Task<InvokeOutcome>> invoke, Func<double> draw, RoadTelemetry telemetry,
    TimeProvider clock)
{
    /// <summary>Maps the operation.</summary>
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/2021-11-15/functions/{FunctionName}/response-streaming-invocations", (RequestDelegate)HandleAsync);

    private async Task HandleAsync(HttpContext context)
    {
        var aws = AwsRequest.Of(context);
        var (call, error) = InvokeCall.Read(context, aws, region, catalog, access, limits, draw, telemetry, clock, InvocationType.RequestResponse, InvocationType.DryRun);
        if (error is not null)
        {
            await RestJsonError.WriteAsync(context.Response, error, aws.RequestId, context.RequestAborted);
            return;
        }

        if (call!.Type == InvocationType.DryRun)
        {
            call.PrepareAnswer(context, aws, 204);
            return;
        }

        var stream = new EventStreamAnswer(context, aws, call);
        var outcome = await invoke(call.ToRequest(aws) with { ResponseStream = stream });
        var refusal = stream.HasBegun ? null : outcome switch
        {
            InvokeOutcome.Throttled throttled => InvokeErrors.Throttled(throttled),
            InvokeOutcome.ServiceFault fault => InvokeErrors.Fault(fault),
            _ => null,
        };
        await (refusal is null
            ? stream.CompleteAsync(outcome)
            : RestJsonError.WriteAsync(context.Response, refusal, aws.RequestId, context.RequestAborted));
    }
}
