using System.Collections.Concurrent;

namespace Lambent.Aws;

/// <summary>
/// Signing keys that were derived already, by the whole credential (<c>AKID/20150830/us-east-1/lambda/aws4_request</c>).
/// It grants nothing: each request still asks <see cref="IAccessKeys"/>, and a changed secret derives anew.
/// </summary>
internal sealed class SigningKeys
{
    /// <summary>A day's keys of some thousand callers at about 400 bytes each. Full, it starts over empty.</summary>
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> _byCredential;

    public SigningKeys() => _byCredential = _entries.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The strings of the credential are kept, so that the hot path makes none.</summary>
    public sealed record Entry(string AccessKeyId, string Service, string Secret, SigningKey Key);

    public Entry? Find(ReadOnlySpan<char> credential) => _byCredential.TryGetValue(credential, out var entry) ? entry : null;

    /// <summary>The scope must have been checked: only a key's own scopes may take room here.</summary>
    public Entry Add(in CredentialScope scope, in AccessKey key)
    {
        if (_entries.Count >= Capacity)
        {
            _entries.Clear();
        }

        var derived = AmzSigning.DeriveKey(key.SecretAccessKey, scope.Day, scope.Region, scope.Service);
        var entry = new Entry(key.AccessKeyId, scope.Service.ToString(), key.SecretAccessKey, derived);
        _byCredential[scope.Credential] = entry;
        return entry;
    }
}
