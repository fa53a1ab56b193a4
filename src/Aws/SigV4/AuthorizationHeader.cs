namespace Lambent.Aws;

/// <summary>
/// The parts of <c>AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c>, in any order and parted by commas or
/// blanks; a part that is missing is empty.
/// </summary>
internal ref struct AuthorizationHeader
{
    private AuthorizationHeader(ReadOnlySpan<char> algorithm) => Algorithm = algorithm;

    public ReadOnlySpan<char> Algorithm { get; }

    public ReadOnlySpan<char> Credential { get; private set; }

    public ReadOnlySpan<char> SignedHeaders { get; private set; }

    public ReadOnlySpan<char> Signature { get; private set; }

    /// <summary>False if a part has no equals sign.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AuthorizationHeader header)
    {
        text = text.Trim(" \t");
        var end = text.IndexOfAny(" \t");
        header = new(end < 0 ? text : text[..end]);
        var rest = end < 0 ? [] : text[end..];
        foreach (var range in rest.SplitAny(", \t"))
        {
            if (!rest[range].IsEmpty && !header.TryTake(rest[range]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTake(ReadOnlySpan<char> part)
    {
        var equals = part.IndexOf('=');
        if (equals < 0)
        {
            return false;
        }

        var value = part[(equals + 1)..];
        switch (part[..equals])
        {
            case "Credential":
                Credential = value;
                break;
            case "SignedHeaders":
                SignedHeaders = value;
                break;
            case "Signature":
                Signature = value;
                break;
        }

        return true;
    }
}
