using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>POST /runtime/invocation/ID/error</c>: the function failed. The body goes to the client as it is.</summary>
internal static class InvocationErrorEndpoint
{
    internal static Task HandleAsync(HttpContext context, RuntimeSession session, string requestId, AnswerRules rules) => AnswerOfRuntime.HandleAsync(
        context, session, requestId, RuntimeState.InvocationErrorResponse, rules.Clock, async _ =>
            await RuntimeApiBody.ReadAsync(context, rules.MaxResponseBytes) is { } payload
                ? RuntimeAnswer.Accepted(new InvocationEnd.Error(FunctionErrorType.Of(context.Request), payload))
                : RuntimeAnswer.TooLarge(rules.MaxResponseBytes));
}
