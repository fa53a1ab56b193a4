using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>Managed policies of users, groups and roles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html</summary>
internal static class Attachments
{
    private const int PoliciesAtMost = 10;

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        (from kind in IdentityKind.All
         from operation in (IEnumerable<(string, IamOperation)>)
         [
             ($"Attach{kind.Title}Policy", (account, request) => Attach(kind, account, request)),
             ($"Detach{kind.Title}Policy", (account, request) => Detach(kind, account, request)),
             ($"ListAttached{kind.Title}Policies", (account, request) => List(kind, account, request)),
         ]
         select operation).Append(("ListEntitiesForPolicy", ListEntities));

    private static IamOutcome Attach(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var (name, arn) = (kind.NameIn(request), request.Arn("PolicyArn"));
        if (kind.Missing(account, request, name, out var identity) is { } error)
        {
            return error;
        }

        return account.Policy(arn) is null ? IamErrors.NotAttachable(arn)
            : identity.Attached.Contains(arn) ? account
            : identity.Attached.Count >= PoliciesAtMost ? IamErrors.Quota($"PoliciesPer{kind.Title}", PoliciesAtMost)
            : account.With(identity with { Attached = identity.Attached.Add(arn) });
    }

    private static IamOutcome Detach(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var (name, arn) = (kind.NameIn(request), request.Arn("PolicyArn"));
        return kind.Missing(account, request, name, out var identity) is { } error ? error
            : identity.Attached.Contains(arn) ? account.With(identity with { Attached = identity.Attached.Remove(arn) })
            : IamErrors.NoPolicy(arn);
    }

    private static IamOutcome List(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var prefix = request.PathPrefix();
        return kind.Missing(account, request, kind.NameIn(request), out var identity) is { } error
            ? error
            : request.Listed(
                "AttachedPolicies",
                identity.Attached.Select(arn => (Arn: arn, Policy: account.Policy(arn)!)).Where(p => p.Policy.Path.StartsWith(prefix, StringComparison.Ordinal)),
                p => p.Policy.Name,
                p => new XElement("member", new XElement("PolicyName", p.Policy.Name), new XElement("PolicyArn", p.Arn)));
    }

    private static IamOutcome ListEntities(IamAccount account, IamRequest request)
    {
        var arn = request.Arn("PolicyArn");
        var filter = request.Query.Choice("EntityFilter", "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy");
        var usage = request.Query.Choice("PolicyUsageFilter", "PermissionsPolicy", "PermissionsBoundary");
        var prefix = request.PathPrefix();
        var found = account.Identities
            .Where(i => (usage != "PermissionsBoundary" && i.Attached.Contains(arn)) || (usage != "PermissionsPolicy" && i.Boundary == arn))
            .Where(i => filter is null || i.Kind.Equals(filter, StringComparison.OrdinalIgnoreCase))
            .Where(i => i.Path.StartsWith(prefix, StringComparison.Ordinal));
        var (page, markers) = request.Page(found, i => $"{i.Kind}/{i.Name}");
        return (request.Fault ?? (account.Policy(arn) is null ? IamErrors.NoPolicy(arn) : null)) is { } error
            ? error
            : (XElement[])[.. markers, .. IdentityKind.All.Select(kind => Entities(kind, page))];
    }

    private static XElement Entities(IdentityKind kind, IEnumerable<IamIdentity> page) => new(
        $"Policy{kind.Title}s",
        from identity in page
        where identity.Kind == kind.Word
        select new XElement("member", new XElement($"{kind.Title}Name", identity.Name), new XElement($"{kind.Title}Id", identity.Id)));
}
