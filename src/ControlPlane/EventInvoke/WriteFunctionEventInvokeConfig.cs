using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>
/// Says how events are treated. Put forgets what was said before, Update keeps what is not given.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
/// </summary>
internal static class WriteFunctionEventInvokeConfig
{
    public static Task<Result<FunctionEventInvokeConfig>> PutAsync(LambdaControlPlane plane, HttpContext context) =>
        RunAsync(plane, context, (_, _) => new EventInvokeRecord { LastModified = default });

    public static Task<Result<FunctionEventInvokeConfig>> UpdateAsync(LambdaControlPlane plane, HttpContext context) =>
        RunAsync(plane, context, (arn, before) => before is null ? EventInvokeRules.NoConfig(arn) : before);

    private static async Task<Result<FunctionEventInvokeConfig>> RunAsync(
        LambdaControlPlane plane, HttpContext context, Func<FunctionArn, EventInvokeRecord?, Result<EventInvokeRecord>> from)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.EventInvokeRequest).Is(out var request, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckNamespacedName(FunctionReference.NameOf(context)), .. EventInvokeRules.CheckModel(request)]);
        if (error is not null)
        {
            return error;
        }

        if (!EventInvokeRules.Target(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        error = EventInvokeRules.CheckGiven(request)
            ?? EventInvokeRules.CheckExists(plane, arn)
            ?? EventInvokeRules.CheckDestinations(plane, arn, request.DestinationConfig);
        if (error is not null)
        {
            return error;
        }

        if (!from(arn, plane.EventInvoke.Find(arn.Key(), arn.Qualifier!)).Is(out var before, out error))
        {
            return error;
        }

        var after = before.With(request, plane.Surroundings.Clock.GetUtcNow());
        await plane.EventInvoke.PutAsync(arn.Key(), arn.Qualifier!, after);
        return FunctionEventInvokeConfig.Of(arn, after);
    }
}
