using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.ControlPlane.Functions.Parts;

/// <summary>
/// A resource of which a function has at most one for each qualifier: durable in the database, read from memory. Qualifiers
/// sort as text; what belongs to the function as a whole has <c>$LATEST</c>.
/// </summary>
/// <remarks>
/// Writers hold the function's turn (<see cref="FunctionStore.TurnAsync"/>): what they have seen of its parts, and that it is
/// there at all, stays true until they have written.
/// </remarks>
/// <typeparam name="T">The record, as it is stored.</typeparam>
/// <param name="store">The functions; the part is not registered with it yet.</param>
/// <param name="kind">Names the rows of this part, for ever.</param>
/// <param name="type">How a record is written. Asked when there is one: at the start there may be none.</param>
/// <param name="apply">Adds a function's records, of which there is at least one, to its entry.</param>
/// <param name="packages">The packages that a record refers to; null if that is none.</param>
/// <param name="atRest">Makes of a record what is stored, and back; null stores it as it is.</param>
internal sealed class FunctionPart<T>(
    FunctionStore store, string kind, Func<ControlPlaneJson, JsonTypeInfo<T>> type, Func<FunctionEntry, ImmutableSortedDictionary<string, T>, FunctionEntry> apply,
    Func<T, IEnumerable<string>>? packages = null, AtRest<T>? atRest = null) : IFunctionPart
    where T : class
{
    private static readonly ImmutableSortedDictionary<string, T> None = ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private ImmutableDictionary<FunctionKey, ImmutableSortedDictionary<string, T>> records =
        ImmutableDictionary<FunctionKey, ImmutableSortedDictionary<string, T>>.Empty;

    private ImmutableDictionary<FunctionKey, ImmutableSortedDictionary<string, T>> shown =
        ImmutableDictionary<FunctionKey, ImmutableSortedDictionary<string, T>>.Empty;

    /// <summary>All that there are, by function. A caller that reads twice takes it once.</summary>
    public ImmutableDictionary<FunctionKey, ImmutableSortedDictionary<string, T>> All => Volatile.Read(ref shown);

    /// <summary>What the function has, by qualifier.</summary>
    public ImmutableSortedDictionary<string, T> Of(FunctionKey function) => All.GetValueOrDefault(function, None);

    /// <summary>What it has for the qualifier, or null.</summary>
    public T? Find(FunctionKey function, string qualifier) => Of(function).GetValueOrDefault(qualifier);

    /// <summary>Writes a record, new or in place of another; false if there is no such function. Durable when it returns.</summary>
    public Task<bool> PutAsync(FunctionKey function, string qualifier, T record) => store.WriteAsync(
        connection => Write(connection, function, qualifier, record),
        () =>
        {
            Remember(function, qualifier, record);
            store.Republish(function);
        });

    /// <summary>Deletes a record; false if there was none.</summary>
    public Task<bool> RemoveAsync(FunctionKey function, string qualifier) => store.WriteAsync(
        connection => DeleteRows(connection, function, qualifier) == 1,
        () =>
        {
            Forget(function, qualifier);
            store.Republish(function);
        });

    /// <summary>The same within the transaction that adds the function.</summary>
    public PartWrite With(FunctionKey function, string qualifier, T record) =>
        new(connection => Write(connection, function, qualifier, record), () => Remember(function, qualifier, record));

    /// <summary>The first half of <see cref="PutAsync"/>, for a transaction that writes more than this.</summary>
    public bool Write(SqliteConnection connection, FunctionKey function, string qualifier, T record)
    {
        const string sql = """
            INSERT OR REPLACE INTO function_parts (account, name, kind, qualifier, record)
            SELECT account, name, @kind, @qualifier, @json FROM functions WHERE account = @Account AND name = @Name
            """;
        var json = JsonSerializer.Serialize(atRest is null ? record : atRest.Seal(record), type(ControlPlaneJson.Wire));
        return connection.Execute(sql, new { function.Account, function.Name, kind, qualifier, json }) == 1;
    }

    /// <summary>The second half, after the commit; the function is to be published then, and <see cref="Show"/> ends it.</summary>
    public void Remember(FunctionKey function, string qualifier, T record)
    {
        var own = records.GetValueOrDefault(function, None);
        store.Packages.Hold(PackagesOf(record));
        records = records.SetItem(function, own.SetItem(qualifier, record));
        store.Packages.Release(PackagesOf(own.GetValueOrDefault(qualifier)));
    }

    /// <inheritdoc/>
    public FunctionEntry Apply(FunctionKey function, FunctionEntry entry) =>
        records.TryGetValue(function, out var found) ? apply(entry, found) : entry;

    /// <inheritdoc/>
    public void Show() => Volatile.Write(ref shown, records);

    /// <inheritdoc/>
    public void Delete(SqliteConnection connection, FunctionKey function, string? qualifier) => DeleteRows(connection, function, qualifier);

    /// <inheritdoc/>
    public void Forget(FunctionKey function, string? qualifier)
    {
        var before = records.GetValueOrDefault(function, None);
        var left = qualifier is null ? None : before.Remove(qualifier);
        records = left.IsEmpty ? records.Remove(function) : records.SetItem(function, left);
        store.Packages.Release(before.Where(r => !left.ContainsKey(r.Key)).SelectMany(r => PackagesOf(r.Value)));
    }

    /// <inheritdoc/>
    public void Load(SqliteConnection connection)
    {
        const string sql = "SELECT account, name, qualifier, record FROM function_parts WHERE kind = @kind";
        foreach (var (account, name, qualifier, json) in connection.Query<PartRow>(sql, Named.Of("kind", kind)))
        {
            var stored = JsonSerializer.Deserialize(json, type(ControlPlaneJson.Wire))!;
            Remember(new FunctionKey(account, name), qualifier, atRest is null ? stored : atRest.Open(stored));
        }
    }

    private int DeleteRows(SqliteConnection connection, FunctionKey function, string? qualifier) => connection.Execute(
        """
        DELETE FROM function_parts
        WHERE account = @Account AND name = @Name AND kind = @kind AND (@qualifier IS NULL OR qualifier = @qualifier)
        """,
        new { function.Account, function.Name, kind, qualifier });

    private IEnumerable<string> PackagesOf(T? record) => record is null || packages is null ? [] : packages(record);
}

/// <summary>Another form of records for the disk.</summary>
/// <param name="Seal">From use to disk.</param>
/// <param name="Open">From disk to use; what former versions stored, too.</param>
internal sealed record AtRest<T>(Func<T, T> Seal, Func<T, T> Open);

/// <summary>A record as it is stored.</summary>
internal sealed record PartRow(string Account, string Name, string Qualifier, string Record);

/// <summary>A record that is written together with its function.</summary>
/// <param name="Write">Within the transaction, after the function's row.</param>
/// <param name="Remember">After the commit, before the function is published.</param>
internal sealed record PartWrite(Action<SqliteConnection> Write, Action Remember);
