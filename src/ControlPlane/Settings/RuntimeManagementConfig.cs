using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Settings;

/// <summary>
/// When a version gets another version of its runtime.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html
/// </summary>
internal static class RuntimeManagementConfig
{
    private const string Auto = "Auto", Manual = "Manual";

    private static readonly Pattern VersionArn = new(@"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}::runtime:.+");

    public static async Task<Result<RuntimeManagementResponse>> PutAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.RuntimeManagementRequest).Is(out var put, out var error))
        {
            return error;
        }

        error = ModelErrors.Of(
            Member.Required(put.UpdateRuntimeOn, "updateRuntimeOn"),
            Member.OneOf(put.UpdateRuntimeOn, "updateRuntimeOn", Auto, "FunctionUpdate", Manual),
            Member.LengthAtMost(put.RuntimeVersionArn, "runtimeVersionArn", 2_048),
            Member.Matching(put.RuntimeVersionArn, "runtimeVersionArn", VersionArn));
        if (error is not null)
        {
            return error;
        }

        if (put.UpdateRuntimeOn == Manual != (put.RuntimeVersionArn is not null))
        {
            return FunctionErrors.Invalid("RuntimeVersionArn must be given with, and only with, the update mode Manual.");
        }

        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (!FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            return error;
        }

        var version = arn.Qualifier ?? FunctionErrors.Latest;
        await plane.RuntimeManagement.PutAsync(arn.Key(), version, new FunctionChoice(put.UpdateRuntimeOn!, put.RuntimeVersionArn));
        return new RuntimeManagementResponse(put.UpdateRuntimeOn!, put.RuntimeVersionArn, $"{arn with { Qualifier = version }}");
    }

    public static Result<RuntimeManagementResponse> Get(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        var version = arn.Qualifier ?? FunctionErrors.Latest;
        var choice = plane.RuntimeManagement.Find(arn.Key(), version);
        return FunctionReference.Find(plane, arn).Select(_ => new RuntimeManagementResponse(
            choice?.Value ?? Auto, choice?.RuntimeVersionArn, $"{arn with { Qualifier = version }}"));
    }
}

/// <summary>The choice.</summary>
internal sealed record RuntimeManagementRequest(string? UpdateRuntimeOn, string? RuntimeVersionArn);

/// <summary>The choice, and of which version it is.</summary>
internal sealed record RuntimeManagementResponse(string UpdateRuntimeOn, string? RuntimeVersionArn, string FunctionArn);
