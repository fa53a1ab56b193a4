using System.Text.Json;
using Dapper;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The functions: durable in the database, read from memory. A writer gives the record that it has seen, and loses against
/// one that was faster. The catalog and the held packages follow the index, change by change in its order.
/// </summary>
internal sealed class FunctionStore(Database database, FunctionCatalog catalog, HeldPackages packages, string region)
{
    private readonly Lock indexing = new();
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
    ];

    /// <summary>What is stored now. A caller that reads twice takes it once.</summary>
    public FunctionIndex Index => index;

    /// <summary>Reads everything, and publishes it. Before all else.</summary>
    public void Load()
    {
        var functions = database.Read(connection => connection
            .Query<string>("SELECT record FROM functions")
            .Select(json => JsonSerializer.Deserialize(json, ControlPlaneJson.Wire.FunctionRecord)!)
            .ToList());
        lock (indexing)
        {
            index = FunctionIndex.Of(functions);
            foreach (var function in functions)
            {
                packages.Hold(function.Packages());
                catalog.Publish(FunctionEntry.Of(FunctionPublication.Published(function, region)));
            }
        }
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

    /// <summary>Removes exactly this record; false if it is no longer there.</summary>
    public async Task<bool> TryRemoveAsync(FunctionRecord record)
    {
        const string sql = "DELETE FROM functions WHERE account = @Account AND name = @Name AND revision = @Seen";
        return await WriteAsync(sql, RowOf(record, record.RevisionId)) && Apply(record, null);
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
                catalog.Publish(FunctionEntry.Of(FunctionPublication.Published(after, region)));
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

    private sealed record Row(string Account, string Name, string Revision, string Record, string? Seen);
}
