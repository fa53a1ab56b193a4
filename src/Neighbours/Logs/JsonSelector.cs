using System.Globalization;
using System.Text.Json;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// The selector of a JSON filter pattern: comparisons of <c>$.members[0]</c> with texts (with <c>*</c>) and numbers, <c>IS NULL</c>,
/// <c>IS TRUE</c>, <c>IS FALSE</c>, <c>EXISTS</c>, <c>NOT EXISTS</c>, joined by <c>&amp;&amp;</c>, <c>||</c> and parentheses.
/// </summary>
internal sealed class JsonSelector
{
    /// <summary>Patterns have at most 1,024 characters, but each may be a parenthesis.</summary>
    private const int DepthAtMost = 64;

    private readonly string text;
    private int at;
    private int depth;

    private JsonSelector(string text) => this.text = text;

    /// <summary>The test of <c>{ … }</c>; null if it is none.</summary>
    internal static Predicate<JsonElement>? Parse(string text)
    {
        var parser = new JsonSelector(text);
        return parser.Take("{") && parser.Either() is { } test && parser.Take("}") && parser.AtEnd() ? test : null;
    }

    private Predicate<JsonElement>? Either()
    {
        var left = Both();
        while (left is not null && Take("||"))
        {
            var (a, b) = (left, Both());
            left = b is null ? null : e => a(e) || b(e);
        }

        return left;
    }

    private Predicate<JsonElement>? Both()
    {
        var left = Single();
        while (left is not null && Take("&&"))
        {
            var (a, b) = (left, Single());
            left = b is null ? null : e => a(e) && b(e);
        }

        return left;
    }

    private Predicate<JsonElement>? Single()
    {
        if (Take("("))
        {
            return ++depth < DepthAtMost && Either() is { } inner && Take(")") ? inner : null;
        }

        return Take("$") && Path() is { } path ? Test(path) : null;
    }

    /// <summary>Member names and indices after the <c>$</c>.</summary>
    private List<string>? Path()
    {
        List<string> path = [];
        while (at < text.Length && text[at] is '.' or '[')
        {
            var isIndex = text[at++] == '[';
            var quoted = isIndex && at < text.Length && text[at] is '"' or '\'';
            var start = quoted ? ++at : at;
            while (at < text.Length && (quoted ? text[at] is not ('"' or '\'') : char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-' or '@'))
            {
                at++;
            }

            path.Add(text[start..at]);
            at += quoted ? 1 : 0;
            if (path[^1].Length == 0 || (isIndex && !Take("]")))
            {
                return null;
            }
        }

        return path;
    }

    private Predicate<JsonElement>? Test(List<string> path)
    {
        if (TakeWord("NOT"))
        {
            return TakeWord("EXISTS") ? e => Find(e, path) is null : null;
        }

        if (TakeWord("EXISTS"))
        {
            return e => Find(e, path) is not null;
        }

        if (TakeWord("IS"))
        {
            JsonValueKind? kind = TakeWord("NULL") ? JsonValueKind.Null : TakeWord("TRUE") ? JsonValueKind.True
                : TakeWord("FALSE") ? JsonValueKind.False : null;
            return kind is null ? null : e => Find(e, path)?.ValueKind == kind;
        }

        return Array.Find(["!=", "<=", ">=", "=", "<", ">"], Take) is { } comparison ? Comparison(path, comparison) : null;
    }

    private Predicate<JsonElement>? Comparison(List<string> path, string comparison)
    {
        SkipSpace();
        var isQuoted = at < text.Length && text[at] == '"';
        var value = isQuoted ? FilterPattern.Quoted(text, ref at) : Bare();
        if (value is not { Length: > 0 } && !isQuoted || value is null)
        {
            return null;
        }

        if (!isQuoted && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return e => Find(e, path) is { ValueKind: JsonValueKind.Number } found && Compares(found.GetDouble(), comparison, number);
        }

        return comparison switch
        {
            "=" => e => Find(e, path) is { } found && Like(Text(found), value),
            "!=" => e => Find(e, path) is { } found && !Like(Text(found), value),
            _ => null,
        };
    }

    private static bool Compares(double found, string comparison, double number) => comparison switch
    {
        "=" => found == number,
        "!=" => found != number,
        "<" => found < number,
        "<=" => found <= number,
        ">" => found > number,
        _ => found >= number,
    };

    private static string Text(JsonElement found) => found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText();

    /// <summary><c>*</c> stands for any text.</summary>
    private static bool Like(string text, string pattern) =>
        pattern.Contains('*', StringComparison.Ordinal)
            ? System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), text, ignoreCase: false)
            : text == pattern;

    private static JsonElement? Find(JsonElement root, List<string> path)
    {
        var found = root;
        foreach (var step in path)
        {
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty(step, out var member))
            {
                found = member;
            }
            else if (found.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < found.GetArrayLength())
            {
                found = found[index];
            }
            else
            {
                return null;
            }
        }

        return found;
    }

    private string Bare()
    {
        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('}' or ')' or '&' or '|'))
        {
            at++;
        }

        return text[start..at];
    }

    private bool Take(string token)
    {
        SkipSpace();
        var isThere = string.CompareOrdinal(text, at, token, 0, token.Length) == 0;
        at += isThere ? token.Length : 0;
        return isThere;
    }

    private bool TakeWord(string word)
    {
        SkipSpace();
        var end = at + word.Length;
        var isThere = string.Compare(text, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
            && (end >= text.Length || !char.IsLetterOrDigit(text[end]));
        at += isThere ? word.Length : 0;
        return isThere;
    }

    private bool AtEnd()
    {
        SkipSpace();
        return at == text.Length;
    }

    private void SkipSpace()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }
}
