using System.Xml.Linq;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours.</summary>
internal static class Roles
{
    private const int RolesAtMost = 1000, NameAtMost = 64, DescriptionAtMost = 1000, SessionLeast = 3600, SessionAtMost = 43_200, TrustBytesAtMost = 2048;

    private const string ServiceLinkedPath = "/aws-service-role/";

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
    [
        ("CreateRole", Create), ("GetRole", Get), ("ListRoles", List), ("DeleteRole", Delete), ("UpdateRole", Update),
        ("UpdateRoleDescription", UpdateDescription), ("UpdateAssumeRolePolicy", UpdateTrust), ("ListInstanceProfilesForRole", ListInstanceProfiles),
    ];

    private static IamOutcome Create(IamAccount account, IamRequest request)
    {
        var name = request.Query.Name("RoleName", NameAtMost);
        var trust = request.Document("AssumeRolePolicyDocument");
        var (path, tags, boundary) = (request.Path(), request.Tags(), Boundaries.Wanted(account, request));
        var description = request.Query.Optional("Description", DescriptionAtMost, least: 0);
        var seconds = request.Query.Number("MaxSessionDuration", SessionLeast, SessionAtMost, SessionLeast);
        if ((request.Fault ?? TrustFault(trust)) is { } fault)
        {
            return fault;
        }

        if (path.StartsWith(ServiceLinkedPath, StringComparison.Ordinal))
        {
            return QueryErrors.Validation("Roles with path prefix /aws-service-role/ are reserved for service linked roles.");
        }

        if (account.Roles.ContainsKey(name))
        {
            return IamErrors.Exists("role", name);
        }

        if (account.Roles.Count >= RolesAtMost)
        {
            return IamErrors.Quota("RolesPerAccount", RolesAtMost);
        }

        var role = new IamRole
        {
            Name = name, Path = path, Id = IamIds.NewId("AROA"), Created = request.Now, Tags = tags, Boundary = boundary,
            TrustPolicy = trust, Description = description, MaxSessionSeconds = seconds,
        };
        return (account.With(role), IamViews.Role(account, role, inFull: true));
    }

    private static IamOutcome Get(IamAccount account, IamRequest request) =>
        Missing(account, request, out var role) is { } error ? error : new XElement[] { IamViews.Role(account, role, inFull: true) };

    private static IamOutcome List(IamAccount account, IamRequest request)
    {
        var prefix = request.PathPrefix();
        return request.Listed(
            "Roles", account.Roles.Values.Where(r => r.Path.StartsWith(prefix, StringComparison.Ordinal)), r => r.Name, r => IamViews.Role(account, r, "member"));
    }

    private static IamOutcome Delete(IamAccount account, IamRequest request) =>
        (Missing(account, request, out var role) ?? Deletion.Obstacle(role)) is { } error ? error : account.Without(role);

    private static IamOutcome Update(IamAccount account, IamRequest request)
    {
        var description = request.Query.Optional("Description", DescriptionAtMost, least: 0);
        var seconds = request.Query.Number("MaxSessionDuration", SessionLeast, SessionAtMost, SessionLeast);
        return Missing(account, request, out var role) is { } error
            ? error
            : new IamOutcome(account.With(role with { Description = description ?? role.Description, MaxSessionSeconds = seconds }), Array.Empty<XElement>());
    }

    private static IamOutcome UpdateDescription(IamAccount account, IamRequest request)
    {
        var description = request.Query.Required("Description", DescriptionAtMost, least: 0);
        if (Missing(account, request, out var role) is { } error)
        {
            return error;
        }

        var updated = role with { Description = description };
        return (account.With(updated), IamViews.Role(account, updated, inFull: true));
    }

    private static IamOutcome UpdateTrust(IamAccount account, IamRequest request)
    {
        var trust = request.Document();
        return (Missing(account, request, out var role) ?? TrustFault(trust)) is { } error ? error : account.With(role with { TrustPolicy = trust });
    }

    /// <summary>There are no instances here, so there are no profiles; tools ask before they delete a role.</summary>
    private static IamOutcome ListInstanceProfiles(IamAccount account, IamRequest request) =>
        Missing(account, request, out _) is { } error ? error : request.Listed("InstanceProfiles", Array.Empty<string>(), n => n, n => new XElement(n));

    private static Aws.AwsError? Missing(IamAccount account, IamRequest request, out IamRole role)
    {
        var error = IdentityKind.Role.Missing(account, request, IdentityKind.Role.NameIn(request), out var found);
        role = (IamRole)found;
        return error;
    }

    private static Aws.AwsError? TrustFault(string document) =>
        PolicyDocuments.FaultOf(document, PolicyKind.Trust)
        ?? (PolicyDocuments.Size(document) > TrustBytesAtMost ? IamErrors.Quota("ACLSizePerRole", TrustBytesAtMost) : null);
}
