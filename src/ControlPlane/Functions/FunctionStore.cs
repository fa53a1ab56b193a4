using System.Text.Json;
using Dapper;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The functions: durable in the database, read from memory. A writer gives the record that it has seen, and loses against
/// one that was faster. The catalog and the held packages follow the index, change by change in its order. Other resources of
/// functions are <see cref="IFunctionPart"/>.
/// </summary>
internal sealed class FunctionStore(Database database, FunctionCatalog catalog, HeldPackages packages, string region)
{
    /// <summary>Functions share turns by chance; more turns than writers at once make that rare.</summary>
    private const int Turns = 256;

    private readonly Lock indexing = new();
    private readonly List<IFunctionPart> parts = [];
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, Turns).Select(_ => new SemaphoreSlim(1))];
    private volatile FunctionIndex index = FunctionIndex.Empty;

    /// <summary>The tables of this store, in the order of their making; never changed once released.</summary>
    public static IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE functions (
            account  TEXT NOT NULL,
            name     TEXT NOT NULL,
            revision TEXT NOT NULL,
            record   TEXT NOT NULL,
            PRIMARY KEY (account, name)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE function_parts (
            account   TEXT NOT NULL,
            name      TEXT NOT NULL,
            kind      TEXT NOT NULL,
            qualifier TEXT NOT NULL,
            record    TEXT NOT NULL,
            PRIMARY KEY (account, name, kind, qualifier)
        ) WITHOUT ROWID
        """,
    ];

    /// <summary>What is stored now. A caller that reads twice takes it once.</summary>
    public FunctionIndex Index => index;

    /// <summary>Counts who refers to a package.</summary>
    public HeldPackages Packages => packages;

    /// <summary>Registers a resource of functions; their order is that in which they add to an entry. Before <see cref="Load"/>.</summary>
    public TPart Add<TPart>(TPart part)
        where TPart : IFunctionPart
    {
        parts.Add(part);
        return part;
    }

    /// <summary>Reads everything, and publishes it. Before all else.</summary>
    public void Load()
    {
        lock (indexing)
        {
            var functions = database.Read(connection =>
            {
                parts.ForEach(p => p.Load(connection));
                return connection
                    .Query<string>("SELECT record FROM functions")
                    .Select(json => JsonSerializer.Deserialize(json, ControlPlaneJson.Wire.FunctionRecord)!)
                    .ToList();
            });
            index = FunctionIndex.Of(functions);
            foreach (var function in functions)
            {
                packages.Hold(function.Packages());
                catalog.Publish(EntryOf(function));
            }
        }
    }

    /// <summary>
    /// Waits until nobody else changes the parts of this function or deletes it, and keeps others waiting until the turn is
    /// disposed of. Nobody may wait for two.
    /// </summary>
    public async Task<IDisposable> TurnAsync(FunctionKey function)
    {
        var turn = turns[(uint)function.GetHashCode() % Turns];
        await turn.WaitAsync();
        return new Turn(turn);
    }

    /// <summary>Writes for a part; if it wrote what it should, <paramref name="apply"/> brings the memory in step, else false.</summary>
    public async Task<bool> WriteAsync(Func<SqliteConnection, bool> write, Action apply)
    {
        if (!await database.WriteAsync(write))
        {
            return false;
        }

        lock (indexing)
        {
            apply();
            return true;
        }
    }

    /// <summary>Publishes the function with what its parts have now; nothing if it is no more.</summary>
    public void Republish(FunctionKey function)
    {
        lock (indexing)
        {
            if (index.Find(function) is { } record)
            {
                catalog.Publish(EntryOf(record));
            }
        }
    }

    /// <summary>Within the writer's transaction: deletes what the parts have for an alias or version.</summary>
    public void DeleteParts(SqliteConnection connection, FunctionKey function, string qualifier) =>
        parts.ForEach(p => p.Delete(connection, function, qualifier));

    /// <summary>After that transaction, within <see cref="WriteAsync"/>: forgets the same.</summary>
    public void ForgetParts(FunctionKey function, string qualifier)
    {
        parts.ForEach(p => p.Forget(function, qualifier));
        Republish(function);
    }

    /// <summary>Adds a function; false if the name is taken. Durable when it returns.</summary>
    public async Task<bool> TryAddAsync(FunctionRecord record)
    {
        const string sql = """
            INSERT OR IGNORE INTO functions (account, name, revision, record) VALUES (@Account, @Name, @Revision, @Record)
            """;
        return await WriteAsync(sql, RowOf(record)) && Apply(null, record);
    }

    /// <summary>Puts a record in place of exactly <paramref name="before"/>; false if that is no longer there.</summary>
    public async Task<bool> TryReplaceAsync(FunctionRecord before, FunctionRecord after)
    {
        const string sql = """
            UPDATE functions SET revision = @Revision, record = @Record
            WHERE account = @Account AND name = @Name AND revision = @Seen
            """;
        return await WriteAsync(sql, RowOf(after, before.RevisionId)) && Apply(before, after);
    }

    /// <summary>Removes exactly this record with all parts; false if it is no longer there. The caller has the function's turn.</summary>
    public Task<bool> TryRemoveAsync(FunctionRecord record)
    {
        const string sql = "DELETE FROM functions WHERE account = @Account AND name = @Name AND revision = @Seen";
        var (key, row) = (record.Key(), RowOf(record, record.RevisionId));
        return WriteAsync(Delete, () =>
        {
            parts.ForEach(p => p.Forget(key, null));
            Apply(record, null);
        });

        bool Delete(SqliteConnection connection)
        {
            if (connection.Execute(sql, row) != 1)
            {
                return false;
            }

            parts.ForEach(p => p.Delete(connection, key, null));
            return true;
        }
    }

    private static Row RowOf(FunctionRecord record, string? seen = null)
    {
        var json = JsonSerializer.Serialize(record, ControlPlaneJson.Wire.FunctionRecord);
        return new(record.Account, record.Name, record.RevisionId, json, seen);
    }

    private Task<bool> WriteAsync(string sql, Row row) =>
        database.WriteAsync((SqliteConnection connection) => connection.Execute(sql, row) == 1);

    // After the commit, and always true. A name that was deleted and created again may be told here in either order: the
    // removal of the old record then finds the new one and leaves it.
    private bool Apply(FunctionRecord? before, FunctionRecord? after)
    {
        lock (indexing)
        {
            if (after is not null)
            {
                packages.Hold(after.Packages());
                index = index.With(after);
                catalog.Publish(EntryOf(after));
            }
            else if (index.Find(before!.Key())?.Incarnation == before.Incarnation)
            {
                index = index.Without(before.Key());
                catalog.Remove(before.Arn(region));
            }

            packages.Release(before?.Packages() ?? []);
            return true;
        }
    }

    private FunctionEntry EntryOf(FunctionRecord record)
    {
        var key = record.Key();
        return parts.Aggregate(FunctionEntry.Of(FunctionPublication.Published(record, region)), (entry, part) => part.Apply(key, entry));
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }

    private sealed record Row(string Account, string Name, string Revision, string Record, string? Seen);
}
