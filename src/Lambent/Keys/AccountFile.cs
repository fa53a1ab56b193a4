using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Storage;

namespace Lambent.Keys;

/// <summary>
/// The accounts that the operator has added, with their root keys: <c>DATA/accounts.json</c>, readable by the owner alone. The
/// commands write it, and a running Lambent sees at once what they wrote. The first account is not in it: see <see cref="RootKey"/>.
/// </summary>
/// <param name="Accounts">In the order of their making.</param>
internal sealed record AccountFile(ImmutableArray<Account> Accounts)
{
    private static readonly AccountFile Empty = new([]);

    internal Account? Find(string id) => Accounts.FirstOrDefault(a => a.Id == id);

    internal AccountFile With(Account account) =>
        Find(account.Id) is { } old ? new(Accounts.Replace(old, account)) : new(Accounts.Add(account));

    internal static string PathIn(string dataFolder) => Path.Combine(dataFolder, "accounts.json");

    internal static AccountFile Read(string dataFolder)
    {
        var path = PathIn(dataFolder);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), AccountJson.Default.AccountFile)! : Empty;
    }

    /// <summary>Changes the file; of two commands at once the second waits for the first.</summary>
    /// <exception cref="StartException">What the change objects to, or no turn within five seconds.</exception>
    internal static async Task<AccountFile> ChangeAsync(string dataFolder, Func<AccountFile, AccountFile> change)
    {
        Directory.CreateDirectory(dataFolder);
        File.SetUnixFileMode(dataFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var turn = await TurnAsync(PathIn(dataFolder) + ".lock");
        var next = change(Read(dataFolder));
        OwnerFile.Write(PathIn(dataFolder), JsonSerializer.SerializeToUtf8Bytes(next, AccountJson.Default.AccountFile), overwrite: true);
        return next;
    }

    private static async Task<FileStream> TurnAsync(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (attempt == 100)
            {
                throw new StartException($"Another command changes the accounts: {e.Message}");
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}

/// <summary>An account and the keys of its root.</summary>
/// <param name="Id">Twelve digits.</param>
/// <param name="Name">What the operator calls it, or null.</param>
/// <param name="Keys">Two at most.</param>
internal sealed record Account(string Id, string? Name, ImmutableArray<AccountKey> Keys)
{
    internal const int KeysAtMost = 2;

    internal static AccountKey NewKey(string id) => new(IamIds.NewKeyId("AKIA", id), IamIds.NewSecret());
}

/// <summary>A key of a root.</summary>
/// <param name="Id">Begins with <c>AKIA</c>.</param>
/// <param name="Secret">Never logged.</param>
internal sealed record AccountKey(string Id, string Secret)
{
    internal AccessKey ToAccessKey(string account) => new(Id, Secret, account, $"arn:aws:iam::{account}:root", account);

    /// <inheritdoc/>
    public override string ToString() => $"{Id} (secret withheld)";
}

[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountFile))]
internal sealed partial class AccountJson : JsonSerializerContext;
