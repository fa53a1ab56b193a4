using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Lambent.Aws.Policies;

/// <summary>Where a policy is to be used; each place has rules of its own for what may stand in it.</summary>
public enum PolicyKind
{
    /// <summary>A managed policy: without principals, and of the current version.</summary>
    Managed,

    /// <summary>Written into a user, group or role, or passed for a session: without principals.</summary>
    Inline,

    /// <summary>Of a resource: with principals.</summary>
    Resource,

    /// <summary>Of a role: who may assume it; with principals, without resources.</summary>
    Trust,
}

/// <summary>
/// A policy document, read and checked. Immutable: read once, evaluated as often as wanted, by any thread.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
/// </summary>
public sealed record Policy
{
    /// <summary>The version of the language that has variables; documents without one have the older.</summary>
    public const string CurrentVersion = "2012-10-17";

    /// <summary><c>2012-10-17</c> or <c>2008-10-17</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? Id { get; init; }

    /// <summary>What it says; the order means nothing.</summary>
    public required ImmutableArray<Statement> Statements { get; init; }

    /// <summary>True if a statement denies.</summary>
    public bool HasDeny => Statements.Any(s => s.IsDeny);

    /// <summary>The condition keys that it asks for, each once.</summary>
    public IEnumerable<string> ContextKeys => Statements.SelectMany(s => s.ContextKeys).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a document.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="kind">Where it is to be used.</param>
    /// <param name="policy">What it says.</param>
    /// <param name="fault">What is wrong, as the message of IAM's <c>MalformedPolicyDocument</c>.</param>
    public static bool TryParse(
        string text, PolicyKind kind, [NotNullWhen(true)] out Policy? policy, [NotNullWhen(false)] out string? fault) =>
        PolicyReader.TryRead(text, kind, out policy, out fault);

    /// <summary>The statements that apply to a request; in a policy with principals, those about the one who asks.</summary>
    public IEnumerable<Statement> StatementsFor(AccessRequest request) => Statements.Where(s => MatchOf(s, request) != PrincipalMatch.None);

    /// <summary>What the policy says, and how it names the one who asks where it allows.</summary>
    internal (Verdict Verdict, PrincipalMatch Names) Evaluate(AccessRequest request)
    {
        var names = PrincipalMatch.None;
        foreach (var statement in Statements)
        {
            var match = MatchOf(statement, request);
            if (match != PrincipalMatch.None && statement.IsDeny)
            {
                return (Verdict.ExplicitDeny, match);
            }

            names |= match;
        }

        return (names == PrincipalMatch.None ? Verdict.ImplicitDeny : Verdict.Allow, names);
    }

    private static PrincipalMatch MatchOf(Statement statement, AccessRequest request)
    {
        var match = statement.Principal is { } who ? who.MatchOf(request.Principal, statement.IsDeny) : PrincipalMatch.Itself;
        return match != PrincipalMatch.None && statement.AppliesTo(request) ? match : PrincipalMatch.None;
    }
}
