namespace Lambent.Aws.Policies;

/// <summary>What kind of principal asks; policies treat them differently.</summary>
public enum PrincipalKind
{
    /// <summary>The account itself.</summary>
    Root,

    /// <summary>An IAM user.</summary>
    User,

    /// <summary>Temporary credentials of a role.</summary>
    RoleSession,

    /// <summary>Temporary credentials that a user made for somebody else (GetFederationToken).</summary>
    FederatedUser,

    /// <summary>An AWS service, <c>s3.amazonaws.com</c>.</summary>
    Service,

    /// <summary>Nobody who is known: an unsigned request.</summary>
    Anonymous,
}

/// <summary>
/// Who asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
/// </summary>
/// <param name="Kind">What kind.</param>
/// <param name="Account">Twelve digits; empty for services and strangers.</param>
/// <param name="Arn">As messages name it: of a user, of a session, <c>arn:aws:iam::ACCOUNT:root</c>; the name of a service; empty.</param>
/// <param name="IssuerArn">Of a session the role, of a federated user the user that it came from; else null.</param>
public sealed record Principal(PrincipalKind Kind, string Account, string Arn, string? IssuerArn = null)
{
    private const string Sessions = "assumed-role/", Federated = "federated-user/";

    /// <summary>An unsigned request.</summary>
    public static Principal Nobody { get; } = new(PrincipalKind.Anonymous, "", "");

    /// <summary>A service, by its name.</summary>
    public static Principal OfService(string name) => new(PrincipalKind.Service, "", name);

    /// <summary>
    /// Who an ARN names: <c>arn:aws:iam::A:root</c>, <c>…:user/NAME</c>, <c>arn:aws:sts::A:assumed-role/ROLE/SESSION</c>,
    /// <c>…:federated-user/NAME</c>.
    /// </summary>
    /// <param name="arn">The ARN of the caller.</param>
    /// <param name="issuerArn">The ARN of its role or user; a role without a path is found out from the session.</param>
    public static Principal OfArn(string arn, string? issuerArn = null)
    {
        var account = Arns.AccountOf(arn);
        var name = Arns.ResourceOf(arn);
        return name switch
        {
            "root" => new Principal(PrincipalKind.Root, account, arn),
            _ when name.StartsWith(Sessions, StringComparison.Ordinal) => new Principal(
                PrincipalKind.RoleSession, account, arn, issuerArn ?? $"arn:aws:iam::{account}:role/{name[Sessions.Length..].Split('/')[0]}"),
            _ when name.StartsWith(Federated, StringComparison.Ordinal) => new Principal(PrincipalKind.FederatedUser, account, arn, issuerArn),
            _ => new Principal(PrincipalKind.User, account, arn),
        };
    }

    /// <summary>True for the owner of an account that a resource is in.</summary>
    public bool IsRootOf(string account) => Kind == PrincipalKind.Root && Account == account;
}

/// <summary>The parts of <c>arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE</c>.</summary>
internal static class Arns
{
    private const int AccountPart = 4, ResourcePart = 5;

    /// <summary>Twelve digits, or nothing.</summary>
    internal static string AccountOf(string arn) => Part(arn, AccountPart);

    /// <summary>What comes after the account, colons included.</summary>
    internal static string ResourceOf(string arn) => Part(arn, ResourcePart);

    private static string Part(string arn, int part)
    {
        var parts = arn.Split(':', ResourcePart + 1);
        return part < parts.Length ? parts[part] : "";
    }
}
