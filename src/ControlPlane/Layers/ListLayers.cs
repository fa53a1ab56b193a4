using Lambent.Aws;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>
/// The layers of the account by name, and the versions of one of them from the newest. Filters by runtime and architecture
/// look at what a version says it is compatible with.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
/// </summary>
internal static class ListLayers
{
    private const int MaxPage = 50;

    public static Result<ListLayersResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!ReadPage(context).Is(out var page, out var error))
        {
            return error;
        }

        var account = AwsRequest.Of(context).Caller.AccountId;
        var layers =
            from layer in plane.Layers.After(account, page.After)
            let arn = new LayerArn(plane.Options.Region, account, layer.Name)
            let latest = layer.Versions.FirstOrDefault(v => Passes(v, context.Request.Query))
            where latest is not null
            select new LayerElement(layer.Name, arn.ToString(), LayerViews.Element(arn, latest));
        var (found, next) = page.Cut(layers, l => l.LayerName);
        return new ListLayersResponse(next, found);
    }

    public static Result<ListLayerVersionsResponse> RunVersions(LambdaControlPlane plane, HttpContext context)
    {
        if (!LayerReference.OfLayer(plane, context).Is(out var layer, out var error)
            || !ReadPage(context).Is(out var page, out error))
        {
            return error;
        }

        // Versions count down, so a marker is the number that was answered last.
        var from = long.TryParse(page.After, out var last) ? last : long.MaxValue;
        var record = layer.Arn.Region == plane.Options.Region ? plane.Layers.Find(layer.Arn.Account, layer.Arn.Name) : null;
        var versions = record?.Versions.Where(v => v.Version < from && Passes(v, context.Request.Query)) ?? [];
        var (found, next) = page.Cut(versions.Select(v => LayerViews.Element(layer.Arn, v)), v => $"{v.Version}");
        return new ListLayerVersionsResponse(next, found);
    }

    private static Result<Paging> ReadPage(HttpContext context)
    {
        var query = context.Request.Query;
        return Paging.Read(query, LayerConstraints.CheckFilters(query["CompatibleRuntime"], query["CompatibleArchitecture"]), MaxPage);
    }

    private static bool Passes(LayerVersionRecord version, IQueryCollection filters)
    {
        string? runtime = filters["CompatibleRuntime"], architecture = filters["CompatibleArchitecture"];
        return (runtime is null || version.CompatibleRuntimes?.Contains(runtime) == true)
            && (architecture is null || version.CompatibleArchitectures?.Contains(architecture) == true);
    }
}
