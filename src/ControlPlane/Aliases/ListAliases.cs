using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>
/// The aliases of a function in the order of their names, or those that lead to one version.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html
/// </summary>
internal static class ListAliases
{
    public static Result<ListAliasesResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var query = context.Request.Query;
        string? version = query["FunctionVersion"];
        var read = Paging.Read(
            query, [.. FunctionReference.CheckName(FunctionReference.NameOf(context)), .. AliasRules.CheckVersion(version)]);
        if (!read.Is(out var paging, out var error)
            || !FunctionReference.OfWriter(plane, context).Is(out var arn, out error)
            || !FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            return error;
        }

        var (page, next) = paging.Cut(plane.Aliases.Of(arn.Key()).Where(a => version is null || a.Value.PointsTo(version)));
        return new ListAliasesResponse(next, [.. page.Select(a => AliasConfiguration.Of(arn, a.Value))]);
    }
}
