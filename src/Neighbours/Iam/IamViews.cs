using System.Globalization;
using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam;

/// <summary>Resources as answers show them. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Types.html</summary>
internal static class IamViews
{
    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    internal static XElement User(IamAccount account, IamUser user, string element = "User", bool inFull = false) => new(
        element,
        new XElement("Path", user.Path),
        new XElement("UserName", user.Name),
        new XElement("UserId", user.Id),
        new XElement("Arn", user.Arn(account.Id)),
        new XElement("CreateDate", Time(user.Created)),
        inFull ? Extras(user) : null);

    internal static XElement Group(IamAccount account, IamGroup group, string element = "Group") => new(
        element,
        new XElement("Path", group.Path),
        new XElement("GroupName", group.Name),
        new XElement("GroupId", group.Id),
        new XElement("Arn", group.Arn(account.Id)),
        new XElement("CreateDate", Time(group.Created)));

    internal static XElement Role(IamAccount account, IamRole role, string element = "Role", bool inFull = false) => new(
        element,
        new XElement("Path", role.Path),
        new XElement("RoleName", role.Name),
        new XElement("RoleId", role.Id),
        new XElement("Arn", role.Arn(account.Id)),
        new XElement("CreateDate", Time(role.Created)),
        new XElement("AssumeRolePolicyDocument", Uri.EscapeDataString(role.TrustPolicy)),
        role.Description is null ? null : new XElement("Description", role.Description),
        new XElement("MaxSessionDuration", role.MaxSessionSeconds),
        inFull ? Extras(role) : null,
        inFull ? new XElement("RoleLastUsed") : null);

    internal static XElement Policy(IamAccount account, ManagedPolicy policy, string element = "Policy", bool inFull = false)
    {
        var arn = ArnOf(account, policy);
        return new XElement(
            element,
            new XElement("PolicyName", policy.Name),
            new XElement("PolicyId", policy.Id),
            new XElement("Arn", arn),
            new XElement("Path", policy.Path),
            new XElement("DefaultVersionId", $"v{policy.Default}"),
            new XElement("AttachmentCount", account.Attachments(arn)),
            new XElement("PermissionsBoundaryUsageCount", account.Boundaries(arn)),
            new XElement("IsAttachable", true),
            inFull && policy.Description is not null ? new XElement("Description", policy.Description) : null,
            new XElement("CreateDate", Time(policy.Created)),
            new XElement("UpdateDate", Time(policy.Updated)),
            inFull && !policy.Tags.IsEmpty ? Tags(policy) : null);
    }

    internal static XElement PolicyVersion(ManagedPolicy policy, ManagedPolicyVersion version, string element, bool withDocument) => new(
        element,
        withDocument ? new XElement("Document", Uri.EscapeDataString(version.Document)) : null,
        new XElement("VersionId", version.Id),
        new XElement("IsDefaultVersion", version.Number == policy.Default),
        new XElement("CreateDate", Time(version.Created)));

    internal static XElement AccessKey(IamUser user, UserKey key, string element, bool withSecret) => new(
        element,
        new XElement("UserName", user.Name),
        new XElement("AccessKeyId", key.Id),
        new XElement("Status", key.Status),
        withSecret ? new XElement("SecretAccessKey", key.Secret) : null,
        new XElement("CreateDate", Time(key.Created)));

    internal static XElement Tag(KeyValuePair<string, string> tag) => new("member", new XElement("Key", tag.Key), new XElement("Value", tag.Value));

    internal static XElement Tags(IamEntity entity) => new("Tags", entity.Tags.Select(Tag));

    /// <summary>AWS's own policies belong to no account.</summary>
    internal static string ArnOf(IamAccount account, ManagedPolicy policy) => policy.Arn(AwsManagedPolicies.Is(policy) ? AwsManagedPolicies.Owner : account.Id);

    private static IEnumerable<XElement> Extras(IamIdentity identity)
    {
        if (identity.Boundary is { } boundary)
        {
            yield return new XElement(
                "PermissionsBoundary", new XElement("PermissionsBoundaryType", "Policy"), new XElement("PermissionsBoundaryArn", boundary));
        }

        if (!identity.Tags.IsEmpty)
        {
            yield return Tags(identity);
        }
    }
}
