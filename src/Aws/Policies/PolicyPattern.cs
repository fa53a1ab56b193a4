using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>
/// A text of a policy that may hold wildcards and variables, <c>${aws:username}</c>, <c>${aws:PrincipalTag/team, 'none'}</c>,
/// <c>${*}</c>. What a variable stands for is compared letter by letter, whatever it holds.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
/// </summary>
public sealed class PolicyPattern
{
    private readonly ImmutableArray<Part> parts;
    private readonly ImmutableDictionary<GlobStyle, Glob>? ready;

    internal PolicyPattern(string text, bool hasVariables, params ReadOnlySpan<GlobStyle> styles)
    {
        Text = text;
        parts = hasVariables ? Split(text) : [new Part(text, IsLiteral: false)];
        if (parts.All(p => p.Variable is null))
        {
            ready = styles.ToArray().ToImmutableDictionary(s => s, s => Build(s, null)!);
        }
    }

    /// <summary>As it stands in the policy.</summary>
    public string Text { get; }

    /// <summary>The condition keys that its variables name.</summary>
    public IEnumerable<string> Variables => parts.Where(p => p.Variable is not null).Select(p => p.Variable!);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Whether a text is what this describes. False if a variable has no value.</summary>
    internal bool Matches(string text, RequestContext context, GlobStyle style) =>
        (ready?.GetValueOrDefault(style) ?? Build(style, context))?.Matches(text) == true;

    /// <summary>The text with its variables replaced and wildcards as they stand; null if a variable has no value.</summary>
    internal string? Resolve(RequestContext context)
    {
        if (ready is not null && parts.Length == 1)
        {
            return parts[0].Text;
        }

        var values = parts.Select(p => p.ValueIn(context)).ToList();
        return values.Contains(null) ? null : string.Concat(values);
    }

    private Glob? Build(GlobStyle style, RequestContext? context)
    {
        var glob = new Glob(style);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].ValueIn(context) is not { } value)
            {
                return null;
            }

            if (parts[i].IsLiteral)
            {
                glob.AddLiteral(value);
            }
            else
            {
                glob.AddPattern(value, isLast: i == parts.Length - 1);
            }
        }

        return glob;
    }

    private static ImmutableArray<Part> Split(string text)
    {
        var parts = ImmutableArray.CreateBuilder<Part>();
        var from = 0;
        while (from < text.Length)
        {
            var open = text.IndexOf("${", from, StringComparison.Ordinal);
            var close = open < 0 ? -1 : text.IndexOf('}', open);
            if (close < 0)
            {
                break;
            }

            if (open > from)
            {
                parts.Add(new Part(text[from..open], IsLiteral: false));
            }

            parts.Add(VariableOf(text[(open + 2)..close]));
            from = close + 1;
        }

        if (from < text.Length || parts.Count == 0)
        {
            parts.Add(new Part(text[from..], IsLiteral: false));
        }

        return parts.ToImmutable();
    }

    private static Part VariableOf(string inner)
    {
        if (inner is "*" or "?" or "$")
        {
            return new Part(inner, IsLiteral: true);
        }

        var comma = inner.IndexOf(',', StringComparison.Ordinal);
        var key = (comma < 0 ? inner : inner[..comma]).Trim();
        var otherwise = comma < 0 ? null : inner[(comma + 1)..].Trim().Trim('\'');
        return new Part(otherwise, IsLiteral: true, key);
    }

    /// <param name="Text">Itself, or what a variable without a value stands for, or null.</param>
    /// <param name="IsLiteral">Its letters are no wildcards.</param>
    /// <param name="Variable">A condition key, or null.</param>
    private readonly record struct Part(string? Text, bool IsLiteral, string? Variable = null)
    {
        /// <summary>A key with several values has no one value.</summary>
        public string? ValueIn(RequestContext? context) =>
            Variable is not null && context is not null && context.TryFind(Variable, out var values) && values.Length == 1 ? values[0] : Text;
    }
}
