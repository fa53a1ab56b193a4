namespace Lambent.Neighbours.Logs;

/// <summary>
/// The selector of space-delimited events: <c>[ip, ..., status = 4* || status = 5*, bytes &gt; 1000]</c>. Each name stands for one field,
/// the last for the rest of the line, an ellipsis for any number of fields. What is between brackets or quotes is one field.
/// Source: "Filter pattern syntax for metric filters, subscription filters, filter log events", CloudWatch Logs User Guide.
/// </summary>
internal sealed class SpaceSelector : PatternReader
{
    private const string Ellipsis = "...", EndsOfName = ",]=!<>&|\"%[{(", EndsOfValue = ",]&|";

    private readonly List<Predicate<string>> fields = [];
    private int? ellipsis;

    private SpaceSelector(string text)
        : base(text)
    {
    }

    /// <summary>The test of <c>[ … ]</c>; null if it is none.</summary>
    internal static Predicate<string>? Parse(string text)
    {
        var parser = new SpaceSelector(text);
        return parser.Take("[") && parser.Fields() && parser.Take("]") && parser.AtEnd() ? parser.Matches : null;
    }

    private bool Fields()
    {
        do
        {
            if (Take(Ellipsis))
            {
                if (ellipsis is not null)
                {
                    return false;
                }

                ellipsis = fields.Count;
            }
            else if (Field() is { } field)
            {
                fields.Add(field);
            }
            else
            {
                return false;
            }
        }
        while (Take(","));
        return true;
    }

    /// <summary>A name, or comparisons of it: <c>&amp;&amp;</c> binds more tightly than <c>||</c>.</summary>
    private Predicate<string>? Field()
    {
        var name = Bare(EndsOfName);
        if (name.Length == 0)
        {
            return null;
        }

        if (TakeComparison() is not { } comparison)
        {
            return _ => true;
        }

        var either = Both(name, Value(EndsOfValue)?.Test(comparison));
        while (either is not null && Take("||"))
        {
            var (a, b) = (either, Both(name, Comparison(name)));
            either = b is null ? null : f => a(f) || b(f);
        }

        return either;
    }

    private Predicate<string>? Both(string name, Predicate<string>? both)
    {
        while (both is not null && Take("&&"))
        {
            var (a, b) = (both, Comparison(name));
            both = b is null ? null : f => a(f) && b(f);
        }

        return both;
    }

    private Predicate<string>? Comparison(string name) =>
        Bare(EndsOfName).Equals(name, StringComparison.OrdinalIgnoreCase) && TakeComparison() is { } comparison ? Value(EndsOfValue)?.Test(comparison) : null;

    private bool Matches(string message)
    {
        var found = Split(message);
        if (found.Count < fields.Count)
        {
            return false;
        }

        if (ellipsis is null && found.Count > fields.Count)
        {
            var rest = found[fields.Count - 1].Start;
            found = [.. found.Take(fields.Count - 1), (rest, message[rest..].TrimEnd())];
        }

        var left = found.Count - fields.Count; // what the ellipsis stands for
        return fields.Index().All(f => f.Item(found[f.Index < (ellipsis ?? fields.Count) ? f.Index : f.Index + left].Text));
    }

    private static List<(int Start, string Text)> Split(string message)
    {
        List<(int, string)> found = [];
        for (var at = 0; at < message.Length;)
        {
            if (char.IsWhiteSpace(message[at]))
            {
                at++;
                continue;
            }

            var start = at;
            var close = message[at] switch { '[' => message.IndexOf(']', at), '"' => message.IndexOf('"', at + 1), _ => -1 };
            if (close > 0)
            {
                at = close + 1;
                found.Add((start, message[(start + 1)..close]));
                continue;
            }

            while (at < message.Length && !char.IsWhiteSpace(message[at]))
            {
                at++;
            }

            found.Add((start, message[start..at]));
        }

        return found;
    }
}
