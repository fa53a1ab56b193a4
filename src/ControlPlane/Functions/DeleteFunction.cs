using Lambent.Aws;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Deletes a function with all that belongs to it, or one version of it that no alias points to; one that is not there is no
/// error. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
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

        // What neither names an alias nor is there, such as $latest, is a version that is not there (recorded on AWS).
        if (arn.Qualifier is not null && AliasRules.Name.Matches(arn.Qualifier))
        {
            return FunctionErrors.Invalid("Deletion of aliases is not currently supported.");
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());

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
                return await DeleteVersionAsync(plane, arn.Key(), arn.Qualifier);
            }

            if (await plane.Store.TryRemoveAsync(record))
            {
                return null;
            }
        }
    }

    private static async Task<AwsError?> DeleteVersionAsync(LambdaControlPlane plane, FunctionKey function, string version)
    {
        var aliases = plane.Aliases.Of(function).Values.Where(a => a.PointsTo(version)).Select(a => a.Name).ToList();
        if (aliases.Count > 0)
        {
            return FunctionErrors.Conflict(
                $"Unable to delete version because the following aliases reference it: {Member.Text(aliases)}");
        }

        await plane.Store.RemoveAsync(function, version);
        return null;
    }
}
