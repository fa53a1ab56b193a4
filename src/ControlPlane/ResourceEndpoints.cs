using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.CodeSigning;
using Lambent.ControlPlane.EventSources;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Settings;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Urls;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Lambent.ControlPlane;

/// <summary>The routes of what functions have beside their code and settings, and of what they share.</summary>
internal static class ResourceEndpoints
{
    private const string Policy = "/2015-03-31/functions/{FunctionName}/policy", Function = "/2021-10-31/functions/{FunctionName}";

    public static void Map(IEndpointRouteBuilder endpoints, LambdaControlPlane plane)
    {
        MapPolicies(endpoints, plane, ControlPlaneJson.Wire);
        MapUrls(endpoints, plane, ControlPlaneJson.Wire);
        MapTags(endpoints, plane, ControlPlaneJson.Wire);
        MapSettings(endpoints, plane, ControlPlaneJson.Wire);
        MapCodeSigning(endpoints, plane, ControlPlaneJson.Wire);
        MapEventSources(endpoints, plane, ControlPlaneJson.Wire);
    }

    private static void MapPolicies(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        endpoints.MapPost(Policy, context =>
            Reply.SendAsync(context, 201, AddPermission.RunAsync(plane, context), json.AddPermissionResponse))
            .Needs(plane, AccessRules.AddPermission);
        endpoints.MapGet(Policy, context => Reply.SendAsync(context, 200, GetPolicy.Run(plane, context), json.GetPolicyResponse))
            .Needs(plane, AccessRules.GetPolicy);
        endpoints.MapDelete(Policy + "/{StatementId}", context =>
            Reply.SendEmptyAsync(context, RemovePermission.RunAsync(plane, context)))
            .Needs(plane, AccessRules.RemovePermission);
    }

