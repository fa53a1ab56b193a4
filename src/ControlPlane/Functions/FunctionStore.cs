using System.Globalization;
using System.Text.Json;
using Dapper;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;
using Lambent.ControlPlane.Secrets;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The functions: durable in the database, read from memory. A writer gives the record that it has seen, and loses against
/// one that was faster. The held packages and the catalog follow, change by change, and the catalog has a change before readers
/// see it: what is said to be Active can be invoked. Other resources of functions are <see cref="IFunctionPart"/>.
/// </summary>
internal sealed class FunctionStore
{
    /// <summary>Functions share turns by chance; more turns than writers at once make that rare.</summary>
    private const int Turns = 256;

    private readonly Database database;
    private readonly FunctionCatalog catalog;
    private readonly HeldPackages packages;
    private readonly string region;
    private readonly Lock indexing = new();
    private readonly List<IFunctionPart> parts = [];
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, Turns + 1).Select(_ => new SemaphoreSlim(1))];
    private readonly Lazy<EnvironmentKey> environmentKey;
    private readonly List<FunctionRecord> readable = [];
    private FunctionIndex index = FunctionIndex.Empty;
    private volatile FunctionIndex shown = FunctionIndex.Empty;

    public FunctionStore(Database database, FunctionCatalog catalog, HeldPackages packages, string region)
    {
        (this.database, this.catalog, this.packages, this.region) = (database, catalog, packages, region);
        environmentKey = new(() => EnvironmentKey.Obtain(Path.Combine(database.Folder, "environment-key")));
        Versions = Add(new FunctionPart<FunctionRecord>(
            this, "version", json => json.FunctionRecord,
            (entry, versions) => entry with
            {
                Versions = entry.Versions.SetItems(
                    versions.Select(v => KeyValuePair.Create(v.Key, FunctionPublication.Published(v.Value, region)))),
            },
            record => record.Packages(),
            new AtRest<FunctionRecord>(record => record.Sealed(environmentKey.Value), Opened)));
    }

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
        """
        CREATE TABLE version_numbers (
            account TEXT NOT NULL,
            name    TEXT NOT NULL,
            last    INTEGER NOT NULL,
            PRIMARY KEY (account, name)
        ) WITHOUT ROWID
        """,
    ];

    /// <summary>What is stored now. A caller that reads twice takes it once.</summary>
    public FunctionIndex Index => shown;

    /// <summary>The published versions, by number.</summary>
    public FunctionPart<FunctionRecord> Versions { get; }

    /// <summary>Counts who refers to a package.</summary>
    public HeldPackages Packages => packages;

    /// <summary>Registers a resource of functions; their order is that in which they add to an entry. Before <see cref="LoadAsync"/>.</summary>
    public TPart Add<TPart>(TPart part)
        where TPart : IFunctionPart
    {
        parts.Add(part);
        return part;
    }

    /// <summary>Reads everything, and publishes it. Before all else.</summary>
    public async Task LoadAsync()
    {
        Load();
        if (readable.Count > 0)
        {
            await SealAsync();
        }
    }

    private void Load()
    {
        lock (indexing)
        {
            var functions = database.Read(connection =>
            {
                parts.ForEach(p => p.Load(connection));
                return connection
                    .Query<string>("SELECT record FROM functions")
                    .Select(json => Opened(JsonSerializer.Deserialize(json, ControlPlaneJson.Wire.FunctionRecord)!))
                    .ToList();
            });
            index = FunctionIndex.Of(functions);
            foreach (var function in functions)
            {
                packages.Hold(function.Packages());
                catalog.Publish(EntryOf(function));
            }

            Show();
        }
    }

    /// <summary>
    /// Waits until nobody else changes the parts of this function or deletes it, and keeps others waiting until the turn is
    /// disposed of. Nobody may wait for two.
    /// </summary>
    public Task<IDisposable> TurnAsync(FunctionKey function) => TakeAsync(turns[(uint)function.GetHashCode() % Turns]);

    /// <summary>
    /// The same for what all functions of an account share. Who needs both takes this one first.
    /// </summary>
    public Task<IDisposable> LimitsTurnAsync() => TakeAsync(turns[Turns]);

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
            Show();
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

    /// <summary>
    /// The number of the next version. "Version numbers are never reused, even for a function that has been deleted and
    /// recreated." Source: "AWS Lambda function versions", Lambda Developer Guide.
    /// </summary>
    public string NextVersion(FunctionKey function)
    {
        const string sql = "SELECT last FROM version_numbers WHERE account = @Account AND name = @Name";
        return (database.Read(c => c.QuerySingleOrDefault<long>(sql, function)) + 1).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Adds a function; false if the name is taken. Durable when it returns.</summary>
    /// <param name="record">The function.</param>
    /// <param name="version">A version that is published with it, or null. The caller then has the function's turn.</param>
    /// <param name="with">What else is set for it from the first, or null.</param>
    public Task<bool> TryAddAsync(FunctionRecord record, FunctionRecord? version = null, PartWrite? with = null)
    {
        const string sql = """
            INSERT OR IGNORE INTO functions (account, name, revision, record) VALUES (@Account, @Name, @Revision, @Record)
            """;
        return WriteAsync(sql, RowOf(record), null, record, version, with);
    }

    /// <summary>Puts a record in place of exactly <paramref name="before"/>; false if that is no longer there.</summary>
    /// <param name="before">What the caller has seen.</param>
    /// <param name="after">What is to be.</param>
    /// <param name="version">A version that is published with it, or null. The caller then has the function's turn.</param>
    public Task<bool> TryReplaceAsync(FunctionRecord before, FunctionRecord after, FunctionRecord? version = null)
    {
        const string sql = """
            UPDATE functions SET revision = @Revision, record = @Record
            WHERE account = @Account AND name = @Name AND revision = @Seen
            """;
        return before.IsVersion()
            ? TryReplaceVersionAsync(before, after)
            : WriteAsync(sql, RowOf(after, before.RevisionId), before, after, version);
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

    /// <summary>
    /// Removes an alias or a version with all that is set for it, which is nothing if it was not there. The caller has the
    /// function's turn.
    /// </summary>
    public Task RemoveAsync(FunctionKey function, string qualifier)
    {
        return WriteAsync(Delete, () =>
        {
            parts.ForEach(p => p.Forget(function, qualifier));
            Republish(function);
        });

        bool Delete(SqliteConnection connection)
        {
            parts.ForEach(p => p.Delete(connection, function, qualifier));
            return true;
        }
    }

    private FunctionRecord Opened(FunctionRecord stored)
    {
        if (stored.IsReadable())
        {
            readable.Add(stored);
        }

        return stored.Opened(environmentKey.Value);
    }

    /// <summary>Environments that a former version of Lambent stored readably are sealed, and no page of the file keeps them.</summary>
    private async Task SealAsync()
    {
        await database.WriteAsync(connection =>
        {
            foreach (var record in readable)
            {
                if (record.IsVersion())
                {
                    Versions.Write(connection, record.Key(), record.Version, record);
                }
                else
                {
                    connection.Execute("UPDATE functions SET record = @Record WHERE account = @Account AND name = @Name", RowOf(record));
                }
            }

            return true;
        });
        readable.Clear();
        database.Compact();
    }

    private Row RowOf(FunctionRecord record, string? seen = null)
    {
        var json = JsonSerializer.Serialize(record.Sealed(environmentKey.Value), ControlPlaneJson.Wire.FunctionRecord);
        return new(record.Account, record.Name, record.RevisionId, json, seen);
    }

    private Task<bool> WriteAsync(string sql, Row row, FunctionRecord? before, FunctionRecord after, FunctionRecord? version, PartWrite? with = null)
    {
        return WriteAsync(Write, () =>
        {
            with?.Remember();
            if (version is not null)
            {
                Versions.Remember(version.Key(), version.Version, version);
            }

            Apply(before, after);
        });

        bool Write(SqliteConnection connection)
        {
            if (connection.Execute(sql, row) != 1)
            {
                return false;
            }

            with?.Write(connection);
            if (version is not null)
            {
                Versions.Write(connection, version.Key(), version.Version, version);
                connection.Execute(
                    "INSERT OR REPLACE INTO version_numbers (account, name, last) VALUES (@Account, @Name, @Version)",
                    new { version.Account, version.Name, Version = long.Parse(version.Version, CultureInfo.InvariantCulture) });
            }

            return true;
        }
    }

    private async Task<bool> TryReplaceVersionAsync(FunctionRecord before, FunctionRecord after)
    {
        using var turn = await TurnAsync(before.Key());
        return Versions.Find(before.Key(), before.Version) is { } now
            && (now.Incarnation, now.RevisionId) == (before.Incarnation, before.RevisionId)
            && await Versions.PutAsync(before.Key(), before.Version, after);
    }

    // After the commit. A name that was deleted and created again may be told here in either order: the removal of the old
    // record then finds the new one and leaves it.
    private void Apply(FunctionRecord? before, FunctionRecord? after)
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
    }

    /// <summary>The catalog has it: readers may see it.</summary>
    private void Show()
    {
        parts.ForEach(p => p.Show());
        shown = index;
    }

    private static async Task<IDisposable> TakeAsync(SemaphoreSlim turn)
    {
        await turn.WaitAsync();
        return new Turn(turn);
    }

    private FunctionEntry EntryOf(FunctionRecord record)
    {
        var key = record.Key();
        var bare = FunctionEntry.Of(FunctionPublication.Published(record, region));
        return parts.Aggregate(record.Tags is null ? bare : bare with { Tags = record.Tags }, (entry, part) => part.Apply(key, entry));
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }

    private sealed record Row(string Account, string Name, string Revision, string Record, string? Seen);
}
