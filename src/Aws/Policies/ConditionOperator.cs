namespace Lambent.Aws.Policies;

/// <summary>Which of a key's values must fit.</summary>
public enum ValueSet
{
    /// <summary>The one that there is.</summary>
    One,

    /// <summary><c>ForAnyValue:</c>, at least one.</summary>
    Any,

    /// <summary><c>ForAllValues:</c>, each; also where there is none.</summary>
    All,
}

/// <summary>
/// How a condition compares. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
/// </summary>
public sealed record ConditionOperator
{
    private const string ForAny = "ForAnyValue:", ForAll = "ForAllValues:", IfExistsMark = "IfExists", NullName = "Null";

    private ConditionOperator(string name, ConditionTest test) => (Name, Test) = (name, test);

    /// <summary>As the policy writes it.</summary>
    public string Name { get; }

    /// <summary>True for <c>…Not…</c>.</summary>
    public bool IsNegated => Test.IsNegated;

    /// <summary><c>…IfExists</c>: a request without the key meets it.</summary>
    public bool IfExists { get; private init; }

    /// <summary>Which values must fit.</summary>
    public ValueSet Set { get; private init; }

    /// <summary><c>Null</c>: whether the key is there.</summary>
    internal bool IsNull { get; private init; }

    private ConditionTest Test { get; }

    /// <summary>Null if there is no such operator.</summary>
    public static ConditionOperator? Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var set = name.StartsWith(ForAny, StringComparison.Ordinal) ? ValueSet.Any
            : name.StartsWith(ForAll, StringComparison.Ordinal) ? ValueSet.All
            : ValueSet.One;
        var bare = set == ValueSet.One ? name : name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var ifExists = bare.EndsWith(IfExistsMark, StringComparison.Ordinal);
        bare = ifExists ? bare[..^IfExistsMark.Length] : bare;
        var isNull = bare == NullName;
        return ConditionTest.Named(isNull ? "Bool" : bare) is { } test && !(isNull && (ifExists || set != ValueSet.One))
            ? new ConditionOperator(name, test) { Set = set, IfExists = ifExists, IsNull = isNull }
            : null;
    }

    /// <summary>Whether a value of a policy can mean anything to this operator; one with variables may.</summary>
    internal bool Takes(PolicyPattern value) => value.Variables.Any() || Test.Takes(value.Text);

    /// <summary>Whether a value of the request fits one of the policy, before negation.</summary>
    internal bool Compare(string given, PolicyPattern value, RequestContext context) => Test.Compare(given, value, context);
}
