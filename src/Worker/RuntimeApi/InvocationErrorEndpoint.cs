using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary><c>POST /runtime/invocation/ID/error</c>: the function failed. The body goes to the client as it is.</summary>
internal static class InvocationErrorEndpoint
{
    internal static Task HandleAsync(HttpContext context, Generation generation, string requestId) => AnswerOfRuntime.HandleAsync(
        context, generation, requestId, RuntimeState.InvocationErrorResponse,
        (request, payload) => new InvocationEnd.Error(FunctionErrorType.Of(request), payload));
}
