using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>
/// Deletes an alias with all that is set for it; one that is not there is no error.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html
/// </summary>
internal static class DeleteAlias
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (ModelErrors.Of(AliasRules.CheckPath(context)) is { } invalid)
        {
            return invalid;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (!FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            return error;
        }

        await plane.Store.RemoveAsync(arn.Key(), AliasRules.NameOf(context));
        return null;
    }
}
