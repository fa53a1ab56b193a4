using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// <c>POST /runtime/invocation/ID/response</c>: the function's answer, whole or as it comes. Who asked for it whole gets it so
/// even from a runtime that streams, and the other way round.
/// </summary>
internal static class ResponseEndpoint
{
    private const string ModeHeader = "Lambda-Runtime-Function-Response-Mode";

    internal static Task HandleAsync(HttpContext context, RuntimeSession session, string requestId, AnswerRules rules) => AnswerOfRuntime.HandleAsync(
        context, session, requestId, RuntimeState.InvocationResponse, rules.Clock, invocation => ReadAsync(context, invocation, rules));

    private static async ValueTask<RuntimeAnswer> ReadAsync(HttpContext context, Invocation invocation, AnswerRules rules)
    {
        if (context.Request.Headers[ModeHeader].ToString() is not ("" or "streaming"))
        {
            return new RuntimeAnswer(
                new InvocationEnd.Error(PlatformErrors.InvalidResponseMode, ReadOnlyMemory<byte>.Empty), RuntimeApiAnswer.InvalidResponseModeAsync);
        }

        if (invocation.Answer is { } stream)
        {
            return await stream.DeliverAsync((to, over) => StreamedAnswer.CopyAsync(context, to, rules, over));
        }

        return await RuntimeApiBody.ReadAsync(context, rules.MaxResponseBytes) is { } payload
            ? RuntimeAnswer.Accepted(ResponseTrailers.Error(context.Request) ?? new InvocationEnd.Response(payload))
            : RuntimeAnswer.TooLarge(rules.MaxResponseBytes);
    }
}
