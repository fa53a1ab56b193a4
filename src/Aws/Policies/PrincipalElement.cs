using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>How a statement names a principal; what it grants within an account depends on it.</summary>
[Flags]
internal enum PrincipalMatch
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Its account, which may then give the right to whom it wants.</summary>
    Account = 1,

    /// <summary>As everybody.</summary>
    Anyone = 2,

    /// <summary>The role of the session, or the user of the federated user.</summary>
    Issuer = 4,

    /// <summary>Exactly this user, session or service.</summary>
    Itself = 8,
}

/// <summary>
/// The <c>Principal</c> or <c>NotPrincipal</c> of a statement.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
/// </summary>
/// <param name="IsNegated">Everybody but these.</param>
/// <param name="Names">Each with its kind: <c>AWS</c>, <c>Service</c>, <c>Federated</c>, <c>CanonicalUser</c>, or <c>*</c> for everybody.</param>
public sealed record PrincipalElement(bool IsNegated, ImmutableArray<PrincipalName> Names)
{
    /// <summary>How a request's principal is named.</summary>
    internal PrincipalMatch MatchOf(Principal principal, bool isDeny)
    {
        var match = Names.Aggregate(PrincipalMatch.None, (found, name) => found | MatchOf(name, principal));
        return !IsNegated ? match
            : IsLeftOut(match, principal, isDeny) ? PrincipalMatch.Anyone
            : PrincipalMatch.None;
    }

    /// <summary>
    /// A denial spares only whom it names with all that stands above: the account, and the role of a session. Nothing of the
    /// kind is said of an Allow, where the narrow reading is that no name may fit.
    /// </summary>
    private static bool IsLeftOut(PrincipalMatch match, Principal principal, bool isDeny)
    {
        var all = principal.Kind switch
        {
            PrincipalKind.User => PrincipalMatch.Account | PrincipalMatch.Itself,
            PrincipalKind.RoleSession or PrincipalKind.FederatedUser => PrincipalMatch.Account | PrincipalMatch.Issuer | PrincipalMatch.Itself,
            _ => PrincipalMatch.Itself,
        };
        return (match & PrincipalMatch.Anyone) == 0 && (isDeny ? (match & all) != all : match == PrincipalMatch.None);
    }

    private static PrincipalMatch MatchOf(PrincipalName name, Principal principal) => name.Kind switch
    {
        PrincipalName.Everybody => PrincipalMatch.Anyone,
        "AWS" when principal.Kind == PrincipalKind.Service => PrincipalMatch.None,
        "AWS" when name.Value == PrincipalName.Everybody => PrincipalMatch.Anyone,
        "AWS" => MatchOfAws(name.Value, principal),
        "Service" => principal.Kind == PrincipalKind.Service && (name.Value == principal.Arn || name.Value == PrincipalName.Everybody)
            ? PrincipalMatch.Itself : PrincipalMatch.None,
        _ => PrincipalMatch.None,
    };

    private static PrincipalMatch MatchOfAws(string value, Principal principal)
    {
        if (value == principal.Account || (Arns.ResourceOf(value) == "root" && Arns.AccountOf(value) == principal.Account))
        {
            return principal.Kind == PrincipalKind.Root ? PrincipalMatch.Account | PrincipalMatch.Itself : PrincipalMatch.Account;
        }

        return value == principal.Arn ? PrincipalMatch.Itself
            : value == principal.IssuerArn ? PrincipalMatch.Issuer
            : PrincipalMatch.None;
    }
}

/// <summary>One name of a principal.</summary>
/// <param name="Kind"><c>AWS</c>, <c>Service</c>, <c>Federated</c>, <c>CanonicalUser</c>, or <c>*</c>.</param>
/// <param name="Value">An ARN, an account, a service, <c>*</c>.</param>
public readonly record struct PrincipalName(string Kind, string Value)
{
    /// <summary>Who is anybody at all.</summary>
    public const string Everybody = "*";
}
