using Lambent.Aws;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Sts;

namespace Lambent.Keys;

/// <summary>The keys that Lambent knows: of the first root, of users, of the roots of other accounts, and those that session tokens hold.</summary>
internal sealed class KnownKeys(AccessKey root, IamStore users, AccountKeys accounts, SessionTokens sessions) : IAccessKeys
{
    /// <inheritdoc/>
    public bool TryFind(string accessKeyId, out AccessKey key)
    {
        key = root;
        return accessKeyId == root.AccessKeyId || users.TryFindKey(accessKeyId, out key) || accounts.TryFind(accessKeyId, out key);
    }

    /// <inheritdoc/>
    public bool TryFind(string accessKeyId, string? sessionToken, out AccessKey key) =>
        sessionToken is null ? TryFind(accessKeyId, out key) : sessions.TryOpen(accessKeyId, sessionToken, out key);
}
