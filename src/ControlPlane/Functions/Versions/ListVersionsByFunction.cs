using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions.Versions;

/// <summary>
/// <c>$LATEST</c> and the published versions of a function.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
/// </summary>
internal static class ListVersionsByFunction
{
    public static Result<ListVersionsByFunctionResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!Paging.Read(context.Request.Query, FunctionReference.CheckNamespacedName(FunctionReference.NameOf(context)))
            .Is(out var paging, out var error))
        {
            return error;
        }

        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out error)
            || !FunctionReference.Find(plane, arn with { Qualifier = null }).Is(out var latest, out error))
        {
            return error;
        }

        var after = paging.After is null ? -1 : VersionOrder.Of(paging.After);
        var (page, next) = paging.Cut(
            VersionOrder.All(plane, latest).SkipWhile(v => VersionOrder.Of(v.Version) <= after), v => v.Version);
        return new ListVersionsByFunctionResponse(next, [.. page.Select(v => plane.Views.ListElement(v, v.Version))]);
    }
}

/// <summary>Members in AWS's order.</summary>
internal sealed record ListVersionsByFunctionResponse(string? NextMarker, IReadOnlyList<FunctionConfiguration> Versions);
