using System.Text.Json;
using Dapper;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.Invoke.EventInvoke.Queue;

/// <summary>What of the event queue is on disk. Each change is durable when its task completes.</summary>
public interface IEventStore
{
    /// <summary>Every event that is there, and when it is due.</summary>
    IReadOnlyList<(string RequestId, DateTimeOffset Due)> All();

    /// <summary>One event; null if it is there no more.</summary>
    QueuedEvent? Find(string requestId);

    /// <summary>A new event.</summary>
    Task AddAsync(QueuedEvent queued);

    /// <summary>What has been tried of it, how it ended, and when it is due again.</summary>
    Task PutOffAsync(QueuedEvent queued, DateTimeOffset due);

    /// <summary>It is no more.</summary>
    Task RemoveAsync(string requestId);
}

/// <summary>Events in SQLite.</summary>
public sealed class EventStore(Database database) : IEventStore
{
    /// <summary>The table of the queue.</summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE events (
            request_id TEXT PRIMARY KEY, function_arn TEXT NOT NULL, payload BLOB NOT NULL, client_context TEXT, trace_id TEXT NOT NULL,
            accepted_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, deferrals INTEGER NOT NULL)
        """,
        "ALTER TABLE events ADD COLUMN ending TEXT",
        "ALTER TABLE events ADD COLUMN response BLOB",
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string RequestId, DateTimeOffset Due)> All() => database.Read(c => c
        .Query<DueRow>("SELECT request_id AS RequestId, due_at AS DueAt FROM events")
        .Select(r => (r.RequestId, DateTimeOffset.FromUnixTimeMilliseconds(r.DueAt)))
        .ToList());

    /// <inheritdoc/>
    public QueuedEvent? Find(string requestId) => database.Read(c => Load(c, requestId));

    /// <inheritdoc/>
    public Task AddAsync(QueuedEvent queued) => database.WriteAsync(c => c.Execute(
        "INSERT INTO events VALUES (@id, @arn, @payload, @context, @trace, @accepted, @due, @attempts, @deferrals, NULL, NULL)",
        new
        {
            id = queued.RequestId, arn = queued.FunctionArn.ToString(), payload = queued.Payload.ToArray(), context = queued.ClientContext,
            trace = queued.TraceId, accepted = queued.AcceptedAt.ToUnixTimeMilliseconds(), due = queued.AcceptedAt.ToUnixTimeMilliseconds(),
            attempts = queued.Attempts, deferrals = queued.Deferrals,
        }));

    /// <inheritdoc/>
    public Task PutOffAsync(QueuedEvent queued, DateTimeOffset due) => database.WriteAsync(c => c.Execute(
        "UPDATE events SET attempts = @attempts, deferrals = @deferrals, due_at = @due, ending = @ending, response = @response WHERE request_id = @id",
        new
        {
            id = queued.RequestId, attempts = queued.Attempts, deferrals = queued.Deferrals, due = due.ToUnixTimeMilliseconds(),
            ending = queued.Ending is null ? null : JsonSerializer.Serialize(queued.Ending, EndingJson.Default.EventEnding),
            response = queued.Ending?.Response.ToArray(),
        }));

    /// <inheritdoc/>
    public Task RemoveAsync(string requestId) => database.WriteAsync(c => c.Execute("DELETE FROM events WHERE request_id = @id", new { id = requestId }));

    private static QueuedEvent? Load(SqliteConnection connection, string id)
    {
        var row = connection.QuerySingleOrDefault<Row>("SELECT * FROM events WHERE request_id = @id", new { id });
        return row is null ? null : new QueuedEvent(
            row.request_id, FunctionArn.Parse(row.function_arn, new FunctionArn("", "", ""))!, row.payload, row.client_context, row.trace_id,
            DateTimeOffset.FromUnixTimeMilliseconds(row.accepted_at), (int)row.attempts, (int)row.deferrals, Ending(row));
    }

    private static EventEnding? Ending(Row row) => row.ending is null
        ? null
        : JsonSerializer.Deserialize(row.ending, EndingJson.Default.EventEnding)! with { Response = row.response };

#pragma warning disable IDE1006, SA1300 // Named as the columns are.
    private sealed record DueRow(string RequestId, long DueAt);

    private sealed record Row(
        string request_id, string function_arn, byte[] payload, string? client_context, string trace_id,
        long accepted_at, long due_at, long attempts, long deferrals, string? ending, byte[]? response);
#pragma warning restore IDE1006, SA1300
}
