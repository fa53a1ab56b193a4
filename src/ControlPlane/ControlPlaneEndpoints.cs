using Lambent.Aws;
using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.Account;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.Concurrency;
using Lambent.ControlPlane.EventInvoke;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Later;
using Lambent.ControlPlane.Layers;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lambent.ControlPlane;

/// <summary>
/// The routes of the management API. Every handler but that of <see cref="CodePath"/> needs an authenticated
/// <see cref="AwsRequest"/> on its context.
/// </summary>
public static class ControlPlaneEndpoints
{
    /// <summary>
    /// Below it are the downloads that <c>Code.Location</c> names. They carry their own signature: the front door must let them
    /// pass unauthenticated.
    /// </summary>
    public const string CodePath = "/_lambent/code";

    private const string FunctionsPath = "/2015-03-31/functions";

    private const string FunctionPath = FunctionsPath + "/{FunctionName}";

    /// <summary>Adds the routes. <paramref name="plane"/> must have been started before the first request.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, LambdaControlPlane plane)
    {
        var json = ControlPlaneJson.Wire;
        endpoints.MapPost(FunctionsPath, context =>
            Reply.SendAsync(context, 201, CreateFunction.RunAsync(plane, AwsRequest.Of(context)), json.FunctionConfiguration))
            .Needs(plane, AccessRules.CreateFunction);
        endpoints.MapGet(FunctionsPath, context =>
            Reply.SendAsync(context, 200, ListFunctions.Run(plane, context), json.ListFunctionsResponse))
            .Needs(plane, AccessRules.ListFunctions);
        endpoints.MapGet(FunctionPath, context =>
            Reply.SendAsync(context, 200, GetFunction.Run(plane, context), json.GetFunctionResponse))
            .Needs(plane, AccessRules.GetFunction);
        endpoints.MapDelete(FunctionPath, context =>
            Reply.SendEmptyAsync(context, DeleteFunction.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteFunction);
        endpoints.MapPut(FunctionPath + "/code", context =>
            Reply.SendAsync(context, 200, UpdateFunctionCode.RunAsync(plane, context), json.FunctionConfiguration))
            .Needs(plane, AccessRules.UpdateFunctionCode);
        endpoints.MapGet(FunctionPath + "/configuration", context =>
            Reply.SendAsync(context, 200, GetFunctionConfiguration.Run(plane, context), json.FunctionConfiguration))
            .Needs(plane, AccessRules.GetFunctionConfiguration);
        endpoints.MapPut(FunctionPath + "/configuration", context =>
            Reply.SendAsync(context, 200, UpdateFunctionConfiguration.RunAsync(plane, context), json.FunctionConfiguration))
            .Needs(plane, AccessRules.UpdateFunctionConfiguration);
        endpoints.MapGet("/2016-08-19/account-settings", context =>
            Reply.SendAsync(context, 200, GetAccountSettings.Run(plane, context), json.GetAccountSettingsResponse))
            .Needs(plane, AccessRules.GetAccountSettings);
        LayerEndpoints.Map(endpoints, plane);
        ResourceEndpoints.Map(endpoints, plane);
        LaterEndpoints.Map(endpoints, plane);
        endpoints.MapGet(CodePath + "/{Sha256}", context => DownloadCode.RunAsync(plane, context));
        MapVersions(endpoints, plane, json);
        MapAliases(endpoints, plane, json);
        MapConcurrency(endpoints, plane, json);
        MapEventInvoke(endpoints, plane, json);
    }

    private static void MapVersions(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        endpoints.MapPost(FunctionPath + "/versions", context =>
            Reply.SendAsync(context, 201, PublishVersion.RunAsync(plane, context), json.FunctionConfiguration))
            .Needs(plane, AccessRules.PublishVersion);
        endpoints.MapGet(FunctionPath + "/versions", context =>
            Reply.SendAsync(context, 200, ListVersionsByFunction.Run(plane, context), json.ListVersionsByFunctionResponse))
            .Needs(plane, AccessRules.ListVersionsByFunction);
    }

    private static void MapAliases(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string aliases = FunctionPath + "/aliases", alias = aliases + "/{Name}";
        endpoints.MapPost(aliases, context =>
            Reply.SendAsync(context, 201, CreateAlias.RunAsync(plane, context), json.AliasConfiguration))
            .Needs(plane, AccessRules.CreateAlias);
        endpoints.MapGet(aliases, context =>
            Reply.SendAsync(context, 200, ListAliases.Run(plane, context), json.ListAliasesResponse))
            .Needs(plane, AccessRules.ListAliases);
        endpoints.MapGet(alias, context =>
            Reply.SendAsync(context, 200, GetAlias.Run(plane, context), json.AliasConfiguration))
            .Needs(plane, AccessRules.GetAlias);
        endpoints.MapPut(alias, context =>
            Reply.SendAsync(context, 200, UpdateAlias.RunAsync(plane, context), json.AliasConfiguration))
            .Needs(plane, AccessRules.UpdateAlias);
        endpoints.MapDelete(alias, context => Reply.SendEmptyAsync(context, DeleteAlias.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteAlias);
    }

    private static void MapConcurrency(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string changed = "/2017-10-31/functions/{FunctionName}/concurrency", read = "/2019-09-30/functions/{FunctionName}/concurrency";
        const string provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
        endpoints.MapPut(changed, context =>
            Reply.SendAsync(context, 200, PutFunctionConcurrency.RunAsync(plane, context), json.ReservedConcurrency))
            .Needs(plane, AccessRules.PutFunctionConcurrency);
        endpoints.MapGet(read, context =>
            Reply.SendAsync(context, 200, GetFunctionConcurrency.Run(plane, context), json.ReservedConcurrency))
            .Needs(plane, AccessRules.GetFunctionConcurrency);
        endpoints.MapDelete(changed, context => Reply.SendEmptyAsync(context, DeleteFunctionConcurrency.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteFunctionConcurrency);
        endpoints.MapPut(provisioned, context =>
            Reply.SendAsync(context, 202, PutProvisionedConcurrencyConfig.RunAsync(plane, context), json.ProvisionedConcurrencyConfig))
            .Needs(plane, AccessRules.PutProvisionedConcurrencyConfig);
        endpoints.MapGet(provisioned, context => IsForAll(context)
            ? Reply.SendAsync(
                context, 200, ListProvisionedConcurrencyConfigs.Run(plane, context), json.ListProvisionedConcurrencyConfigsResponse)
            : Reply.SendAsync(context, 200, GetProvisionedConcurrencyConfig.Run(plane, context), json.ProvisionedConcurrencyConfig))
            .Needs(plane, context => IsForAll(context) ? AccessRules.ListProvisionedConcurrencyConfigs : AccessRules.GetProvisionedConcurrencyConfig,
                AccessRules.ListProvisionedConcurrencyConfigs, AccessRules.GetProvisionedConcurrencyConfig);
        endpoints.MapDelete(provisioned, context =>
            Reply.SendEmptyAsync(context, DeleteProvisionedConcurrencyConfig.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteProvisionedConcurrencyConfig);
    }

    private static bool IsForAll(HttpContext context) => context.Request.Query["List"] == "ALL";

    private static void MapEventInvoke(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string config = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
        endpoints.MapPut(config, context =>
            Reply.SendAsync(context, 200, WriteFunctionEventInvokeConfig.PutAsync(plane, context), json.FunctionEventInvokeConfig))
            .Needs(plane, AccessRules.PutFunctionEventInvokeConfig);
        endpoints.MapPost(config, context =>
            Reply.SendAsync(context, 200, WriteFunctionEventInvokeConfig.UpdateAsync(plane, context), json.FunctionEventInvokeConfig))
            .Needs(plane, AccessRules.UpdateFunctionEventInvokeConfig);
        endpoints.MapGet(config, context =>
            Reply.SendAsync(context, 200, GetFunctionEventInvokeConfig.Run(plane, context), json.FunctionEventInvokeConfig))
            .Needs(plane, AccessRules.GetFunctionEventInvokeConfig);
        endpoints.MapDelete(config, context =>
            Reply.SendEmptyAsync(context, DeleteFunctionEventInvokeConfig.RunAsync(plane, context)))
            .Needs(plane, AccessRules.DeleteFunctionEventInvokeConfig);
        endpoints.MapGet(config + "/list", context => Reply.SendAsync(
            context, 200, ListFunctionEventInvokeConfigs.Run(plane, context), json.ListFunctionEventInvokeConfigsResponse))
            .Needs(plane, AccessRules.ListFunctionEventInvokeConfigs);
    }
}
