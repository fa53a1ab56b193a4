using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Settings;

/// <summary>
/// Whether Lambda stops a function that calls itself in a loop.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
/// </summary>
internal static class RecursionConfig
{
    /// <summary>The two choices; the second is the default.</summary>
    public const string Allow = "Allow", Terminate = "Terminate";

    public static async Task<Result<RecursionResponse>> PutAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.RecursionResponse).Is(out var put, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckUnqualifiedName(FunctionReference.NameOf(context)),
            Member.Required(put.RecursiveLoop, "recursiveLoop"),
            Member.OneOf(put.RecursiveLoop, "recursiveLoop", Terminate, Allow)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        return await plane.Recursion.PutAsync(arn.Key(), FunctionErrors.Latest, new FunctionChoice(put.RecursiveLoop!))
            ? put
            : FunctionErrors.NotFound(arn);
    }

    public static Result<RecursionResponse> Get(LambdaControlPlane plane, HttpContext context)
    {
        if (ModelErrors.Of(FunctionReference.CheckUnqualifiedName(FunctionReference.NameOf(context))) is { } invalid)
        {
            return invalid;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return FunctionReference.Find(plane, arn).Select(_ =>
            new RecursionResponse(plane.Recursion.Find(arn.Key(), FunctionErrors.Latest)?.Value ?? Terminate));
    }
}

/// <summary>Request and answer.</summary>
internal sealed record RecursionResponse(string? RecursiveLoop);
