using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Storage;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// Users, groups, roles and policies of all accounts: durable in the database, read from memory. Changes come one after the other,
/// each made by a function from one state of its account to the next; what differs is written before anybody sees it.
/// </summary>
#pragma warning disable CA1001 // The semaphore's wait handle is never asked for, so it has nothing to dispose of.
public sealed class IamStore(Database database)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim writing = new(1);
    private readonly ConcurrentDictionary<string, IamAccount> accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AccessKey> keys = new(StringComparer.Ordinal);

    /// <summary>Its table, in the order of its making; never changed once released.</summary>
    public static IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE iam (
            account TEXT NOT NULL,
            kind    TEXT NOT NULL,
            name    TEXT NOT NULL,
            record  TEXT NOT NULL,
            PRIMARY KEY (account, kind, name)
        ) WITHOUT ROWID
        """,
    ];

    /// <summary>Reads everything. Before all else.</summary>
    public void Load()
    {
        var rows = database.Read(connection =>
            connection.Query<Row>("SELECT account, kind, name, record FROM iam").ToList());
        foreach (var rowsOfOne in rows.GroupBy(r => r.Account))
        {
            var none = new IamAccount(rowsOfOne.Key);
            Publish(none, rowsOfOne.Aggregate(none, (account, row) => account.With(Read(row.Kind, row.Record!))));
        }
    }

    /// <summary>Finds the active key of a user.</summary>
    public bool TryFindKey(string accessKeyId, out AccessKey key) => keys.TryGetValue(accessKeyId, out key);

    internal IamAccount Of(string account) => accounts.GetValueOrDefault(account) ?? new IamAccount(account);

    /// <summary>Runs the operation on the account as it is, and puts what it makes of it in its place.</summary>
    internal async Task<IamOutcome> ChangeAsync(string account, Func<IamAccount, IamOutcome> operation)
    {
        await writing.WaitAsync();
        try
        {
            var before = Of(account);
            var outcome = operation(before);
            if (outcome.Next is { } after && !ReferenceEquals(before, after))
            {
                var rows = Changes(before, after).ToList();
                await database.WriteAsync(connection => rows.Sum(row => connection.Execute(
                    row.Record is null
                        ? "DELETE FROM iam WHERE account = @Account AND kind = @Kind AND name = @Name"
                        : "INSERT OR REPLACE INTO iam (account, kind, name, record) VALUES (@Account, @Kind, @Name, @Record)",
                    row)));
                Publish(before, after);
            }

            return outcome;
        }
        finally
        {
            writing.Release();
        }
    }

    private static IEnumerable<Row> Changes(IamAccount before, IamAccount after) =>
    [
        .. Changes(after.Id, before.Users, after.Users, IamJson.Default.IamUser),
        .. Changes(after.Id, before.Groups, after.Groups, IamJson.Default.IamGroup),
        .. Changes(after.Id, before.Roles, after.Roles, IamJson.Default.IamRole),
        .. Changes(after.Id, before.Policies, after.Policies, IamJson.Default.ManagedPolicy),
    ];

    private static IEnumerable<Row> Changes<T>(
        string account, ImmutableSortedDictionary<string, T> before, ImmutableSortedDictionary<string, T> after, JsonTypeInfo<T> type)
        where T : IamEntity
    {
        if (ReferenceEquals(before, after))
        {
            yield break;
        }

        foreach (var gone in before.Values.Where(e => after.GetValueOrDefault(e.Name)?.Name != e.Name))
        {
            yield return new Row(account, gone.Kind, gone.Name, null);
        }

        foreach (var entity in after.Values.Where(e => !ReferenceEquals(e, before.GetValueOrDefault(e.Name))))
        {
            yield return new Row(account, entity.Kind, entity.Name, JsonSerializer.Serialize(entity, type));
        }
    }

    private static IamEntity Read(string kind, string record) => kind switch
    {
        "user" => JsonSerializer.Deserialize(record, IamJson.Default.IamUser)!,
        "group" => JsonSerializer.Deserialize(record, IamJson.Default.IamGroup)!,
        "role" => JsonSerializer.Deserialize(record, IamJson.Default.IamRole)!,
        "policy" => JsonSerializer.Deserialize(record, IamJson.Default.ManagedPolicy)!,
        _ => throw new InvalidDataException($"The table iam has a row of the kind '{kind}', which this Lambent does not know."),
    };

    /// <summary>From here on everybody sees it: a key that is gone or inactive signs nothing more.</summary>
    private void Publish(IamAccount before, IamAccount after)
    {
        accounts[after.Id] = after;
        if (ReferenceEquals(before.Users, after.Users))
        {
            return;
        }

        var active = after.Users.Values.SelectMany(u => u.Keys.Where(k => k.IsActive).Select(k => KeyOf(after.Id, u, k))).ToDictionary(k => k.AccessKeyId);
        foreach (var gone in before.Users.Values.SelectMany(u => u.Keys).Where(k => !active.ContainsKey(k.Id)))
        {
            keys.TryRemove(gone.Id, out _);
        }

        foreach (var key in active.Values)
        {
            keys[key.AccessKeyId] = key;
        }
    }

    private static AccessKey KeyOf(string account, IamUser user, UserKey key) => new(key.Id, key.Secret, account, user.Arn(account), user.Id);

    private sealed record Row(string Account, string Kind, string Name, string? Record);
}
