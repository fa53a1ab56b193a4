using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lambent.ControlPlane.Layers;

/// <summary>The routes of layers.</summary>
internal static class LayerEndpoints
{
    private const string Layers = "/2018-10-31/layers", Versions = Layers + "/{LayerName}/versions", Version = Versions + "/{VersionNumber}";

    public static void Map(IEndpointRouteBuilder endpoints, LambdaControlPlane plane)
    {
        var json = ControlPlaneJson.Wire;
        endpoints.MapGet(Layers, context => IsByArn(context)
            ? Reply.SendAsync(context, 200, GetLayerVersion.RunByArn(plane, context), json.LayerVersionResponse)
            : Reply.SendAsync(context, 200, ListLayers.Run(plane, context), json.ListLayersResponse))
            .Needs(plane, context => IsByArn(context) ? AccessRules.GetLayerVersionByArn : AccessRules.ListLayers,
                AccessRules.GetLayerVersionByArn, AccessRules.ListLayers);
        endpoints.MapPost(Versions, context =>
            Reply.SendAsync(context, 201, PublishLayerVersion.RunAsync(plane, context), json.LayerVersionResponse))
            .Needs(plane, AccessRules.PublishLayerVersion);
        endpoints.MapGet(Versions, context =>
            Reply.SendAsync(context, 200, ListLayers.RunVersions(plane, context), json.ListLayerVersionsResponse))
            .Needs(plane, AccessRules.ListLayerVersions);
        endpoints.MapGet(Version, context =>
            Reply.SendAsync(context, 200, GetLayerVersion.Run(plane, context), json.LayerVersionResponse))
            .Needs(plane, AccessRules.GetLayerVersion);
        endpoints.MapDelete(Version, context => Reply.SendEmptyAsync(context, DeleteLayerVersion.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteLayerVersion);
        endpoints.MapPost(Version + "/policy", context =>
            Reply.SendAsync(context, 201, LayerPermissions.AddAsync(plane, context), json.AddLayerVersionPermissionResponse))
            .Needs(plane, AccessRules.AddLayerVersionPermission);
        endpoints.MapGet(Version + "/policy", context =>
            Reply.SendAsync(context, 200, LayerPermissions.Get(plane, context), json.GetPolicyResponse))
            .Needs(plane, AccessRules.GetLayerVersionPolicy);
        endpoints.MapDelete(Version + "/policy/{StatementId}", context =>
            Reply.SendEmptyAsync(context, LayerPermissions.RemoveAsync(plane, context)))
            .Needs(plane, AccessRules.RemoveLayerVersionPermission);
    }

    private static bool IsByArn(HttpContext context) => context.Request.Query["find"] == "LayerVersion";
}
