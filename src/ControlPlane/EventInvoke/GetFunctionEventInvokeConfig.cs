using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>
/// How events are treated. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
/// </summary>
internal static class GetFunctionEventInvokeConfig
{
    public static Result<FunctionEventInvokeConfig> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!EventInvokeRules.Target(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return plane.EventInvoke.Find(arn.Key(), arn.Qualifier!) is { } config
            ? FunctionEventInvokeConfig.Of(arn, config)
            : EventInvokeRules.NoConfig(arn);
    }
}
