using Lambent.Aws;
using Lambent.ControlPlane.Account;
using Lambent.ControlPlane.Functions;
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
        endpoints.MapGet(CodePath + "/{Sha256}", context => DownloadCode.RunAsync(plane, context));
    }
}
