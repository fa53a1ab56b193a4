using Dapper;
using Lambent.Contracts;
using Lambent.Storage;
using Microsoft.Data.Sqlite;

namespace Lambent.Invoke.EventInvoke.Queue;

/// <summary>
/// The durable queue of asynchronous invocations. An event is on disk, fsynced, before its 202; it leaves the queue only when
/// it has run, or is given up. After a crash every event that is still there is due again.
/// </summary>
public sealed class EventQueue : IDisposable
{
    /// <summary>The table of the queue.</summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE events (
            request_id TEXT PRIMARY KEY, function_arn TEXT NOT NULL, payload BLOB NOT NULL, client_context TEXT, trace_id TEXT NOT NULL,
            accepted_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, deferrals INTEGER NOT NULL)
        """,
    ];

    private readonly Database database;
    private readonly TimeProvider clock;
    private readonly EventSchedule schedule = new();
    private readonly Lock gate = new();
    private readonly SemaphoreSlim changed = new(0);

    /// <summary>Opens the queue with what an earlier process left in it.</summary>
    public EventQueue(Database database, TimeProvider clock)
    {
        (this.database, this.clock) = (database, clock);
        foreach (var (id, due) in database.Read(c => c.Query<(string, long)>("SELECT request_id, due_at FROM events").ToList()))
        {
            schedule.Add(id, DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
    }

    /// <summary>Events that wait for their time or their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return schedule.Count;
            }
        }
    }

    /// <summary>Takes an event in. When the task completes it survives a crash.</summary>
    public async Task AcceptAsync(QueuedEvent queued)
    {
        await database.WriteAsync(c => c.Execute(
            "INSERT INTO events VALUES (@id, @arn, @payload, @context, @trace, @accepted, @due, @attempts, @deferrals)",
            new
            {
                id = queued.RequestId, arn = queued.FunctionArn.ToString(), payload = queued.Payload.ToArray(), context = queued.ClientContext,
                trace = queued.TraceId, accepted = queued.AcceptedAt.ToUnixTimeMilliseconds(), due = queued.AcceptedAt.ToUnixTimeMilliseconds(),
                attempts = queued.Attempts, deferrals = queued.Deferrals,
            }));
        Schedule(queued.RequestId, queued.AcceptedAt);
    }

    /// <summary>Waits for the next event that is due.</summary>
    public async Task<QueuedEvent> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            string? id;
            DateTimeOffset? next;
            lock (gate)
            {
                (id, next) = (schedule.TryTake(clock.GetUtcNow()), schedule.NextDue);
            }

            if (id is null)
            {
                await WaitAsync(next, cancellation);
            }
            else if (Read(id) is { } queued)
            {
                return queued;
            }
        }
    }

    /// <summary>The event has ended: it leaves the queue.</summary>
    public Task RemoveAsync(QueuedEvent queued) =>
        database.WriteAsync(c => c.Execute("DELETE FROM events WHERE request_id = @id", new { id = queued.RequestId }));

    /// <summary>The event runs again later.</summary>
    public async Task PutOffAsync(QueuedEvent queued, DateTimeOffset due)
    {
        await database.WriteAsync(c => c.Execute(
            "UPDATE events SET attempts = @attempts, deferrals = @deferrals, due_at = @due WHERE request_id = @id",
            new { id = queued.RequestId, attempts = queued.Attempts, deferrals = queued.Deferrals, due = due.ToUnixTimeMilliseconds() }));
        Schedule(queued.RequestId, due);
    }

    /// <summary>The event could not be settled: it is taken again at <paramref name="due"/>, as it is on disk.</summary>
    public void TakeAgain(QueuedEvent queued, DateTimeOffset due) => Schedule(queued.RequestId, due);

    /// <inheritdoc/>
    public void Dispose() => changed.Dispose();

    private QueuedEvent? Read(string id)
    {
        try
        {
            return database.Read(c => Load(c, id));
        }
        catch (SqliteException)
        {
            Schedule(id, clock.GetUtcNow()); // it is not lost from the schedule either
            throw;
        }
    }

    private void Schedule(string requestId, DateTimeOffset due)
    {
        lock (gate)
        {
            schedule.Add(requestId, due);
        }

        changed.Release();
    }

    private async Task WaitAsync(DateTimeOffset? next, CancellationToken cancellation)
    {
        if (next is null)
        {
            await changed.WaitAsync(cancellation);
            return;
        }

        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wait = next.Value - clock.GetUtcNow();
        var due = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, wake.Token);
        var earlier = changed.WaitAsync(wake.Token);
        await Task.WhenAny(due, earlier);
        await wake.CancelAsync();
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // until it has left the line, it could take another's signal with it
        cancellation.ThrowIfCancellationRequested();
    }

    private static QueuedEvent? Load(SqliteConnection connection, string id)
    {
        var row = connection.QuerySingleOrDefault<Row>("SELECT * FROM events WHERE request_id = @id", new { id });
        return row is null ? null : new QueuedEvent(
            row.request_id, FunctionArn.Parse(row.function_arn, new FunctionArn("", "", ""))!, row.payload, row.client_context, row.trace_id,
            DateTimeOffset.FromUnixTimeMilliseconds(row.accepted_at), (int)row.attempts, (int)row.deferrals);
    }

#pragma warning disable IDE1006, SA1300 // Named as the columns are.
    private sealed record Row(
        string request_id, string function_arn, byte[] payload, string? client_context, string trace_id,
        long accepted_at, long due_at, long attempts, long deferrals);
#pragma warning restore IDE1006, SA1300
}
