using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>POST /runtime/invocation/ID/error</c>: the function failed. The body goes to the client as it is.</summary>
internal static class InvocationErrorEndpoint
{
    internal static async Task HandleAsync(HttpContext context, Sandbox sandbox, string requestId)
    {
        var session = sandbox.Session;
        if (!session.TryBeginAnswer(RuntimeState.InvocationErrorResponse, out var from))
        {
            await RuntimeApiAnswer.ForbiddenAsync(context, from, RuntimeState.InvocationErrorResponse);
            return;
        }

        if (session.Running(requestId) is null)
        {
            await RuntimeApiAnswer.InvalidRequestIdAsync(context);
            return;
        }

        byte[]? payload;
        try
        {
            payload = await RuntimeApiBody.ReadAsync(context, PlatformErrors.MaxResponseBytes);
        }
        catch (TruncatedBodyException)
        {
            session.Answered(new InvocationEnd.Error(
                PlatformErrors.TruncatedResponse, PlatformErrors.Body(PlatformErrors.TruncatedResponse, requestId, "Response truncated")));
            return;
        }

        if (payload is null)
        {
            session.Answered(new InvocationEnd.Error(PlatformErrors.ResponseSizeTooLarge, PlatformErrors.TooLarge()));
            await RuntimeApiAnswer.TooLargeAsync(context);
            return;
        }

        session.Answered(new InvocationEnd.Error(FunctionErrorType.Of(context.Request), payload));
        await RuntimeApiAnswer.AcceptedAsync(context);
    }
}
