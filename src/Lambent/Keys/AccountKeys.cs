using System.Collections.Frozen;
using System.Text.Json;
using Lambent.Aws;

namespace Lambent.Keys;

/// <summary>The root keys of the accounts in <see cref="AccountFile"/>, read again whenever the file has changed.</summary>
internal sealed class AccountKeys(string dataFolder) : IAccessKeys
{
    private readonly FileInfo file = new(AccountFile.PathIn(dataFolder));
    private readonly Lock reading = new();
    private volatile Known known = new(default, FrozenDictionary<string, AccessKey>.Empty, []);

    /// <summary>Twelve digits each.</summary>
    internal IReadOnlyList<string> Ids => Current().Ids;

    /// <inheritdoc/>
    public bool TryFind(string accessKeyId, out AccessKey key) => Current().Keys.TryGetValue(accessKeyId, out key);

    private Known Current()
    {
        lock (reading)
        {
            file.Refresh();
            var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (stamp != known.Stamp)
            {
                known = Read(stamp) ?? known;
            }

            return known;
        }
    }

    /// <summary>Null if the file cannot be read now: then what was known holds, and the next request looks again.</summary>
    private Known? Read((DateTime, long) stamp)
    {
        try
        {
            var accounts = AccountFile.Read(dataFolder).Accounts;
            return new Known(
                stamp,
                accounts.SelectMany(a => a.Keys.Select(k => k.ToAccessKey(a.Id))).ToFrozenDictionary(k => k.AccessKeyId, StringComparer.Ordinal),
                [.. accounts.Select(a => a.Id)]);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Known((DateTime, long) Stamp, FrozenDictionary<string, AccessKey> Keys, IReadOnlyList<string> Ids);
}
