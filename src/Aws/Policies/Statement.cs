using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>
/// One statement of a policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
/// </summary>
public sealed record Statement
{
    /// <summary>Its name within the policy, or null.</summary>
    public string? Sid { get; init; }

    /// <summary>True for <c>Deny</c>.</summary>
    public required bool IsDeny { get; init; }

    /// <summary>Whom it is about; null in identity-based policies: whoever has them.</summary>
    public PrincipalElement? Principal { get; init; }

    /// <summary>The <c>Action</c> or <c>NotAction</c>.</summary>
    public required ImmutableArray<PolicyPattern> Actions { get; init; }

    /// <summary>All actions but these.</summary>
    public bool IsNotAction { get; init; }

    /// <summary>The <c>Resource</c> or <c>NotResource</c>; none where the policy's owner is the resource: a role's trust policy.</summary>
    public ImmutableArray<PolicyPattern> Resources { get; init; } = [];

    /// <summary>All resources but these.</summary>
    public bool IsNotResource { get; init; }

    /// <summary>All of them must be met.</summary>
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>Whether action, resource and conditions fit; the principal is another question.</summary>
    public bool AppliesTo(AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Matches(Actions, request.Action, request, GlobStyle.IgnoringCase) != IsNotAction
            && (Resources.IsEmpty || Matches(Resources, request.Resource, request, GlobStyle.Resource) != IsNotResource)
            && AllMet(request.Context);
    }

    /// <summary>The condition keys that it asks for, in conditions and as variables.</summary>
    public IEnumerable<string> ContextKeys => Conditions.Select(c => c.Key)
        .Concat(Conditions.SelectMany(c => c.Values).Concat(Resources).SelectMany(p => p.Variables));

    private bool AllMet(RequestContext context)
    {
        foreach (var condition in Conditions)
        {
            if (!condition.IsMet(context))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Matches(ImmutableArray<PolicyPattern> patterns, string text, AccessRequest request, GlobStyle style)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(text, request.Context, style))
            {
                return true;
            }
        }

        return false;
    }
}
