using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>
/// One key under one operator of a <c>Condition</c>; any of its values will do, or with a negated operator none may.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
/// </summary>
/// <param name="Operator">How values are compared.</param>
/// <param name="Key">For example <c>aws:SourceArn</c>.</param>
/// <param name="Values">What the policy says.</param>
public sealed record Condition(ConditionOperator Operator, string Key, ImmutableArray<PolicyPattern> Values)
{
    /// <summary>Whether a request meets it.</summary>
    public bool IsMet(RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var isThere = context.TryFind(Key, out var given);
        if (Operator.IsNull)
        {
            return Any(isThere ? "false" : "true", context);
        }

        if (!isThere)
        {
            return Operator.IfExists || Operator.Set == ValueSet.All || (Operator.IsNegated && Operator.Set == ValueSet.One);
        }

        return Operator.Set switch
        {
            ValueSet.All => given.All(value => IsMetBy(value, context)),
            ValueSet.Any => given.Any(value => IsMetBy(value, context)),
            _ => Operator.IsNegated ? given.All(value => IsMetBy(value, context)) : given.Any(value => IsMetBy(value, context)),
        };
    }

    private bool IsMetBy(string value, RequestContext context) => Any(value, context) != Operator.IsNegated;

    private bool Any(string value, RequestContext context)
    {
        foreach (var pattern in Values)
        {
            if (Operator.Compare(value, pattern, context))
            {
                return true;
            }
        }

        return false;
    }
}
