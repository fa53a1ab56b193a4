using Dapper;
using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Storage;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class JournalTests : IDisposable
{
    private static readonly SandboxRef One = new(new SandboxId("one"), new WorkerId("w")), Two = new(new SandboxId("two"), new WorkerId("w"));
    private static readonly VersionKey Version = Samples.Function().Key;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-unit-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task What_was_made_and_has_not_died_lives_for_the_next_owner()
    {
        await using (var database = OpenJournal())
        {
            var journal = await SandboxJournal.OwnAsync(database);
            await journal.CreatedAsync(One, Version);
            await journal.CreatedAsync(Two, Version);
            await journal.DiedAsync(One.Id);
            await journal.DiedAsync(One.Id);
        }

        await using var reopened = OpenJournal();
        (await SandboxJournal.OwnAsync(reopened)).Living().ShouldBe([Two]);
    }

    [Fact]
    public async Task A_replaced_owner_appends_nothing()
    {
        await using var database = OpenJournal();
        var old = await SandboxJournal.OwnAsync(database);
        await old.CreatedAsync(One, Version);
        var owner = await SandboxJournal.OwnAsync(database);

        await Should.ThrowAsync<NotOwnerException>(() => old.CreatedAsync(Two, Version));
        await Should.ThrowAsync<NotOwnerException>(() => old.DiedAsync(One.Id));
        owner.Living().ShouldBe([One]);
        await owner.DiedAsync(One.Id);
        owner.Living().ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_that_fails_undoes_itself_and_nothing_else()
    {
        await using var database = OpenNumbers();
        var all = Enumerable.Range(0, 300).Select(i => database.WriteAsync(c =>
        {
            c.Execute("INSERT INTO numbers VALUES (@i)", new { i });
            return i % 3 == 0 ? throw new InvalidOperationException($"{i}") : i;
        })).ToList();

        for (var i = 0; i < all.Count; i++)
        {
            if (i % 3 == 0)
            {
                (await Should.ThrowAsync<InvalidOperationException>(all[i])).Message.ShouldBe($"{i}");
            }
            else
            {
                (await all[i]).ShouldBe(i);
            }
        }

        Numbers(database).ShouldBe(Enumerable.Range(0, 300).Where(i => i % 3 != 0));
    }

    [Fact]
    public async Task A_thousand_writes_at_once_are_all_on_disk()
    {
        await using (var database = OpenNumbers())
        {
            await Parallel.ForAsync(0, 1000, async (i, _) => await database.WriteAsync(c => c.Execute("INSERT INTO numbers VALUES (@i)", new { i })));
            foreach (var suffix in new[] { "", "-wal" }) // as kill -9 leaves it
            {
                File.Copy(Path.Combine(folder.FullName, $"numbers.db{suffix}"), Path.Combine(folder.FullName, $"copy.db{suffix}"));
            }
        }

        await using (var copy = OpenNumbers("copy.db"))
        {
            Numbers(copy).ShouldBe(Enumerable.Range(0, 1000));
        }

        await using var reopened = OpenNumbers();
        Numbers(reopened).ShouldBe(Enumerable.Range(0, 1000));
    }

    /// <summary>A full disk does this to any work.</summary>
    [Fact]
    public async Task An_error_after_which_SQLite_rolls_back_by_itself_does_not_stop_the_writer()
    {
        await using var database = OpenNumbers();
        await database.WriteAsync(c => c.Execute("INSERT INTO numbers VALUES (1)"));
        var broken = database.WriteAsync(c => c.Execute("INSERT OR ROLLBACK INTO numbers VALUES (1)"));
        await Should.ThrowAsync<SqliteException>(broken.WaitAsync(TimeSpan.FromSeconds(20)));
        await database.WriteAsync(c => c.Execute("INSERT INTO numbers VALUES (2)")).WaitAsync(TimeSpan.FromSeconds(20));
        Numbers(database).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Migrations_run_once_each_and_in_order()
    {
        string[] first = ["CREATE TABLE a (x)"], both = [.. first, "INSERT INTO a VALUES (7)"];
        await using (Database.Open(FileOf("m.db"), first))
        {
        }

        for (var i = 0; i < 2; i++)
        {
            await using var database = Database.Open(FileOf("m.db"), both);
            database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM a")).ShouldBe(1);
        }
    }

    private Database OpenJournal() => Database.Open(FileOf("journal.db"), SandboxJournal.Migrations);

    private Database OpenNumbers(string name = "numbers.db") => Database.Open(FileOf(name), "CREATE TABLE numbers (n INTEGER PRIMARY KEY)");

    private string FileOf(string name) => Path.Combine(folder.FullName, name);

    private static IEnumerable<int> Numbers(Database database) => database.Read(c => c.Query<int>("SELECT n FROM numbers ORDER BY n").ToList());
}
