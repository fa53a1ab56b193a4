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

        error = layer.CheckOwner(AwsRequest.Of(context).Caller, "lambda:DeleteLayerVersion");
        if (error is not null || layer.Find(plane) is null)
        {
            return error;
        }

        await plane.Layers.ChangeAsync(
            layer.Arn.Account, layer.Arn.Name,
            before => before! with { Versions = [.. before.Versions.Where(v => v.Version != layer.Version)] });
        return null;
    }
}
