using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Lambent.ControlPlane.Layers;

/// <summary>The routes of layers.</summary>
internal static class LayerEndpoints
{
    private const string Layers = "/2018-10-31/layers", Versions = Layers + "/{LayerName}/versions", Version = Versions + "/{VersionNumber}";

    public static void Map(IEndpointRouteBuilder endpoints, LambdaControlPlane plane)
    {
        var json = ControlPlaneJson.Wire;
        endpoints.MapGet(Layers, context => context.Request.Query["find"] == "LayerVersion"
            ? Reply.SendAsync(context, 200, GetLayerVersion.RunByArn(plane, context), json.LayerVersionResponse)
            : Reply.SendAsync(context, 200, ListLayers.Run(plane, context), json.ListLayersResponse));
        endpoints.MapPost(Versions, context =>
            Reply.SendAsync(context, 201, PublishLayerVersion.RunAsync(plane, context), json.LayerVersionResponse));
        endpoints.MapGet(Versions, context =>
            Reply.SendAsync(context, 200, ListLayers.RunVersions(plane, context), json.ListLayerVersionsResponse));
        endpoints.MapGet(Version, context =>
            Reply.SendAsync(context, 200, GetLayerVersion.Run(plane, context), json.LayerVersionResponse));
        endpoints.MapDelete(Version, context => Reply.SendEmptyAsync(context, DeleteLayerVersion.RunAsync(plane, context)));
        endpoints.MapPost(Version + "/policy", context =>
            Reply.SendAsync(context, 201, LayerPermissions.AddAsync(plane, context), json.AddLayerVersionPermissionResponse));
        endpoints.MapGet(Version + "/policy", context =>
            Reply.SendAsync(context, 200, LayerPermissions.Get(plane, context), json.GetPolicyResponse));
        endpoints.MapDelete(Version + "/policy/{StatementId}", context =>
            Reply.SendEmptyAsync(context, LayerPermissions.RemoveAsync(plane, context)));
    }
}
