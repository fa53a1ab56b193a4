using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Settings;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// Which code signing configuration a function has.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html (Get, Delete)
/// </summary>
internal static class FunctionCodeSigningConfig
{
    public static async Task<Result<FunctionCodeSigning>> PutAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.FunctionCodeSigning).Is(out var put, out var error))
        {
            return error;
        }

        error = ModelErrors.Of(CodeSigningConfigs.CheckArn(put.CodeSigningConfigArn));
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        var config = put.CodeSigningConfigArn!;
        if (!CodeSigningConfigs.Exists(plane, config, request.Caller.AccountId))
        {
            return CodeSigningConfigs.NoSuchConfig(config);
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (FunctionReference.Find(plane, arn).Is(out var function, out _) && function.Definition.ImageUri is not null)
        {
            return ImageRules.Unsigned();
        }

        return await plane.CodeSigningOf.PutAsync(arn.Key(), FunctionErrors.Latest, new FunctionChoice(config))
            ? new FunctionCodeSigning(config, arn.Name)
            : FunctionErrors.NotFound(arn);
    }

    /// <summary>
    /// A function without a configuration is answered too, since clients ask for every function: with neither member (recorded on AWS).
    /// </summary>
    public static Result<FunctionCodeSigning> Get(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return FunctionReference.Find(plane, arn).Select(_ => plane.CodeSigningOf.Find(arn.Key(), FunctionErrors.Latest) is { } choice
            ? new FunctionCodeSigning(choice.Value, arn.Name)
            : new FunctionCodeSigning(null, null));
    }

    public static async Task<AwsError?> DeleteAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error)
            || !FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        await plane.CodeSigningOf.RemoveAsync(arn.Key(), FunctionErrors.Latest);
        return null;
    }
}
