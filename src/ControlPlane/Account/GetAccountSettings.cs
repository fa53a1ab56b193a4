using Lambent.Aws;
using Lambent.ControlPlane.Concurrency;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Account;

/// <summary>
/// The limits of the account and what of them is used.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
/// </summary>
internal static class GetAccountSettings
{
    /// <summary>75 GB. Source: "Lambda quotas", function and layer storage.</summary>
    private const long TotalCodeSize = 80_530_636_800;

    public static Result<GetAccountSettingsResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var account = AwsRequest.Of(context).Caller.AccountId;
        var functions = plane.Store.Index.After(account, name: null).ToList();
        return new GetAccountSettingsResponse(
            new AccountLimit(
                PackageRules.MaxUnzippedBytes, AccountConcurrency.Unreserved(plane, account), plane.Options.Limits.AccountConcurrency,
                PackageRules.MaxZippedBytes, TotalCodeSize),
            new AccountUsage(
                functions.Count,
                functions.SelectMany(f => VersionOrder.All(plane, f)).Sum(v => v.Definition.CodeSize)
                + plane.Layers.After(account, null).SelectMany(l => l.Versions).Sum(v => v.CodeSize)));
    }
}

/// <summary>Members in AWS's order.</summary>
internal sealed record GetAccountSettingsResponse(AccountLimit AccountLimit, AccountUsage AccountUsage);

/// <summary>Sizes in bytes.</summary>
internal sealed record AccountLimit(
    long CodeSizeUnzipped, int UnreservedConcurrentExecutions, int ConcurrentExecutions, long CodeSizeZipped, long TotalCodeSize);

/// <summary>Bytes of the zips of all functions and layers, once for each version.</summary>
internal sealed record AccountUsage(int FunctionCount, long TotalCodeSize);
