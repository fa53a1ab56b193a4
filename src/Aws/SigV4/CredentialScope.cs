namespace Lambent.Aws;

/// <summary>A credential in its five parts: <c>keyid/date/region/service/aws4_request</c>.</summary>
internal readonly ref struct CredentialScope
{
    private CredentialScope(ReadOnlySpan<char> credential, scoped ReadOnlySpan<Range> parts)
    {
        Credential = credential;
        AccessKeyId = credential[parts[0]];
        Day = credential[parts[1]];
        Region = credential[parts[2]];
        Service = credential[parts[3]];
        Terminator = credential[parts[4]];
    }

    public ReadOnlySpan<char> Credential { get; }

    public ReadOnlySpan<char> AccessKeyId { get; }

    public ReadOnlySpan<char> Day { get; }

    public ReadOnlySpan<char> Region { get; }

    public ReadOnlySpan<char> Service { get; }

    public ReadOnlySpan<char> Terminator { get; }

    /// <summary>All but the key's id: what the string to sign names.</summary>
    public ReadOnlySpan<char> Scope => Credential[(AccessKeyId.Length + 1)..];

    public static bool TryParse(ReadOnlySpan<char> credential, out CredentialScope scope)
    {
        Span<Range> parts = stackalloc Range[6];
        var five = credential.Split(parts, '/') == 5;
        scope = five ? new(credential, parts) : default;
        return five;
    }
}
