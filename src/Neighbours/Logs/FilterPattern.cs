using System.Text.Json;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// Filter patterns of CloudWatch Logs: terms (<c>ERROR timeout</c>, <c>"a phrase"</c>, <c>-exclusion</c>, <c>?optional</c>), a
/// <c>%regular expression%</c>, and selectors of JSON events (<c>{ $.level = "ERROR" &amp;&amp; $.ms &gt; 100 }</c>) and of
/// space-delimited ones (<c>[level = ERROR, ...]</c>).
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
/// </summary>
internal static class FilterPattern
{
    /// <summary>What tells whether a message matches; null for a pattern that is none.</summary>
    internal static Predicate<string>? Parse(string pattern)
    {
        var text = pattern.Trim();
        return text.Length == 0 ? _ => true
            : text[0] == '{' ? JsonSelector.Parse(text) is { } selector ? message => MatchesJson(message, selector) : null
            : text[0] == '[' ? SpaceSelector.Parse(text)
            : text is ['%', .., '%'] ? RegularExpression.Parse(text[1..^1]) is { } expression ? expression.IsMatch : null
            : Terms(text);
    }

    private static bool MatchesJson(string message, Predicate<JsonElement> selector)
    {
        if (!message.AsSpan().TrimStart().StartsWith("{", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(message);
            return selector(json.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Predicate<string>? Terms(string text)
    {
        List<string> required = [], excluded = [], optional = [];
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var list = text[at] == '-' ? excluded : text[at] == '?' ? optional : required;
            at += list == required ? 0 : 1;
            if (Word(text, ref at) is not { Length: > 0 } word)
            {
                return null;
            }

            list.Add(word);
        }

        // With a term that must be there, optional ones say nothing.
        return message => required.TrueForAll(t => Has(message, t)) && !excluded.Exists(t => Has(message, t))
            && (required.Count > 0 || optional.Count == 0 || optional.Exists(t => Has(message, t)));
    }

    private static bool Has(string message, string term) => message.Contains(term, StringComparison.Ordinal);

    private static string? Word(string text, ref int at)
    {
        if (at < text.Length && text[at] == '"')
        {
            return Quoted(text, ref at);
        }

        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return text[start..at];
    }

    /// <summary>The text between quotes, with <c>\"</c> and <c>\\</c> resolved; null without its end.</summary>
    internal static string? Quoted(string text, ref int at)
    {
        var word = new System.Text.StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return word.ToString();
            }

            at += text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '"' or '\\' ? 1 : 0;
            if (at < text.Length)
            {
                word.Append(text[at]);
            }
        }

        return null;
    }
}
