using Dapper;
using Lambent.Contracts;
using Lambent.Storage;

namespace Lambent.Invoke.Assignment.Journal;

/// <summary>What Assignment remembers beyond its own life: which sandboxes there are.</summary>
public interface ISandboxJournal
{
    /// <summary>Sandboxes that were made and have not died.</summary>
    IReadOnlyList<SandboxRef> Living();

    /// <summary>A sandbox is about to be made.</summary>
    /// <exception cref="NotOwnerException">Another owner has taken over.</exception>
    Task CreatedAsync(SandboxRef sandbox, VersionKey version);

    /// <summary>A sandbox has died.</summary>
    /// <exception cref="NotOwnerException">Another owner has taken over.</exception>
    Task DiedAsync(SandboxId sandbox);
}

/// <summary>
/// The journal of Assignment: which sandboxes were made and which have died. Each append carries the epoch of its owner; an
/// append of an owner that has been replaced fails.
/// </summary>
public sealed class SandboxJournal : ISandboxJournal
{
    /// <summary>The tables of the journal.</summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE journal_owner (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL);
        INSERT INTO journal_owner (one, epoch) VALUES (1, 0);
        CREATE TABLE sandboxes (
            id TEXT PRIMARY KEY, worker TEXT NOT NULL, function_arn TEXT NOT NULL, revision TEXT NOT NULL, epoch INTEGER NOT NULL)
        """,
    ];

    private readonly Database database;
    private readonly long epoch;

    private SandboxJournal(Database database, long epoch) => (this.database, this.epoch) = (database, epoch);

    /// <summary>Becomes the owner: every earlier owner can append no more.</summary>
    public static async Task<SandboxJournal> OwnAsync(Database database)
    {
        var epoch = await database.WriteAsync(c => c.QuerySingle<long>("UPDATE journal_owner SET epoch = epoch + 1 RETURNING epoch"));
        return new SandboxJournal(database, epoch);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SandboxRef> Living() => database.Read(c => c
        .Query<SandboxRow>("SELECT id, worker FROM sandboxes")
        .Select(r => new SandboxRef(new SandboxId(r.Id), new WorkerId(r.Worker)))
        .ToList());

    /// <inheritdoc/>
    public Task CreatedAsync(SandboxRef sandbox, VersionKey version) => AppendAsync(c => c.Execute(
        "INSERT INTO sandboxes (id, worker, function_arn, revision, epoch) VALUES (@id, @worker, @arn, @revision, @epoch)",
        new { id = sandbox.Id.Value, worker = sandbox.Worker.Value, arn = version.FunctionArn, revision = version.Revision, epoch }));

    /// <inheritdoc/>
    public Task DiedAsync(SandboxId sandbox) =>
        AppendAsync(c => c.Execute("DELETE FROM sandboxes WHERE id = @id", new { id = sandbox.Value }));

    private Task AppendAsync(Action<Microsoft.Data.Sqlite.SqliteConnection> append) => database.WriteAsync(c =>
    {
        if (c.ExecuteScalar<long>("SELECT epoch FROM journal_owner") != epoch)
        {
            throw new NotOwnerException();
        }

        append(c);
        return true;
    });

    private sealed record SandboxRow(string Id, string Worker);
}

/// <summary>Another scheduler owns the journal now: this one must stop deciding.</summary>
public sealed class NotOwnerException() : Exception("Another scheduler has taken over the journal.");
