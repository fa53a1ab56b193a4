using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>
/// Deletes a version, which succeeds too if there is none. Functions that have it keep it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
/// </summary>
internal static class DeleteLayerVersion
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!LayerReference.OfVersion(plane, context).Is(out var layer, out var error))
        {
            return error;
        }

        if (layer.Find(plane) is null)
        {
            return null;
        }

        await plane.Layers.ChangeAsync(
            layer.Arn.Account, layer.Arn.Name,
            before => before! with { Versions = [.. before.Versions.Where(v => v.Version != layer.Version)] });
        return null;
    }
}
