using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// Reserves concurrency: 1. the model, 2. existence, 3. what must stay unreserved, 4. what the function keeps initialised.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
/// </summary>
internal static class PutFunctionConcurrency
{
    public static async Task<Result<ReservedConcurrency>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.ReservedConcurrency).Is(out var wanted, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            Member.Required(wanted.ReservedConcurrentExecutions, "reservedConcurrentExecutions"),
            Member.Within(wanted.ReservedConcurrentExecutions, "reservedConcurrentExecutions", 0, int.MaxValue)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var limits = await plane.Store.LimitsTurnAsync();
        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (!FunctionReference.Find(plane, arn with { Qualifier = FunctionErrors.Latest }).Is(out _, out error))
        {
            return error;
        }

        error = CheckLimits(plane, arn.Key(), wanted.ReservedConcurrentExecutions!.Value);
        if (error is not null)
        {
            return error;
        }

        await plane.Reserved.PutAsync(arn.Key(), FunctionErrors.Latest, wanted);
        return wanted;
    }

    private static AwsError? CheckLimits(LambdaControlPlane plane, FunctionKey function, int wanted)
    {
        var least = AccountConcurrency.LeastUnreserved(plane);
        if (AccountConcurrency.Unreserved(plane, function.Account, but: function) - wanted < least)
        {
            return AccountConcurrency.Exceeded(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
                + $"minimum value of [{least}].");
        }

        // AWS's spaces.
        var provisioned = AccountConcurrency.Provisioned(plane, function);
        return provisioned > wanted
            ? AccountConcurrency.Exceeded(
                $" ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency [{provisioned}].")
            : null;
    }
}
