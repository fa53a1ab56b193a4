namespace Lambent.Aws.Policies;

/// <summary>How far a wildcard reaches.</summary>
internal enum GlobStyle
{
    /// <summary>Over anything.</summary>
    Text,

    /// <summary>Over anything, in letters of either case: actions.</summary>
    IgnoringCase,

    /// <summary>
    /// Each of the six components of an ARN for itself: <c>ArnLike</c>.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    /// </summary>
    Arn,

    /// <summary>
    /// Within a component of an ARN, but a <c>*</c> that ends one goes on beyond its colon.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    /// </summary>
    Resource,
}

/// <summary>A pattern ready to match: letters that stand for themselves, and wildcards.</summary>
internal sealed class Glob
{
    private const int LastComponent = 5;

    private readonly List<Token> tokens = [];
    private readonly GlobStyle style;
    private int component;
    private bool isLiteral = true;

    internal Glob(GlobStyle style) => this.style = style;

    private enum Kind : byte
    {
        Letter,
        One,
        OneButColon,
        Many,
        ManyButColon,
    }

    /// <summary>Adds text in which <c>*</c> and <c>?</c> are wildcards.</summary>
    /// <param name="text">All of the pattern, or a part of it.</param>
    /// <param name="isLast">Nothing comes after it.</param>
    internal void AddPattern(ReadOnlySpan<char> text, bool isLast)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '*':
                    AddWildcard(KindOfStar(text[(i + 1)..], isLast));
                    break;
                case '?':
                    AddWildcard(IsBounded ? Kind.OneButColon : Kind.One);
                    break;
                default:
                    AddLetter(text[i]);
                    break;
            }
        }
    }

    /// <summary>Adds text in which every letter stands for itself.</summary>
    internal void AddLiteral(ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            AddLetter(letter);
        }
    }

    /// <summary>Whether the whole text is what the pattern describes. The work is at most the product of both lengths.</summary>
    internal bool Matches(ReadOnlySpan<char> text)
    {
        var start = 0;
        for (; start < tokens.Count && tokens[start].Kind == Kind.Letter; start++)
        {
            if (start >= text.Length || !IsSame(tokens[start].Letter, text[start]))
            {
                return false;
            }
        }

        return isLiteral ? start == text.Length
            : (start == tokens.Count - 1 && tokens[start].Kind == Kind.Many) || MatchesFrom(start, text[start..]);
    }

    // Row by row: reached[i] says that the tokens so far can be the first i letters.
    private bool MatchesFrom(int start, ReadOnlySpan<char> text)
    {
        Span<bool> reached = text.Length < 512 ? stackalloc bool[text.Length + 1] : new bool[text.Length + 1];
        reached[0] = true;
        for (var t = start; t < tokens.Count; t++)
        {
            var token = tokens[t];
            if (token.Kind is Kind.Many or Kind.ManyButColon)
            {
                for (var i = 0; i < text.Length; i++)
                {
                    reached[i + 1] |= reached[i] && Fits(token, text[i]);
                }
            }
            else
            {
                for (var i = text.Length; i > 0; i--)
                {
                    reached[i] = reached[i - 1] && Fits(token, text[i - 1]);
                }

                reached[0] = false;
            }
        }

        return reached[^1];
    }

    private bool Fits(Token token, char letter) => token.Kind switch
    {
        Kind.Letter => IsSame(token.Letter, letter),
        Kind.OneButColon or Kind.ManyButColon => letter != ':',
        _ => true,
    };

    private bool IsSame(char one, char other) =>
        one == other || (style == GlobStyle.IgnoringCase && char.ToLowerInvariant(one) == char.ToLowerInvariant(other));

    private bool IsBounded => style is GlobStyle.Arn or GlobStyle.Resource && component < LastComponent;

    /// <summary>At the end of the pattern it takes all the components that the pattern leaves out.</summary>
    private Kind KindOfStar(ReadOnlySpan<char> rest, bool isLast)
    {
        var ends = isLast && rest.IsEmpty;
        var endsComponent = style == GlobStyle.Resource && rest.StartsWith(':');
        return IsBounded && !ends && !endsComponent ? Kind.ManyButColon : Kind.Many;
    }

    private void AddLetter(char letter)
    {
        component += letter == ':' ? 1 : 0;
        tokens.Add(new Token(Kind.Letter, letter));
    }

    private void AddWildcard(Kind kind)
    {
        isLiteral = false;
        tokens.Add(new Token(kind, '\0'));
    }

    private readonly record struct Token(Kind Kind, char Letter);
}
