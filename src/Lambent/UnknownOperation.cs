using Lambent.Aws;

namespace Lambent;

/// <summary>What a caller gets for a path that no operation has; below that of the downloads it is not authenticated.</summary>
internal static class UnknownOperation
{
    internal static Task HandleAsync(HttpContext context) => RestJsonError.WriteAsync(
        context.Response,
        new AwsError(404, "UnknownOperationException", $"Lambent has no operation {context.Request.Method} {context.Request.Path} yet."),
        context.Features.Get<AwsRequest>()?.RequestId ?? AwsRequestId.New(),
        context.RequestAborted);
}
