using Lambent.Keys;
using Shouldly;

namespace Lambent.Tests;

/// <summary>The file of accounts, which commands write and a running Lambent reads.</summary>
public sealed class AccountTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lambent-unit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_key_works_from_the_moment_that_it_is_written_until_it_is_taken_away()
    {
        var keys = new AccountKeys(folder);
        keys.TryFind("AKIA", out _).ShouldBeFalse();
        var made = Account.NewKey("111122223333");
        await AccountFile.ChangeAsync(folder, f => f.With(new Account("111122223333", "team", [made])));
        keys.TryFind(made.Id, out var found).ShouldBeTrue();
        (found.AccountId, found.PrincipalArn).ShouldBe(("111122223333", "arn:aws:iam::111122223333:root"));
        keys.Ids.ShouldBe(["111122223333"]);
        await AccountFile.ChangeAsync(folder, f => f.With(new Account("111122223333", "team", [])));
        keys.TryFind(made.Id, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Many_commands_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
            AccountFile.ChangeAsync(folder, f => f.With(new Account($"{i:d12}", null, [Account.NewKey($"{i:d12}")]))))));
        AccountFile.Read(folder).Accounts.Length.ShouldBe(20);
        File.GetUnixFileMode(AccountFile.PathIn(folder)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_file_that_is_damaged_leaves_what_was_known()
    {
        var made = Account.NewKey("111122223333");
        await AccountFile.ChangeAsync(folder, f => f.With(new Account("111122223333", null, [made])));
        var keys = new AccountKeys(folder);
        keys.TryFind(made.Id, out _).ShouldBeTrue();
        await File.WriteAllTextAsync(AccountFile.PathIn(folder), "{");
        keys.TryFind(made.Id, out _).ShouldBeTrue();
    }
}
