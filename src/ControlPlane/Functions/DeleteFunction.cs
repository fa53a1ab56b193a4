using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Deletes a function with all of its versions. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
/// </summary>
internal static class DeleteFunction
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        if (arn.Qualifier == FunctionErrors.Latest)
        {
            return FunctionErrors.Invalid("$LATEST version cannot be deleted without deleting the function.");
        }

        using var turn = await plane.Store.TurnAsync(new FunctionKey(arn.Account, arn.Name));

        // A background step may change the record between the look and the removal: look again.
        while (true)
        {
            var unqualified = arn with { Qualifier = null };
            if (!FunctionReference.Find(plane, unqualified).Is(out var record, out error))
            {
                return error;
            }

            if (arn.Qualifier is not null)
            {
                return FunctionErrors.NotFound(arn);
            }

            if (await plane.Store.TryRemoveAsync(record))
            {
                return null;
            }
        }
    }
}