    private static void MapUrls(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        endpoints.MapPost(Function + "/url", context =>
            Reply.SendAsync(context, 201, FunctionUrlConfigs.CreateAsync(plane, context), json.UrlResponse))
            .Needs(plane, AccessRules.CreateFunctionUrlConfig);
        endpoints.MapGet(Function + "/url", context =>
            Reply.SendAsync(context, 200, FunctionUrlConfigs.Get(plane, context), json.UrlResponse))
            .Needs(plane, AccessRules.GetFunctionUrlConfig);
        endpoints.MapPut(Function + "/url", context =>
            Reply.SendAsync(context, 200, FunctionUrlConfigs.UpdateAsync(plane, context), json.UrlResponse))
            .Needs(plane, AccessRules.UpdateFunctionUrlConfig);
        endpoints.MapDelete(Function + "/url", context => Reply.SendEmptyAsync(context, FunctionUrlConfigs.DeleteAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteFunctionUrlConfig);
        endpoints.MapGet(Function + "/urls", context =>
            Reply.SendAsync(context, 200, FunctionUrlConfigs.List(plane, context), json.ListUrlsResponse))
            .Needs(plane, AccessRules.ListFunctionUrlConfigs);
    }

    private static void MapTags(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string tags = "/2017-03-31/tags/{Resource}";
        endpoints.MapPost(tags, context => Reply.SendEmptyAsync(context, ResourceTags.TagAsync(plane, context)))
            .Needs(plane, AccessRules.TagResource);
        endpoints.MapDelete(tags, context => Reply.SendEmptyAsync(context, ResourceTags.UntagAsync(plane, context)))
            .Needs(plane, AccessRules.UntagResource);
        endpoints.MapGet(tags, context => Reply.SendAsync(context, 200, ResourceTags.List(plane, context), json.ListTagsResponse))
            .Needs(plane, AccessRules.ListTags);
    }

    private static void MapSettings(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string recursion = "/2024-08-31/functions/{FunctionName}/recursion-config";
        const string runtime = "/2021-07-20/functions/{FunctionName}/runtime-management-config";
        endpoints.MapPut(recursion, context =>
            Reply.SendAsync(context, 200, RecursionConfig.PutAsync(plane, context), json.RecursionResponse))
            .Needs(plane, AccessRules.PutFunctionRecursionConfig);
        endpoints.MapGet(recursion, context => Reply.SendAsync(context, 200, RecursionConfig.Get(plane, context), json.RecursionResponse))
            .Needs(plane, AccessRules.GetFunctionRecursionConfig);
        endpoints.MapPut(runtime, context =>
            Reply.SendAsync(context, 200, RuntimeManagementConfig.PutAsync(plane, context), json.RuntimeManagementResponse))
            .Needs(plane, AccessRules.PutRuntimeManagementConfig);
        endpoints.MapGet(runtime, context =>
            Reply.SendAsync(context, 200, RuntimeManagementConfig.Get(plane, context), json.RuntimeManagementResponse))
            .Needs(plane, AccessRules.GetRuntimeManagementConfig);
    }

    private static void MapCodeSigning(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string configs = "/2020-04-22/code-signing-configs", config = configs + "/{CodeSigningConfigArn}";
        const string function = "/2020-06-30/functions/{FunctionName}/code-signing-config";
        endpoints.MapPost(configs, context =>
            Reply.SendAsync(context, 201, CodeSigningConfigs.CreateAsync(plane, context), json.CodeSigningResponse))
            .Needs(plane, AccessRules.CreateCodeSigningConfig);
        endpoints.MapGet(configs, context =>
            Reply.SendAsync(context, 200, CodeSigningConfigs.List(plane, context), json.ListCodeSigningResponse))
            .Needs(plane, AccessRules.ListCodeSigningConfigs);
        endpoints.MapGet(config, context => Reply.SendAsync(context, 200, CodeSigningConfigs.Get(plane, context), json.CodeSigningResponse))
            .Needs(plane, AccessRules.GetCodeSigningConfig);
        endpoints.MapPut(config, context =>
            Reply.SendAsync(context, 200, CodeSigningConfigs.UpdateAsync(plane, context), json.CodeSigningResponse))
            .Needs(plane, AccessRules.UpdateCodeSigningConfig);
        endpoints.MapDelete(config, context => Reply.SendEmptyAsync(context, CodeSigningConfigs.DeleteAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteCodeSigningConfig);
        endpoints.MapGet(config + "/functions", context =>
            Reply.SendAsync(context, 200, CodeSigningConfigs.ListFunctions(plane, context), json.ListFunctionsByCodeSigningResponse))
            .Needs(plane, AccessRules.ListFunctionsByCodeSigningConfig);
        endpoints.MapPut(function, context =>
            Reply.SendAsync(context, 200, FunctionCodeSigningConfig.PutAsync(plane, context), json.FunctionCodeSigning))
            .Needs(plane, AccessRules.PutFunctionCodeSigningConfig);
        endpoints.MapGet(function, context =>
            Reply.SendAsync(context, 200, FunctionCodeSigningConfig.Get(plane, context), json.FunctionCodeSigning))
            .Needs(plane, AccessRules.GetFunctionCodeSigningConfig);
        endpoints.MapDelete(function, context => Reply.SendEmptyAsync(context, FunctionCodeSigningConfig.DeleteAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteFunctionCodeSigningConfig);
    }

    private static void MapEventSources(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string mappings = "/2015-03-31/event-source-mappings", mapping = mappings + "/{UUID}";
        endpoints.MapPost(mappings, context =>
            Reply.SendAsync(context, 202, EventSourceMappings.CreateAsync(plane, context), json.EventSourceMapping))
            .Needs(plane, AccessRules.CreateEventSourceMapping);
        endpoints.MapGet(mappings, context =>
            Reply.SendAsync(context, 200, EventSourceMappings.List(plane, context), json.ListEventSourceMappingsResponse))
            .Needs(plane, AccessRules.ListEventSourceMappings);
        endpoints.MapGet(mapping, context => Reply.SendAsync(context, 200, EventSourceMappings.Get(plane, context), json.EventSourceMapping))
            .Needs(plane, AccessRules.GetEventSourceMapping);
        endpoints.MapPut(mapping, context =>
            Reply.SendAsync(context, 202, EventSourceMappings.UpdateAsync(plane, context), json.EventSourceMapping))
            .Needs(plane, AccessRules.UpdateEventSourceMapping);
        endpoints.MapDelete(mapping, context =>
            Reply.SendAsync(context, 202, EventSourceMappings.DeleteAsync(plane, context), json.EventSourceMapping))
            .Needs(plane, AccessRules.DeleteEventSourceMapping);
    }
}
