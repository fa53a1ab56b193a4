using System.Globalization;

namespace Lambent.ControlPlane.Validation;

/// <summary>
/// The constraints of the API's model, each as AWS words it. A check gives the text of the failure, or null. A member that is
/// not in the request satisfies everything but <see cref="Required"/>.
/// </summary>
internal static class Member
{
    /// <summary>The member must be there.</summary>
    public static string? Required(object? value, string path) =>
        value is null ? $"Value null at '{path}' failed to satisfy constraint: Member must not be null" : null;

    /// <summary>Text of at most this many characters.</summary>
    public static string? LengthAtMost(string? value, string path, int most) =>
        value?.Length > most ? Failed(value, path, $"Member must have length less than or equal to {most}") : null;

    /// <summary>Text of at least this many characters.</summary>
    public static string? LengthAtLeast(string? value, string path, int least) =>
        value?.Length < least ? Failed(value, path, $"Member must have length greater than or equal to {least}") : null;

    /// <summary>A list of at most this many elements.</summary>
    public static string? CountAtMost(IReadOnlyList<string?>? list, string path, int most) =>
        list?.Count > most ? Failed(Text(list), path, $"Member must have length less than or equal to {most}") : null;

    /// <summary>A list of at least this many elements.</summary>
    public static string? CountAtLeast(IReadOnlyList<string?>? list, string path, int least) =>
        list?.Count < least ? Failed(Text(list), path, $"Member must have length greater than or equal to {least}") : null;

    /// <summary>A number within bounds, both included.</summary>
    public static string? Within(int? value, string path, int least, int most) => value switch
    {
        { } low when low < least => Failed(Text(low), path, $"Member must have value greater than or equal to {least}"),
        { } high when high > most => Failed(Text(high), path, $"Member must have value less than or equal to {most}"),
        _ => null,
    };

    /// <summary>Text of this form.</summary>
    public static string? Matching(string? value, string path, Pattern pattern) =>
        value is null || pattern.Matches(value)
            ? null
            : Failed(value, path, $"Member must satisfy regular expression pattern: {pattern.Text}");

    /// <summary>One of these words.</summary>
    public static string? OneOf(string? value, string path, params IReadOnlyList<string> allowed) =>
        value is null || allowed.Contains(value)
            ? null
            : Failed(value, path, $"Member must satisfy enum value set: {Text(allowed)}");

    /// <summary>Every element satisfies the constraints, which are printed as they are given.</summary>
    public static string? Each(IReadOnlyList<string?>? list, string path, Func<string, bool> satisfies, string constraints) =>
        list is null || list.All(e => e is not null && satisfies(e))
            ? null
            : Failed(Text(list), path, $"Member must satisfy constraint: [{constraints}]");

    /// <summary>A list as Java prints it.</summary>
    public static string Text(IEnumerable<string?> list) => $"[{string.Join(", ", list.Select(e => e ?? "null"))}]";

    /// <summary>Says which value failed which constraint.</summary>
    public static string Failed(string value, string path, string constraint) =>
        $"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
