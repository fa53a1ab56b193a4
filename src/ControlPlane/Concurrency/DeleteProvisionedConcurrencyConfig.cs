using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// Keeps no environments initialised any more; that there were none is no error.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html
/// </summary>
internal static class DeleteProvisionedConcurrencyConfig
{
    public static async Task<AwsError?> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!ProvisionedReference.Of(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        error = ProvisionedReference.Check(plane, arn);
        if (error is null)
        {
            await plane.Provisioned.RemoveAsync(arn.Key(), arn.Qualifier!);
        }

        return error;
    }
}
