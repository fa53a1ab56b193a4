using System.Globalization;
using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Lambent.Neighbours.Logs;

/// <summary>What a filter pattern compares something with.</summary>
/// <param name="Text">In which <c>*</c> stands for any text.</param>
/// <param name="Number">If it was written as one.</param>
/// <param name="Expression">If it was written as one.</param>
internal sealed record PatternValue(string Text, double? Number = null, Regex? Expression = null)
{
    /// <summary>The test of a text; null if this cannot be compared so.</summary>
    internal Predicate<string>? Test(string comparison) => (comparison, Number, Expression) switch
    {
        (_, { } number, _) => found => double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var f)
            ? Compares(f, comparison, number)
            : comparison == "!=",
        ("=", _, { } expression) => expression.IsMatch,
        ("!=", _, { } expression) => found => !expression.IsMatch(found),
        ("=", _, _) => found => Like(found),
        ("!=", _, _) => found => !Like(found),
        _ => null,
    };

    internal static bool Compares(double found, string comparison, double number) => comparison switch
    {
        "=" => found == number,
        "!=" => found != number,
        "<" => found < number,
        "<=" => found <= number,
        ">" => found > number,
        _ => found >= number,
    };

    private bool Like(string found) => Text.Contains('*', StringComparison.Ordinal)
        ? FileSystemName.MatchesSimpleExpression(
            Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), found, ignoreCase: false)
        : found == Text;
}

/// <summary>
/// The regular expressions of CloudWatch Logs: no groups, letters, digits and <c>:_#=@/;,-</c> only. Source: "Supported regular
/// expressions (regex) syntax", CloudWatch Logs User Guide.
/// </summary>
internal static class RegularExpression
{
    private const string Allowed = ":_#=@/;,-^$?[]{}|\\*+.";

    /// <summary>What matches anywhere in a text, in time linear in its length; null for what is no expression.</summary>
    internal static Regex? Parse(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && char.IsAscii(text[at + 1]))
            {
                at++; // an escaped operator stands for itself
            }
            else if (!char.IsAsciiLetterOrDigit(text[at]) && !Allowed.Contains(text[at], StringComparison.Ordinal))
            {
                return null;
            }
        }

        try
        {
            return text.Length == 0 ? null : new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) // the second: repetitions that make it too large
        {
            return null;
        }
    }
}
