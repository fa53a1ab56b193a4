using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Policies;

/// <summary>
/// Takes a statement out of a policy. https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
/// </summary>
internal static class RemovePermission
{
    private static readonly Pattern StatementId = new("([a-zA-Z0-9-_.]+)");

    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        var statementId = (string)context.Request.RouteValues["StatementId"]!;
        var error = ModelErrors.Of(
            Member.LengthAtMost(statementId, "statementId", 100), Member.Matching(statementId, "statementId", StatementId));
        if (error is not null || !FunctionReference.OfReader(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (plane.Store.Index.Find(arn.Key()) is null)
        {
            return FunctionErrors.NotFound($"No policy found for: {arn.Unqualified}");
        }

        if (FunctionPolicies.RevisionOf(plane, arn) is null)
        {
            return FunctionPolicies.NotFound(arn);
        }

        if (plane.Policies.Find(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest) is not { } policy)
        {
            return ResourcePolicy.None();
        }

        if (!policy.Without(statementId, plane.Surroundings.NewId()).Is(out var after, out error))
        {
            return error;
        }

        if (!FunctionPolicies.IsLatest(plane, arn, context.Request.Query["RevisionId"]))
        {
            return FunctionErrors.StaleRevision();
        }

        await FunctionPolicies.WriteAsync(plane, arn, after);
        return null;
    }
}
