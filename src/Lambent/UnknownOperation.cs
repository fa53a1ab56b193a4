using Lambent.Aws;

namespace Lambent;

/// <summary>What an authenticated caller gets for a path that no operation has.</summary>
internal static class UnknownOperation
{
    internal static Task HandleAsync(HttpContext context) => RestJsonError.WriteAsync(
        context.Response,
        new AwsError(404, "UnknownOperationException", $"Lambent has no operation {context.Request.Method} {context.Request.Path} yet."),
        AwsRequest.Of(context).RequestId,
        context.RequestAborted);
}
