using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>
/// Events are treated as by default again.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html
/// </summary>
internal static class DeleteFunctionEventInvokeConfig
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!EventInvokeRules.Target(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        return await plane.EventInvoke.RemoveAsync(arn.Key(), arn.Qualifier!) ? null : EventInvokeRules.NoConfig(arn);
    }
}
