using System.Text;
using System.Text.RegularExpressions;

namespace Lambent.Repo;

/// <summary>A member with a body: its first line, counted from 1, and its length in lines.</summary>
internal sealed record Member(string Head, int Line, int Lines);

/// <summary>As much of C#'s syntax as counting needs: comments, strings and braces.</summary>
internal static partial class CSharpText
{
    /// <summary>The same text, with every character of a comment or string a space; lines stay lines.</summary>
    internal static string WithoutCommentsAndStrings(string text)
    {
        var result = new StringBuilder(text.Length);
        var position = 0;
        Code(text, ref position, result, inHole: false);
        return result.ToString();
    }

    /// <summary>Methods, constructors and properties with braces, at any depth of types.</summary>
    internal static IReadOnlyList<Member> Members(string text)
    {
        var code = WithoutCommentsAndStrings(text);
        var found = new List<Member>();
        var open = new Stack<(bool IsType, string Head, int Line)>();
        var headStart = 0;
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] == '{')
            {
                var head = code[headStart..i];
                var line = LineOf(code, headStart + head.Length - head.TrimStart().Length);
                var inType = open.Count == 0 || open.Peek().IsType;
                open.Push((inType && TypeHead().IsMatch(head), head.Trim(), line));
                headStart = i + 1;
            }
            else if (code[i] == '}')
            {
                var (isType, head, line) = open.Pop();
                if (!isType && (open.Count == 0 || open.Peek().IsType))
                {
                    found.Add(new Member(head, line, LineOf(code, i) - line + 1));
                }

                headStart = i + 1;
            }
            else if (code[i] == ';')
            {
                headStart = i + 1;
            }
        }

        return found;
    }

    private static int LineOf(string code, int position) => code.AsSpan(0, position).Count('\n') + 1;

    /// <summary>Copies code up to the end, or up to the brace that closes an interpolation's hole.</summary>
    private static void Code(string text, ref int i, StringBuilder result, bool inHole)
    {
        var depth = 0;
        while (i < text.Length)
        {
            var rest = text.AsSpan(i);
            if (rest.StartsWith("//"))
            {
                Blank(text, ref i, result, LengthUntil(rest, "\n", 0));
            }
            else if (rest.StartsWith("/*"))
            {
                Blank(text, ref i, result, LengthUntil(rest, "*/", 2) + 2);
            }
            else if (rest[0] == '\'' && Character().Match(text, i) is { Success: true } character && character.Index == i)
            {
                Blank(text, ref i, result, character.Length);
            }
            else if (StringStart().Match(text, i) is { Success: true } start && start.Index == i)
            {
                String(text, ref i, result, start);
            }
            else if (inHole && depth == 0 && rest[0] == '}')
            {
                return;
            }
            else
            {
                depth += rest[0] switch { '{' => 1, '}' => -1, _ => 0 };
                result.Append(text[i++]);
            }
        }
    }

    private static void String(string text, ref int i, StringBuilder result, Match start)
    {
        var prefix = start.Groups["prefix"].Value;
        var quotes = start.Groups["quotes"].Value;
        var isRaw = quotes.Length >= 3;
        var dollars = prefix.Count(c => c == '$');
        var holeBraces = isRaw ? Math.Max(1, dollars) : 1;
        Blank(text, ref i, result, isRaw ? start.Length : prefix.Length + 1);
        while (i < text.Length)
        {
            var rest = text.AsSpan(i);
            var braces = rest.Length - rest.TrimStart('{').Length;
            if (isRaw ? rest.StartsWith(quotes) : rest[0] == '"' && !(prefix.Contains('@') && rest.StartsWith("\"\"")))
            {
                Blank(text, ref i, result, isRaw ? quotes.Length : 1);
                return;
            }
            else if (dollars > 0 && braces >= holeBraces && (isRaw || braces % 2 == 1))
            {
                Blank(text, ref i, result, braces);
                Code(text, ref i, result, inHole: true);
                Blank(text, ref i, result, holeBraces);
            }
            else
            {
                var isPair = dollars > 0 && braces > 0 ? braces : (!isRaw && rest[0] == '\\' && !prefix.Contains('@')) || rest.StartsWith("\"\"") ? 2 : 1;
                Blank(text, ref i, result, isRaw && braces == 0 ? 1 : isPair);
            }
        }
    }

    private static void Blank(string text, ref int i, StringBuilder result, int length)
    {
        for (var end = Math.Min(text.Length, i + length); i < end; i++)
        {
            result.Append(text[i] == '\n' ? '\n' : ' ');
        }
    }

    private static int LengthUntil(ReadOnlySpan<char> rest, string end, int from)
    {
        var found = rest[from..].IndexOf(end);
        return found < 0 ? rest.Length : from + found;
    }

    [GeneratedRegex(@"\G'(\\.[^']*|[^'\\\n])'")]
    private static partial Regex Character();

    [GeneratedRegex("""\G(?:(?<prefix>\$*)(?<quotes>"{3,})|(?<prefix>[$@]*)(?<quotes>"))""")]
    private static partial Regex StringStart();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum|namespace|extension)\b(?![^(]*=>)")]
    private static partial Regex TypeHead();
}
