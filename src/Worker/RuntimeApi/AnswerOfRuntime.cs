using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>What a response and an error of an invocation have in common: both end it, in the order of checks of AWS's emulator.</summary>
internal static class AnswerOfRuntime
{
    internal static async Task HandleAsync(
        HttpContext context, Generation generation, string requestId, RuntimeState to, Func<HttpRequest, byte[], InvocationEnd> endWith)
    {
        var session = generation.Session;
        if (!session.TryBeginAnswer(to, out var from))
        {
            await RuntimeApiAnswer.ForbiddenAsync(context, from, to);
            return;
        }

        if (session.Running(requestId) is null)
        {
            await RuntimeApiAnswer.InvalidRequestIdAsync(context);
            return;
        }

        try
        {
            var maxBytes = generation.Sandbox.MaxResponseBytes;
            var payload = await RuntimeApiBody.ReadAsync(context, maxBytes);
            session.Answered(payload is null
                ? new InvocationEnd.Error(PlatformErrors.ResponseSizeTooLarge, PlatformErrors.TooLarge(maxBytes))
                : endWith(context.Request, payload));
            await (payload is null ? RuntimeApiAnswer.TooLargeAsync(context, maxBytes) : RuntimeApiAnswer.AcceptedAsync(context));
        }
        catch (TruncatedBodyException)
        {
            session.Answered(new InvocationEnd.Error(
                PlatformErrors.TruncatedResponse, PlatformErrors.Body(PlatformErrors.TruncatedResponse, requestId, "Response truncated")));
        }
    }
}
