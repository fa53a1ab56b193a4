using Lambent.Aws;
using Lambent.ControlPlane.Account;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.Concurrency;
using Lambent.ControlPlane.EventInvoke;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Versions;
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
            Reply.SendAsync(context, 201, CreateFunction.RunAsync(plane, AwsRequest.Of(context)), json.FunctionConfiguration));
        endpoints.MapGet(FunctionsPath, context =>
            Reply.SendAsync(context, 200, ListFunctions.Run(plane, context), json.ListFunctionsResponse));
        endpoints.MapGet(FunctionPath, context =>
            Reply.SendAsync(context, 200, GetFunction.Run(plane, context), json.GetFunctionResponse));
        endpoints.MapDelete(FunctionPath, context =>
            Reply.SendEmptyAsync(context, DeleteFunction.RunAsync(plane, context)));
        endpoints.MapPut(FunctionPath + "/code", context =>
            Reply.SendAsync(context, 200, UpdateFunctionCode.RunAsync(plane, context), json.FunctionConfiguration));
        endpoints.MapGet(FunctionPath + "/configuration", context =>
            Reply.SendAsync(context, 200, GetFunctionConfiguration.Run(plane, context), json.FunctionConfiguration));
        endpoints.MapPut(FunctionPath + "/configuration", context =>
            Reply.SendAsync(context, 200, UpdateFunctionConfiguration.RunAsync(plane, context), json.FunctionConfiguration));
        endpoints.MapGet("/2016-08-19/account-settings", context =>
            Reply.SendAsync(context, 200, GetAccountSettings.Run(plane, context), json.GetAccountSettingsResponse));
        LayerEndpoints.Map(endpoints, plane);
        ResourceEndpoints.Map(endpoints, plane);
        endpoints.MapGet(CodePath + "/{Sha256}", context => DownloadCode.RunAsync(plane, context));
        MapVersions(endpoints, plane, json);
        MapAliases(endpoints, plane, json);
        MapConcurrency(endpoints, plane, json);
        MapEventInvoke(endpoints, plane, json);
    }

    private static void MapVersions(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        endpoints.MapPost(FunctionPath + "/versions", context =>
            Reply.SendAsync(context, 201, PublishVersion.RunAsync(plane, context), json.FunctionConfiguration));
        endpoints.MapGet(FunctionPath + "/versions", context =>
            Reply.SendAsync(context, 200, ListVersionsByFunction.Run(plane, context), json.ListVersionsByFunctionResponse));
    }

    private static void MapAliases(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string aliases = FunctionPath + "/aliases", alias = aliases + "/{Name}";
        endpoints.MapPost(aliases, context =>
            Reply.SendAsync(context, 201, CreateAlias.RunAsync(plane, context), json.AliasConfiguration));
        endpoints.MapGet(aliases, context =>
            Reply.SendAsync(context, 200, ListAliases.Run(plane, context), json.ListAliasesResponse));
        endpoints.MapGet(alias, context =>
            Reply.SendAsync(context, 200, GetAlias.Run(plane, context), json.AliasConfiguration));
        endpoints.MapPut(alias, context =>
            Reply.SendAsync(context, 200, UpdateAlias.RunAsync(plane, context), json.AliasConfiguration));
        endpoints.MapDelete(alias, context => Reply.SendEmptyAsync(context, DeleteAlias.RunAsync(plane, context)));
    }

    private static void MapConcurrency(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string changed = "/2017-10-31/functions/{FunctionName}/concurrency", read = "/2019-09-30/functions/{FunctionName}/concurrency";
        const string provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
        endpoints.MapPut(changed, context =>
            Reply.SendAsync(context, 200, PutFunctionConcurrency.RunAsync(plane, context), json.ReservedConcurrency));
        endpoints.MapGet(read, context =>
            Reply.SendAsync(context, 200, GetFunctionConcurrency.Run(plane, context), json.ReservedConcurrency));
        endpoints.MapDelete(changed, context => Reply.SendEmptyAsync(context, DeleteFunctionConcurrency.RunAsync(plane, context)));
        endpoints.MapPut(provisioned, context =>
            Reply.SendAsync(context, 202, PutProvisionedConcurrencyConfig.RunAsync(plane, context), json.ProvisionedConcurrencyConfig));
        endpoints.MapGet(provisioned, context => context.Request.Query["List"] == "ALL"
            ? Reply.SendAsync(
                context, 200, ListProvisionedConcurrencyConfigs.Run(plane, context), json.ListProvisionedConcurrencyConfigsResponse)
            : Reply.SendAsync(context, 200, GetProvisionedConcurrencyConfig.Run(plane, context), json.ProvisionedConcurrencyConfig));
        endpoints.MapDelete(provisioned, context =>
            Reply.SendEmptyAsync(context, DeleteProvisionedConcurrencyConfig.RunAsync(plane, context)));
    }

    private static void MapEventInvoke(IEndpointRouteBuilder endpoints, LambdaControlPlane plane, ControlPlaneJson json)
    {
        const string config = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
        endpoints.MapPut(config, context =>
            Reply.SendAsync(context, 200, WriteFunctionEventInvokeConfig.PutAsync(plane, context), json.FunctionEventInvokeConfig));
        endpoints.MapPost(config, context =>
            Reply.SendAsync(context, 200, WriteFunctionEventInvokeConfig.UpdateAsync(plane, context), json.FunctionEventInvokeConfig));
        endpoints.MapGet(config, context =>
            Reply.SendAsync(context, 200, GetFunctionEventInvokeConfig.Run(plane, context), json.FunctionEventInvokeConfig));
        endpoints.MapDelete(config, context =>
            Reply.SendEmptyAsync(context, DeleteFunctionEventInvokeConfig.RunAsync(plane, context)));
        endpoints.MapGet(config + "/list", context => Reply.SendAsync(
            context, 200, ListFunctionEventInvokeConfigs.Run(plane, context), json.ListFunctionEventInvokeConfigsResponse));
    }
}
