using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Configuration and state of a function: what AWS's waiters ask for again and again.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
/// </summary>
internal static class GetFunctionConfiguration
{
    public static Result<FunctionConfiguration> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return FunctionReference.Find(plane, arn)
            .Select(record => plane.Views.Configuration(record, arn.Qualifier));
    }
}
