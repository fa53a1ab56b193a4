using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Policies;

/// <summary>
/// The policy of a function, version or alias, as text. Its revision is that of the resource.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
/// </summary>
internal static class GetPolicy
{
    public static Result<GetPolicyResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        if (plane.Store.Index.Find(arn.Key()) is null)
        {
            return FunctionErrors.NotFound(arn with { Qualifier = null });
        }

        return FunctionPolicies.RevisionOf(plane, arn) is { } revision
            && plane.Policies.Find(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest) is { } policy
                ? new GetPolicyResponse(policy.Text(), revision)
                : ResourcePolicy.NoSuchResource();
    }
}
