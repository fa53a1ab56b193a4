using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>POST /runtime/init/error</c>: the runtime could not initialise.</summary>
internal static class InitErrorEndpoint
{
    internal static async Task HandleAsync(HttpContext context, Generation generation, AnswerRules rules)
    {
        if (!generation.Session.TryBeginAnswer(RuntimeState.InitError, out var from))
        {
            await RuntimeApiAnswer.ForbiddenAsync(context, from, RuntimeState.InitError);
            return;
        }

        RuntimeApiBody.AllowAnySize(context);
        var payload = await RuntimeApiBody.ReadAsync(context, rules.MaxResponseBytes);
        generation.Session.InitFailed(FunctionErrorType.Of(context.Request), payload ?? PlatformErrors.TooLarge(rules.MaxResponseBytes));
        await RuntimeApiAnswer.AcceptedAsync(context);
    }
}
