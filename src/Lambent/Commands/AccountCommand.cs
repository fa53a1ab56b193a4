using System.CommandLine;
using Lambent.Keys;

namespace Lambent.Commands;

/// <summary><c>lambent account</c>: adds accounts and their root keys, whether Lambent runs or not.</summary>
internal static class AccountCommand
{
    private static readonly Argument<string> Id = new("account") { Description = "Twelve digits." };
    private static readonly Argument<string> KeyId = new("key") { Description = "The id of an access key, AKIA…" };
    private static readonly Option<string?> Name = new("--name") { Description = "What you call it." };
    private static readonly Option<string> Data = Settings.DataOption();

    static AccountCommand() => Id.Validators.Add(result =>
    {
        if (result.Tokens is not [{ Value: { Length: 12 } id }] || !id.All(char.IsAsciiDigit))
        {
            result.AddError("An account is twelve digits, such as 111122223333.");
        }
    });

    internal static Command Create() => new(
        "account",
        """
        Add accounts to a Lambent: fully apart, each with a root key of its own. A running Lambent knows them at once.

          ./lambent account create 111122223333 --name team
          eval "$(./lambent env --account 111122223333)"
        """)
    {
        Command("create", "Add an account and print its root key.", [Id], [Name, Data], p => CreateAsync(Folder(p), p.GetValue(Id)!, p.GetValue(Name))),
        Command("list", "Show the accounts and the ids of their root keys.", [], [Data], p => Task.FromResult(List(Folder(p)))),
        Command("create-key", "Print one more root key of an account.", [Id], [Data], p => CreateKeyAsync(Folder(p), p.GetValue(Id)!)),
        Command("delete-key", "Take a root key of an account away, at once.", [Id, KeyId], [Data], p => DeleteKeyAsync(Folder(p), p.GetValue(Id)!, p.GetValue(KeyId)!)),
    };

    private static Command Command(string name, string description, Argument[] arguments, Option[] options, Func<ParseResult, Task<int>> run)
    {
        var command = new Command(name, description);
        Array.ForEach(arguments, command.Arguments.Add);
        Array.ForEach(options, command.Options.Add);
        command.SetAction((parsed, _) => run(parsed));
        return command;
    }

    private static string Folder(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(Data)!);

    private static async Task<int> CreateAsync(string folder, string id, string? name)
    {
        var key = Account.NewKey(id);
        await AccountFile.ChangeAsync(folder, file => file.Find(id) is not null || RootKey.Read(folder)?.AccountId == id
            ? throw new StartException($"The account {id} is there. ./lambent account create-key {id} makes one more key.")
            : file.With(new Account(id, name, [key])));
        return Print(id, key);
    }

    private static async Task<int> CreateKeyAsync(string folder, string id)
    {
        var key = Account.NewKey(id);
        await AccountFile.ChangeAsync(folder, file => Existing(file, id) is { Keys.Length: < Account.KeysAtMost } account
            ? file.With(account with { Keys = account.Keys.Add(key) })
            : throw new StartException($"The account {id} has {Account.KeysAtMost} keys, the most there can be. ./lambent account delete-key {id} KEY takes one away."));
        return Print(id, key);
    }

    private static async Task<int> DeleteKeyAsync(string folder, string id, string keyId)
    {
        await AccountFile.ChangeAsync(folder, file =>
        {
            var account = Existing(file, id);
            var kept = account.Keys.RemoveAll(k => k.Id == keyId);
            return kept.Length < account.Keys.Length
                ? file.With(account with { Keys = kept })
                : throw new StartException($"The account {id} has no key {keyId}.");
        });
        return 0;
    }

    private static int List(string folder)
    {
        if (RootKey.Read(folder) is not null)
        {
            var first = RootKey.Obtain(folder);
            Console.WriteLine($"{first.AccountId}  {first.AccessKeyId}  (the first)");
        }

        foreach (var account in AccountFile.Read(folder).Accounts)
        {
            Console.WriteLine($"{account.Id}  {string.Join(' ', account.Keys.Select(k => k.Id))}  {account.Name}".TrimEnd());
        }

        return 0;
    }

    private static Account Existing(AccountFile file, string id) =>
        file.Find(id) ?? throw new StartException($"There is no account {id}. ./lambent account create {id} adds it.");

    private static int Print(string id, AccountKey key)
    {
        Console.WriteLine($"# The root key of the account {id}.");
        Console.WriteLine($"export AWS_ACCESS_KEY_ID='{key.Id}'");
        Console.WriteLine($"export AWS_SECRET_ACCESS_KEY='{key.Secret}'");
        Console.WriteLine($"export LAMBENT_ACCOUNT_ID='{id}'");
        return 0;
    }
}
