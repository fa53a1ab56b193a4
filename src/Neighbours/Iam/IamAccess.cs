using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// Whether a caller may do what it asks IAM for. The root may; others as their policies say.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
/// </summary>
internal sealed class IamAccess(Authorizer authorizer)
{
    /// <summary>Null if it may.</summary>
    internal AwsError? Refusal(IamAccount account, QueryRequest query)
    {
        var (resource, shown) = ResourceOf(account, query);
        var action = $"iam:{query.Action}";
        var decision = authorizer.Decide(query.Signed, new AccessQuestion(action, resource, AddKeys: keys => keys
            .With("iam:PolicyARN", query.Value("PolicyArn")).With("iam:PermissionsBoundary", query.Value("PermissionsBoundary")))
        {
            Owner = account.Id,
        });
        return decision.IsAllowed ? null : QueryErrors.Denied(decision.Message(query.Caller.PrincipalArn, action, shown));
    }

    /// <summary>The ARN that policies are asked about, and how AWS tells of it: what is not there by its kind and name.</summary>
    private static (string Arn, string Shown) ResourceOf(IamAccount account, QueryRequest query)
    {
        var action = query.Action!;
        if (query.Value("PolicyArn") is { } policyArn && action.Contains("Policy", StringComparison.Ordinal) && query.Value("UserName") is null
            && query.Value("GroupName") is null && query.Value("RoleName") is null)
        {
            return (policyArn, $"policy {policyArn}");
        }

        var (kind, name, found) =
            query.Value("GroupName") is { } group ? ("group", group, (IamEntity?)account.Groups.GetValueOrDefault(group))
            : query.Value("RoleName") is { } role ? ("role", role, account.Roles.GetValueOrDefault(role))
            : query.Value("UserName") is { } user ? ("user", user, account.Users.GetValueOrDefault(user))
            : query.Value("PolicyName") is { } policy ? ("policy", policy, account.Policies.GetValueOrDefault(policy))
            : ("", "", null);
        if (found is not null)
        {
            return (found.Arn(account.Id), found.Arn(account.Id));
        }

        if (name.Length > 0)
        {
            var arn = $"arn:aws:iam::{account.Id}:{kind}{query.Value("Path") ?? "/"}{name}";
            return (arn, action.StartsWith("Create", StringComparison.Ordinal) ? arn : $"{kind} {name}");
        }

        return action switch
        {
            "ListUsers" => Prefix("user"),
            "ListGroups" => Prefix("group"),
            "ListRoles" => Prefix("role"),
            "ListPolicies" => Prefix("policy"),
            _ when account.Users.Values.FirstOrDefault(u => u.Id == query.Caller.PrincipalId) is { } self => (self.Arn(account.Id), self.Arn(account.Id)),
            _ => ("*", "*"),
        };

        (string, string) Prefix(string kind)
        {
            var arn = $"arn:aws:iam::{account.Id}:{kind}{query.Value("PathPrefix") ?? "/"}";
            return (arn, arn);
        }
    }
}
