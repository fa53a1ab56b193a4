using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>What a function reserves. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html</summary>
internal static class GetFunctionConcurrency
{
    public static Result<ReservedConcurrency> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (ModelErrors.Of(FunctionReference.CheckName(FunctionReference.NameOf(context))) is { } invalid)
        {
            return invalid;
        }

        return FunctionReference.OfWriter(plane, context).Is(out var arn, out var error)
            && FunctionReference.Find(plane, arn).Is(out _, out error)
            ? plane.Reserved.Find(arn.Key(), FunctionErrors.Latest) ?? new ReservedConcurrency(null)
            : error;
    }
}
