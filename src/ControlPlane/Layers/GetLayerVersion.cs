using Lambent.Aws;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>
/// A version with a link that downloads it, by name and number or by its ARN.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html
/// </summary>
internal static class GetLayerVersion
{
    public static Result<LayerVersionResponse> Run(LambdaControlPlane plane, HttpContext context) =>
        Answer(plane, context, LayerReference.OfVersion(plane, context));

    public static Result<LayerVersionResponse> RunByArn(LambdaControlPlane plane, HttpContext context) =>
        Answer(plane, context, LayerReference.OfArn(context.Request.Query["Arn"]));

    private static Result<LayerVersionResponse> Answer(LambdaControlPlane plane, HttpContext context, Result<LayerReference> meant) =>
        meant.Is(out var layer, out var error)
            ? layer.Get(plane).Select(version => LayerViews.Version(plane, context, layer.Arn, version))
            : error;
}
