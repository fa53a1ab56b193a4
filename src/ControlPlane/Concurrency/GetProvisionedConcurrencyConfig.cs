using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// How far the environments of a version or alias are.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
/// </summary>
internal static class GetProvisionedConcurrencyConfig
{
    public static Result<ProvisionedConcurrencyConfig> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (!ProvisionedReference.Of(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        error = ProvisionedReference.Check(plane, arn);
        if (error is not null)
        {
            return error;
        }

        return plane.Provisioned.Find(arn.Key(), arn.Qualifier!) is { } record
            ? record.Answer(plane.Keeper.StatusOf(arn))
            : AwsError.User(
                404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function");
    }
}
