using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html and its neighbours.</summary>
internal static class ManagedPolicies
{
    private const int PoliciesAtMost = 1500, NameAtMost = 128, DescriptionAtMost = 1000, SizeAtMost = 6144, VersionsAtMost = 5;

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
    [
        ("CreatePolicy", Create), ("GetPolicy", Get), ("ListPolicies", List), ("DeletePolicy", Delete),
        ("CreatePolicyVersion", CreateVersion), ("GetPolicyVersion", GetVersion), ("ListPolicyVersions", ListVersions),
        ("SetDefaultPolicyVersion", SetDefault), ("DeletePolicyVersion", DeleteVersion),
    ];

    /// <summary>The policy that the request names; only the account's own can be changed.</summary>
    internal static AwsError? Missing(IamAccount account, IamRequest request, out ManagedPolicy policy, bool toChange = false)
    {
        var arn = request.Arn("PolicyArn");
        policy = account.Policy(arn)!;
        return request.Fault
            ?? (policy is null ? IamErrors.NoPolicy(arn)
                : toChange && AwsManagedPolicies.Is(policy) ? new AwsError(403, "AccessDenied", $"Cannot change AWS managed policy {arn}.")
                : null);
    }

    private static IamOutcome Create(IamAccount account, IamRequest request)
    {
        var (name, document, path, tags) = (request.Query.Name("PolicyName", NameAtMost), request.Document(), request.Path(), request.Tags());
        var description = request.Query.Optional("Description", DescriptionAtMost, least: 0);
        if ((request.Fault ?? DocumentFault(document)) is { } fault)
        {
            return fault;
        }

        if (account.Policies.ContainsKey(name))
        {
            return IamErrors.PolicyExists(name);
        }

        if (account.Policies.Count >= PoliciesAtMost)
        {
            return IamErrors.Quota("PoliciesPerAccount", PoliciesAtMost);
        }

        var policy = new ManagedPolicy
        {
            Name = name, Path = path, Id = IamIds.NewId("ANPA"), Created = request.Now, Updated = request.Now, Description = description,
            Tags = tags, Versions = [new(1, document, request.Now)],
        };
        return (account.With(policy), IamViews.Policy(account, policy, inFull: true));
    }

    private static IamOutcome Get(IamAccount account, IamRequest request) =>
        Missing(account, request, out var policy) is { } error ? error : new XElement[] { IamViews.Policy(account, policy, inFull: true) };

    private static IamOutcome List(IamAccount account, IamRequest request)
    {
        var scope = request.Query.Choice("Scope", "All", "AWS", "Local") ?? "All";
        var usage = request.Query.Choice("PolicyUsageFilter", "PermissionsPolicy", "PermissionsBoundary");
        var (prefix, onlyAttached) = (request.PathPrefix(), request.Query.Flag("OnlyAttached"));
        var all =
            from policy in (IEnumerable<ManagedPolicy>)[.. scope == "AWS" ? [] : account.Policies.Values, .. scope == "Local" ? [] : AwsManagedPolicies.All]
            let arn = IamViews.ArnOf(account, policy)
            where policy.Path.StartsWith(prefix, StringComparison.Ordinal)
            where !onlyAttached || account.Attachments(arn) + account.Boundaries(arn) > 0
            where usage != "PermissionsPolicy" || account.Attachments(arn) > 0
            where usage != "PermissionsBoundary" || account.Boundaries(arn) > 0
            select policy;
        return request.Listed("Policies", all, p => IamViews.ArnOf(account, p), p => IamViews.Policy(account, p, "member"));
    }

    private static IamOutcome Delete(IamAccount account, IamRequest request)
    {
        if (Missing(account, request, out var policy, toChange: true) is { } error)
        {
            return error;
        }

        var arn = policy.Arn(account.Id);
        return account.Attachments(arn) + account.Boundaries(arn) > 0 ? IamErrors.Conflict("Cannot delete a policy attached to entities.")
            : policy.Versions.Length > 1
                ? IamErrors.Conflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                    + "The default version is deleted with the policy.")
            : account.Without(policy);
    }

    private static IamOutcome CreateVersion(IamAccount account, IamRequest request)
    {
        var (document, asDefault) = (request.Document(), request.Query.Flag("SetAsDefault"));
        if ((Missing(account, request, out var policy, toChange: true) ?? DocumentFault(document)) is { } error)
        {
            return error;
        }

        if (policy.Versions.Length >= VersionsAtMost)
        {
            return IamErrors.Limit(
                $"A managed policy can have up to {VersionsAtMost} versions. Before you create a new version, you must delete an existing version.");
        }

        var version = new ManagedPolicyVersion(policy.LastNumber + 1, document, request.Now);
        var next = policy with
        {
            Versions = policy.Versions.Add(version), LastNumber = version.Number, Default = asDefault ? version.Number : policy.Default, Updated = request.Now,
        };
        return (account.With(next), IamViews.PolicyVersion(next, version, "PolicyVersion", withDocument: false));
    }

    private static IamOutcome GetVersion(IamAccount account, IamRequest request) =>
        MissingVersion(account, request, toChange: false, out var policy, out var version) is { } error
            ? error
            : new XElement[] { IamViews.PolicyVersion(policy, version, "PolicyVersion", withDocument: true) };

    private static IamOutcome ListVersions(IamAccount account, IamRequest request) =>
        Missing(account, request, out var policy) is { } error
            ? error
            : request.Listed("Versions", policy.Versions, v => $"{int.MaxValue - v.Number:d10}", v => IamViews.PolicyVersion(policy, v, "member", withDocument: false));

    private static IamOutcome SetDefault(IamAccount account, IamRequest request) =>
        MissingVersion(account, request, toChange: true, out var policy, out var version) is { } error
            ? error
            : account.With(policy with { Default = version.Number, Updated = request.Now });

    private static IamOutcome DeleteVersion(IamAccount account, IamRequest request) =>
        MissingVersion(account, request, toChange: true, out var policy, out var version) is { } error ? error
            : version.Number == policy.Default ? IamErrors.Conflict("Cannot delete the default version of a policy.")
            : account.With(policy with { Versions = policy.Versions.Remove(version) });

    private static AwsError? MissingVersion(
        IamAccount account, IamRequest request, bool toChange, out ManagedPolicy policy, out ManagedPolicyVersion version)
    {
        var id = request.Query.Required("VersionId", NameAtMost);
        var error = Missing(account, request, out policy, toChange);
        version = policy?.Versions.FirstOrDefault(v => v.Id == id)!;
        return error ?? (version is null ? IamErrors.NoVersion(IamViews.ArnOf(account, policy!), id) : null);
    }

    private static AwsError? DocumentFault(string document) =>
        PolicyDocuments.FaultOf(document, PolicyKind.Managed) ?? (PolicyDocuments.Size(document) > SizeAtMost ? IamErrors.Quota("PolicySize", SizeAtMost) : null);
}
