using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>POST /runtime/invocation/ID/response</c>: the function's answer.</summary>
internal static class ResponseEndpoint
{
    internal static Task HandleAsync(HttpContext context, Generation generation, string requestId) => AnswerOfRuntime.HandleAsync(
        context, generation, requestId, RuntimeState.InvocationResponse, (_, payload) => new InvocationEnd.Response(payload));
}
