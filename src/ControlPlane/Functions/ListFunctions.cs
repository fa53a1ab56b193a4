using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The functions of the account in the order of their names; with <c>FunctionVersion=ALL</c> each with its published versions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
/// </summary>
internal static class ListFunctions
{
    private static readonly Pattern MasterRegion = new(@"ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1}");

    public static Result<ListFunctionsResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var query = context.Request.Query;
        string? version = query["FunctionVersion"], master = query["MasterRegion"];
        var read = Paging.Read(query, [
            Member.Matching(master, "masterRegion", MasterRegion),
            Member.OneOf(version, "functionVersion", "ALL")]);
        if (!read.Is(out var paging, out var error))
        {
            return error;
        }

        // Functions of another master region are replicas of Lambda@Edge, and there are none.
        var account = AwsRequest.Of(context).Caller.AccountId;
        var here = master is null or "ALL" || master == plane.Options.Region;
        var functions = !here ? [] : version is null
            ? plane.Store.Index.After(account, paging.After)
            : WithVersions(plane, account, paging.After);
        var (page, next) = paging.Cut(functions, f => version is null ? f.Name : $"{f.Name}:{f.Version}");
        return new ListFunctionsResponse([.. page.Select(f => plane.Views.ListElement(f, version is null ? null : f.Version))], next);
    }

    private static IEnumerable<FunctionRecord> WithVersions(LambdaControlPlane plane, string account, string? after)
    {
        var (name, version) = after?.Split(':') is [var n, var v] ? (n, VersionOrder.Of(v)) : (after, long.MaxValue);
        var index = plane.Store.Index;
        var begun = name is not null && index.Find(new FunctionKey(account, name)) is { } same
            ? VersionOrder.All(plane, same).Where(r => VersionOrder.Of(r.Version) > version)
            : [];
        return begun.Concat(index.After(account, name).SelectMany(f => VersionOrder.All(plane, f)));
    }
}
