using System.Globalization;
using Lambent.Aws;
using Lambent.Aws.Policies;

namespace Lambent.Neighbours.Query;

/// <summary>A caller with its policies, and the condition keys that every request has.</summary>
/// <param name="Principal">Who asks.</param>
/// <param name="Policies">What it brings.</param>
/// <param name="Context">To be added to by the service.</param>
internal sealed record CallerContext(Principal Principal, PrincipalPolicies Policies, RequestContext Context)
{
    /// <summary>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html</summary>
    internal static CallerContext Of(in AccessKey caller, IPrincipalPolicies principals, DateTimeOffset now)
    {
        var policies = principals.Of(caller);
        var principal = Principal.OfArn(caller.PrincipalArn, policies.IssuerArn);
        return new CallerContext(principal, policies, new RequestContext()
            .With("aws:PrincipalArn", policies.IssuerArn ?? caller.PrincipalArn)
            .With("aws:PrincipalAccount", caller.AccountId)
            .With("aws:PrincipalType", principal.Kind switch { PrincipalKind.Root => "Account", PrincipalKind.User => "User", _ => "AssumedRole" })
            .With("aws:username", policies.UserName)
            .With("aws:userid", caller.PrincipalId)
            .With("aws:SourceIdentity", caller.Session?.SourceIdentity)
            .With("aws:CurrentTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .With("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
            .WithAll("aws:PrincipalTag/", policies.Tags));
    }
}
