using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// Concurrency that is a function's alone, as it is asked for, stored and answered. 0 switches the function off; null is none.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
/// </summary>
internal sealed record ReservedConcurrency(int? ReservedConcurrentExecutions)
{
    /// <summary>The reservations of a control plane.</summary>
    public static FunctionPart<ReservedConcurrency> Part(FunctionStore store) => new(
        store, "concurrency", json => json.ReservedConcurrency,
        (entry, found) => entry with { ReservedConcurrency = found[FunctionErrors.Latest].ReservedConcurrentExecutions });
}

/// <summary>What the functions of an account leave to each other. Asked within <see cref="FunctionStore.LimitsTurnAsync"/> by those who take some of it.</summary>
internal static class AccountConcurrency
{
    /// <summary>
    /// "Lambda keeps 100 units of concurrency for functions that don't reserve": "Configuring reserved concurrency", Lambda
    /// Developer Guide. An account with less than that keeps all.
    /// </summary>
    public static int LeastUnreserved(LambdaControlPlane plane) => Math.Min(100, plane.Options.Limits.AccountConcurrency);

    /// <summary>400 of an amount that the limits of the account or the function do not leave. The body has no <c>Type</c> (recorded on AWS).</summary>
    public static AwsError Exceeded(string message) => new(400, "InvalidParameterValueException", message);

    /// <summary>What no function reserves, without what <paramref name="but"/> reserves.</summary>
    public static int Unreserved(LambdaControlPlane plane, string account, FunctionKey? but = null) =>
        plane.Options.Limits.AccountConcurrency - plane.Reserved.All
            .Where(f => f.Key.Account == account && f.Key != but)
            .Sum(f => f.Value[FunctionErrors.Latest].ReservedConcurrentExecutions ?? 0);

    /// <summary>What the function keeps initialised, without what it does for the qualifier <paramref name="but"/>.</summary>
    public static int Provisioned(LambdaControlPlane plane, FunctionKey function, string? but = null) =>
        plane.Provisioned.Of(function).Where(p => p.Key != but).Sum(p => p.Value.Requested);
}
