using Lambent.Aws;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Sts;

namespace Lambent.Keys;

/// <summary>The keys that Lambent knows: of the root, of users, and those that session tokens hold.</summary>
internal sealed class KnownKeys(AccessKey root, IamStore users, SessionTokens sessions) : IAccessKeys
{
    /// <inheritdoc/>
    public bool TryFind(string accessKeyId, out AccessKey key)
    {
        key = root;
        return accessKeyId == root.AccessKeyId || users.TryFindKey(accessKeyId, out key);
    }

    /// <inheritdoc/>
    public bool TryFind(string accessKeyId, string? sessionToken, out AccessKey key) =>
        TryFind(accessKeyId, out key) || (sessionToken is not null && sessions.TryOpen(accessKeyId, sessionToken, out key));
}
