using System.Globalization;
using System.Text.Json;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// The selector of a JSON filter pattern: comparisons of <c>$.members[0]</c> with texts (with <c>*</c>), numbers and
/// <c>%regular expressions%</c>, <c>IS NULL</c>, <c>IS TRUE</c>, <c>IS FALSE</c>, <c>EXISTS</c>, <c>NOT EXISTS</c>,
/// joined by <c>&amp;&amp;</c>, <c>||</c> and parentheses.
/// </summary>
internal sealed class JsonSelector : PatternReader
{
    /// <summary>Patterns have at most 1,024 characters, but each may be a parenthesis.</summary>
    private const int DepthAtMost = 64;

    private int depth;

    private JsonSelector(string text)
        : base(text)
    {
    }

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
        while (At < Text.Length && Text[At] is '.' or '[')
        {
            var isIndex = Text[At++] == '[';
            var quoted = isIndex && At < Text.Length && Text[At] is '"' or '\'';
            var start = quoted ? ++At : At;
            while (At < Text.Length && (quoted ? Text[At] is not ('"' or '\'') : char.IsLetterOrDigit(Text[At]) || Text[At] is '_' or '-' or '@'))
            {
                At++;
            }

            path.Add(Text[start..At]);
            At = Math.Min(At + (quoted ? 1 : 0), Text.Length);
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

        return TakeComparison() is { } comparison && Value("})&|") is { } value ? Comparison(path, comparison, value) : null;
    }

    private static Predicate<JsonElement>? Comparison(List<string> path, string comparison, PatternValue value)
    {
        if (value.Number is { } number)
        {
            return e => Find(e, path) is { ValueKind: JsonValueKind.Number } found && PatternValue.Compares(found.GetDouble(), comparison, number);
        }

        return value.Test(comparison) is { } test ? e => Find(e, path) is { } found && test(TextOf(found)) : null;
    }

    private static string TextOf(JsonElement found) => found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText();

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

    private bool TakeWord(string word)
    {
        SkipSpace();
        var end = At + word.Length;
        var isThere = string.Compare(Text, At, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
            && (end >= Text.Length || !char.IsLetterOrDigit(Text[end]));
        At += isThere ? word.Length : 0;
        return isThere;
    }
}
