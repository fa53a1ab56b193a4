using System.Globalization;
using Lambent.Aws.Transport;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>GET /runtime/invocation/next</c>: waits for the next event. The first one ends the Init phase.</summary>
internal static class NextEndpoint
{
    internal static async Task HandleAsync(HttpContext context, Generation generation)
    {
        context.Features.Get<IHeldOutput>()?.HoldUntilMore(); // the answer to a response that came with this request goes with the event
        var invocation = await generation.Session.NextAsync(context.RequestAborted);
        if (invocation is null)
        {
            await RuntimeApiAnswer.ForbiddenAsync(context, generation.Session.State, RuntimeState.Ready);
            return;
        }

        var request = invocation.Request;
        var response = context.Response;
        var headers = response.Headers;
        response.ContentType = "application/json";
        response.ContentLength = request.Payload.Length;
        headers["Lambda-Runtime-Aws-Request-Id"] = request.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = invocation.DeadlineMs.ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = request.InvokedFunctionArn;
        headers["Lambda-Runtime-Trace-Id"] = request.TraceId;
        if (request.ClientContext is not null)
        {
            headers["Lambda-Runtime-Client-Context"] = request.ClientContext;
        }

        await response.BodyWriter.WriteAsync(request.Payload);
    }
}
