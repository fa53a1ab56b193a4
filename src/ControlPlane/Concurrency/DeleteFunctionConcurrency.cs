using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// Gives back what a function reserves, which may be nothing.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html
/// </summary>
internal static class DeleteFunctionConcurrency
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (ModelErrors.Of(FunctionReference.CheckName(FunctionReference.NameOf(context))) is { } invalid)
        {
            return invalid;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            await plane.Reserved.RemoveAsync(arn.Key(), FunctionErrors.Latest);
        }

        return error;
    }
}
