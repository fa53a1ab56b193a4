using System.Text.RegularExpressions;

namespace Lambent.Aws.Policies;

/// <summary>
/// What IAM asks of a document whose grammar is right, in its own words and order. The words are those recorded on AWS in the
/// tests of moto's <c>iam/policy_validation</c>, and those that reports of AWS's users quote.
/// </summary>
internal static partial class PolicyRules
{
    internal const string Syntax = "Syntax errors in policy.";
    internal const string Legacy = "The policy failed legacy parsing";

    private static readonly string[] Partitions = ["aws", "aws-cn", "aws-us-gov", "*"];

    private static readonly string[] PrincipalKinds = ["AWS", "Service", "Federated", "CanonicalUser", PrincipalName.Everybody];

    /// <summary>Paths that resources of IAM begin with.</summary>
    private static readonly string[] IamPaths =
    [
        "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/", "sms-mfa/",
        "saml-provider/", "oidc-provider/", "report/", "access-report/",
    ];

    /// <summary>Null if the document may be used there.</summary>
    internal static string? Check(Policy policy, bool hasVersion, PolicyKind kind)
    {
        if (kind == PolicyKind.Managed && (!hasVersion || policy.Version != Policy.CurrentVersion))
        {
            return "Policy document must be version 2012-10-17 or greater.";
        }

        var statements = policy.Statements;
        if (!statements.SelectMany(s => s.Conditions).All(c => c.Values.All(c.Operator.Takes)))
        {
            return Legacy;
        }

        var sids = statements.Select(s => s.Sid).Where(sid => !string.IsNullOrEmpty(sid)).ToList();
        return sids.Count != sids.Distinct(StringComparer.Ordinal).Count() ? "Statement IDs (SID) in a single policy must be unique."
            : kind is PolicyKind.Managed or PolicyKind.Inline ? CheckIdentity(policy)
            : CheckPrincipals(policy, kind) ?? (kind == PolicyKind.Trust ? CheckTrust(policy) : CheckActions(policy) ?? CheckResources(policy));
    }

    private static string? CheckIdentity(Policy policy) =>
        policy.Statements.Any(s => s.Principal is not null) ? "Policy document should not specify a principal."
        : policy.Statements.Any(s => s.Sid is not null && !Sid().IsMatch(s.Sid))
            ? "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
        : CheckActions(policy) ?? CheckResources(policy);

    private static string? CheckTrust(Policy policy) =>
        policy.Statements.Any(s => !s.Resources.IsEmpty) ? "Has prohibited field Resource"
        : CheckActions(policy) ?? (policy.Statements.SelectMany(s => s.Actions).All(a => a.Text == "*" || IsOf("sts", a.Text))
            ? null : "AssumeRole policy may only specify STS AssumeRole actions.");

    private static string? CheckPrincipals(Policy policy, PolicyKind kind)
    {
        if (policy.Statements.Any(s => s.Principal is null || s.Principal.Names.IsEmpty))
        {
            return "Missing required field Principal";
        }

        foreach (var name in policy.Statements.SelectMany(s => s.Principal!.Names))
        {
            if (!PrincipalKinds.Contains(name.Kind, StringComparer.Ordinal))
            {
                return Syntax;
            }

            if (kind == PolicyKind.Trust && name.Kind == "AWS" && !AwsPrincipal().IsMatch(name.Value))
            {
                return $"Invalid principal in policy: \"AWS\":\"{name.Value}\"";
            }
        }

        return null;
    }

    private static string? CheckActions(Policy policy)
    {
        if (policy.Statements.Any(s => s.Actions.IsEmpty))
        {
            return "Policy statement must contain actions.";
        }

        return policy.Statements.SelectMany(s => s.Actions).Select(a => CheckAction(a.Text)).FirstOrDefault(fault => fault is not null);
    }

    private static string? CheckAction(string action)
    {
        var parts = action.Split(':');
        return action == "*" ? null
            : parts.Length == 1 ? "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            : parts.Length > 2 ? "Actions/Condition can contain only one colon."
            : parts[0] == "*" || Vendor().IsMatch(parts[0]) ? null
            : $"Vendor {parts[0]} is not valid";
    }

    private static string? CheckResources(Policy policy) => policy.Statements.Any(s => s.Resources.IsEmpty)
        ? "Policy statement must contain resources."
        : policy.Statements.SelectMany(s => s.Resources).Select(r => CheckResource(r.Text)).FirstOrDefault(fault => fault is not null);

    private static string? CheckResource(string resource)
    {
        if (resource == "*")
        {
            return null;
        }

        // What a variable stands for is not known yet, and its own colon separates nothing.
        var parts = Variable().Replace(resource, "*").Split(':', 6);
        if (parts.Length == 1)
        {
            return $"Resource {resource} must be in ARN format or \"*\".";
        }

        if (!Partitions.Contains(parts[1], StringComparer.Ordinal))
        {
            var rest = Enumerable.Range(2, 4).Select(i => i < parts.Length ? parts[i] : "*");
            return $"Partition \"{parts[1]}\" is not valid for resource \"arn:{parts[1]}:{string.Join(':', rest)}\".";
        }

        return parts.Length == 2 ? "Resource vendor must be fully qualified and cannot contain regexes."
            : parts[2] == "iam" && parts is not [_, _, _, "", ..] ? $"IAM resource {resource} cannot contain region information."
            : parts[2] == "s3" && parts is not [_, _, _, "", ..] ? $"Resource {resource} can not contain region information."
            : parts is [_, _, "iam", _, _, var path] && !path.StartsWith('*') && !IamPaths.Any(p => path.StartsWith(p, StringComparison.Ordinal))
                ? $"IAM resource path must either be \"*\" or start with {string.Join(", ", IamPaths)}."
            : null;
    }

    private static bool IsOf(string vendor, string action) => action.StartsWith(vendor + ":", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\$\{[^}]*\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[0-9A-Za-z]*\z")]
    private static partial Regex Sid();

    [GeneratedRegex(@"^[a-zA-Z0-9\-.]+\z")]
    private static partial Regex Vendor();

    /// <summary>Everybody, an account, an ARN of IAM or STS, or the unique id that IAM leaves of a principal that is gone.</summary>
    [GeneratedRegex(@"^(\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:.+|A[A-Z0-9]{15,})\z")]
    private static partial Regex AwsPrincipal();
}
