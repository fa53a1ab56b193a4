namespace Lambent.ControlPlane.Policies;

/// <summary>The forms of a statement's <c>Condition</c>.</summary>
internal static class PolicyConditions
{
    /// <summary><c>{"StringEquals": {KEY: VALUE}}</c>.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Equal(string key, string value) =>
        Of(("StringEquals", key, value));

    /// <summary>All conditions that have a value, together by their operator; null if none has.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Of(
        params IReadOnlyList<(string Operator, string Key, string? Value)> conditions)
    {
        var given = conditions.Where(c => c.Value is not null).ToList();
        return given.Count == 0 ? null : given.GroupBy(c => c.Operator).ToDictionary(
            g => g.Key, g => (IReadOnlyDictionary<string, string>)g.ToDictionary(c => c.Key, c => c.Value!));
    }
}
