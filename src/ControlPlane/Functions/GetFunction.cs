using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Configuration, code and tags of a function. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
/// </summary>
internal static class GetFunction
{
    public static Result<GetFunctionResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return FunctionReference.Find(plane, arn).Select(record => new GetFunctionResponse(
            plane.Views.Configuration(record, arn.Qualifier),
            record.Definition.ImageUri is { } image
                ? ImageRules.Location(image)
                : new FunctionCodeLocation("S3", plane.Links.Make(context.Request, record.Definition.CodeSha256Hex)),
            TagRecord.Of(plane, arn.Key()),
            plane.Reserved.Find(arn.Key(), FunctionErrors.Latest)));
    }
}
