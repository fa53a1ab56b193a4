using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Lambent.Aws;
using Lambent.ControlPlane.Wire;
using Lambent.Storage;

namespace Lambent.ControlPlane.Storage;

/// <summary>
/// The records of one kind of resource that belongs to an account: durable in the database, read from memory, written one after
/// the other. What a change sees is what it replaces, so a change needs no second look.
/// </summary>
/// <param name="database">Opened with <see cref="Shelves.Migrations"/>.</param>
/// <param name="kind">Names the rows of this kind, for ever.</param>
/// <param name="type">How a record is written. Asked when there is one: at the start there may be none.</param>
/// <param name="applied">
/// Told of every change after its commit and in order: the record before (null: made) and after (null: removed). Also of what
/// <see cref="Load"/> finds, as made.
/// </param>
#pragma warning disable CA1001 // The semaphore's wait handle is never asked for, so it has nothing to dispose of.
internal sealed class Shelf<T>(Database database, string kind, Func<ControlPlaneJson, JsonTypeInfo<T>> type, Action<T?, T?>? applied = null)
#pragma warning restore CA1001
    where T : class
{
    private readonly SemaphoreSlim writing = new(1);
    private volatile ImmutableSortedDictionary<ShelfKey, T> records = ImmutableSortedDictionary<ShelfKey, T>.Empty;

    /// <summary>All that there are, in the order of their keys.</summary>
    public IEnumerable<T> All => records.Values;

    /// <summary>Reads everything. Before all else.</summary>
    public void Load()
    {
        const string sql = "SELECT account, name, record FROM resources WHERE kind = @kind";
        records = database
            .Read(connection => connection.Query<ShelfRow>(sql, Named.Of("kind", kind)).ToList())
            .ToImmutableSortedDictionary(r => new ShelfKey(r.Account, r.Name), r => JsonSerializer.Deserialize(r.Record, type(ControlPlaneJson.Wire))!);
        foreach (var record in records.Values)
        {
            applied?.Invoke(null, record);
        }
    }

    /// <summary>The record, or null.</summary>
    public T? Find(string account, string name) => records.GetValueOrDefault(new ShelfKey(account, name));

    /// <summary>The records of the account whose names come after this one (null: all), in their order.</summary>
    public IEnumerable<T> After(string account, string? name) =>
        from found in records
        where found.Key.Account == account && (name is null || string.CompareOrdinal(found.Key.Name, name) > 0)
        select found.Value;

    /// <summary>Puts what the change makes of the record (null: there is none yet) in its place, unless it makes an error.</summary>
    public async Task<Result<T>> ChangeAsync(string account, string name, Func<T?, Result<T>> change)
    {
        var key = new ShelfKey(account, name);
        await writing.WaitAsync();
        try
        {
            var before = records.GetValueOrDefault(key);
            if (!change(before).Is(out var after, out var error))
            {
                return error;
            }

            const string sql = "INSERT OR REPLACE INTO resources (account, kind, name, record) VALUES (@account, @kind, @name, @json)";
            var row = new { account, kind, name, json = JsonSerializer.Serialize(after, type(ControlPlaneJson.Wire)) };
            await database.WriteAsync(connection => connection.Execute(sql, row));
            records = records.SetItem(key, after);
            applied?.Invoke(before, after);
            return after;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Removes the record, unless the check (which sees null if there is none) objects. Nothing happens if there is none.</summary>
    public async Task<AwsError?> RemoveAsync(string account, string name, Func<T?, AwsError?>? check = null)
    {
        var key = new ShelfKey(account, name);
        await writing.WaitAsync();
        try
        {
            var before = records.GetValueOrDefault(key);
            if (check?.Invoke(before) is { } error)
            {
                return error;
            }

            if (before is not null)
            {
                const string sql = "DELETE FROM resources WHERE account = @account AND kind = @kind AND name = @name";
                await database.WriteAsync(connection => connection.Execute(sql, new { account, kind, name }));
                records = records.Remove(key);
                applied?.Invoke(before, null);
            }

            return null;
        }
        finally
        {
            writing.Release();
        }
    }
}

/// <summary>What all shelves share.</summary>
internal static class Shelves
{
    /// <summary>Their table, in the order of its making; never changed once released.</summary>
    public static IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE resources (
            account TEXT NOT NULL,
            kind    TEXT NOT NULL,
            name    TEXT NOT NULL,
            record  TEXT NOT NULL,
            PRIMARY KEY (account, kind, name)
        ) WITHOUT ROWID
        """,
    ];
}

/// <summary>A record as it is stored. A class: the runtime has compiled what handles those before the program starts.</summary>
internal sealed record ShelfRow(string Account, string Name, string Record);

/// <summary>Names a record. Ordered by account, then by name.</summary>
internal sealed record ShelfKey(string Account, string Name) : IComparable<ShelfKey>
{
    public int CompareTo(ShelfKey? other) =>
        string.CompareOrdinal(Account, other?.Account) is var byAccount and not 0
            ? byAccount
            : string.CompareOrdinal(Name, other?.Name);
}
