using System.Globalization;

namespace Lambent.Neighbours.Logs;

/// <summary>Reads a filter pattern from left to right: what selectors of JSON events and of space-delimited events have in common.</summary>
internal abstract class PatternReader(string text)
{
    /// <summary>Source: "Supported regular expressions (regex) syntax", CloudWatch Logs User Guide, on filtering log events.</summary>
    private const int RegularExpressionsAtMost = 2;

    private int regularExpressions;

    protected string Text { get; } = text;

    protected int At { get; set; }

    protected bool Take(string token)
    {
        SkipSpace();
        var isThere = string.CompareOrdinal(Text, At, token, 0, token.Length) == 0;
        At += isThere ? token.Length : 0;
        return isThere;
    }

    protected string? TakeComparison() => Array.Find(["!=", "<=", ">=", "=", "<", ">"], Take);

    protected bool AtEnd()
    {
        SkipSpace();
        return At == Text.Length;
    }

    protected void SkipSpace()
    {
        while (At < Text.Length && char.IsWhiteSpace(Text[At]))
        {
            At++;
        }
    }

    /// <summary>All up to white space or one of <paramref name="ends"/>; may be empty.</summary>
    protected string Bare(string ends)
    {
        SkipSpace();
        var start = At;
        while (At < Text.Length && !char.IsWhiteSpace(Text[At]) && !ends.Contains(Text[At], StringComparison.Ordinal))
        {
            At++;
        }

        return Text[start..At];
    }

    /// <summary>What a comparison compares with: a text in quotes, a regular expression in percent signs, a number, or a word; null if it is none.</summary>
    protected PatternValue? Value(string ends)
    {
        SkipSpace();
        var at = At;
        switch (at < Text.Length ? Text[at] : default)
        {
            case '"':
                var quoted = FilterPattern.Quoted(Text, ref at);
                At = at;
                return quoted is null ? null : new PatternValue(quoted);
            case '%':
                var end = Text.IndexOf('%', at + 1);
                At = end + 1;
                return end > 0 && ++regularExpressions <= RegularExpressionsAtMost && RegularExpression.Parse(Text[(at + 1)..end]) is { } expression
                    ? new PatternValue("", Expression: expression)
                    : null;
            default:
                var word = Bare(ends);
                return word.Length == 0 ? null
                    : new PatternValue(word, double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null);
        }
    }
}
