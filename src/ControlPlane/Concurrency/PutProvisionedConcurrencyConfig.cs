using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// Asks for initialised environments: 1. the model, 2. what it is asked for, 3. whether alias and version both would have some,
/// 4. what is reserved or must stay unreserved.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
/// </summary>
internal static class PutProvisionedConcurrencyConfig
{
    private static readonly ProvisionedConcurrencyStatus Begun = new(0, 0, "IN_PROGRESS");

    public static async Task<Result<ProvisionedConcurrencyConfig>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.ProvisionedRequest).Is(out var put, out var error))
        {
            return error;
        }

        var reference = ProvisionedReference.Of(
            plane, context,
            Member.Required(put.ProvisionedConcurrentExecutions, "provisionedConcurrentExecutions"),
            Member.Within(put.ProvisionedConcurrentExecutions, "provisionedConcurrentExecutions", 1, int.MaxValue));
        if (!reference.Is(out var arn, out error))
        {
            return error;
        }

        using var limits = await plane.Store.LimitsTurnAsync();
        using var turn = await plane.Store.TurnAsync(arn.Key());
        error = CheckPublished(plane, arn)
            ?? ProvisionedReference.Check(plane, arn)
            ?? CheckOnce(plane, arn)
            ?? CheckLimits(plane, arn, put.ProvisionedConcurrentExecutions!.Value);
        if (error is not null)
        {
            return error;
        }

        await FunctionUpdate.ReviseAsync(plane, arn, plane.Surroundings.NewId()); // recorded on AWS
        var record = new ProvisionedRecord(put.ProvisionedConcurrentExecutions!.Value, plane.Surroundings.Clock.GetUtcNow());
        await plane.Provisioned.PutAsync(arn.Key(), arn.Qualifier!, record);
        return record.Answer(Begun);
    }

    private static AwsError? CheckPublished(LambdaControlPlane plane, FunctionArn arn) =>
        arn.Qualifier == FunctionErrors.Latest || plane.Aliases.Find(arn.Key(), arn.Qualifier!)?.PointsTo(FunctionErrors.Latest) == true
            ? FunctionErrors.Invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
            : null;

    private static AwsError? CheckOnce(LambdaControlPlane plane, FunctionArn arn)
    {
        var (key, provisioned) = (arn.Key(), plane.Provisioned.Of(arn.Key()));
        if (VersionOrder.IsNumber(arn.Qualifier!))
        {
            return plane.Aliases.Of(key).Values.Any(a => a.PointsTo(arn.Qualifier!) && provisioned.ContainsKey(a.Name))
                ? FunctionErrors.Conflict("Version is pointed by a Provisioned Concurrency alias")
                : null;
        }

        return provisioned.Keys.Any(q => VersionOrder.IsNumber(q) && plane.Aliases.Find(key, arn.Qualifier!)!.PointsTo(q))
            ? FunctionErrors.Conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
            : null;
    }

    private static AwsError? CheckLimits(LambdaControlPlane plane, FunctionArn arn, int wanted)
    {
        var key = arn.Key();
        if (plane.Reserved.Find(key, FunctionErrors.Latest) is { ReservedConcurrentExecutions: { } reserved })
        {
            return AccountConcurrency.Provisioned(plane, key, but: arn.Qualifier) + (long)wanted > reserved
                ? FunctionErrors.Invalid(
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
                : null;
        }

        var unreserved = AccountConcurrency.Unreserved(plane, key.Account);
        if (wanted > unreserved)
        {
            return AccountConcurrency.Exceeded(
                $"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}].");
        }

        var others = plane.Provisioned.All.Keys
            .Where(f => f.Account == key.Account && plane.Reserved.Find(f, FunctionErrors.Latest) is null)
            .Sum(f => AccountConcurrency.Provisioned(plane, f, but: f == key ? arn.Qualifier : null));
        var least = AccountConcurrency.LeastUnreserved(plane);
        return unreserved - others - wanted < least
            ? AccountConcurrency.Exceeded(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value "
                + $"of [{least}].")
            : null;
    }
}
