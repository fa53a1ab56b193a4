using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Lambent.Storage;

/// <summary>
/// One SQLite file in WAL mode with <c>synchronous=FULL</c>: what <see cref="WriteAsync{T}"/> has returned for survives kill -9
/// and a power cut. Writes go through one writer that commits many of them together (group commit): one fsync serves all
/// that arrived while the one before it ran.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Writers wait above this; it bounds memory, not correctness.</summary>
    private const int WaitingWritesAtMost = 4096;

    private const int WritesPerCommit = 512;

    private readonly string connectionString;
    private readonly SqliteConnection writer;
    private readonly Channel<IWrite> writes = Channel.CreateBounded<IWrite>(WaitingWritesAtMost);
    private readonly Task writing;

    static Database()
    {
        // The package's own SQLite is old: use the system's (Debian: libsqlite3-0).
        NativeLibrary.SetDllImportResolver(
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly,
            (name, assembly, path) => NativeLibrary.TryLoad("libsqlite3.so.0", out var system)
                ? system : NativeLibrary.Load(name, assembly, path));
        SQLitePCL.Batteries_V2.Init();
    }

    private Database(string file)
    {
        connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = true }.ToString();
        Folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        writer = Open();
        writer.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;");
        writing = Task.Run(RunAsync);
    }

    /// <summary>Where the file is.</summary>
    public string Folder { get; }

    /// <summary>Opens the file, makes it if need be, and brings its tables to today's form.</summary>
    /// <param name="file">Its folder must be there.</param>
    /// <param name="migrations">In order, never changed once released; <c>user_version</c> counts those applied.</param>
    public static Database Open(string file, params IReadOnlyList<string> migrations)
    {
        var database = new Database(file);
        database.Migrate("main", migrations);
        return database;
    }

    /// <summary>Brings the tables of one part to today's form. Each part counts its own migrations, so each can grow at its end.</summary>
    public void Migrate(string part, IReadOnlyList<string> migrations)
    {
        using var connection = Open();
        connection.Execute("CREATE TABLE IF NOT EXISTS migrations (part TEXT PRIMARY KEY, applied INTEGER NOT NULL)");
        var applied = connection.QuerySingleOrDefault<int>("SELECT applied FROM migrations WHERE part = @part", Named.Of("part", part));
        for (var i = applied; i < migrations.Count; i++)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(migrations[i], transaction: transaction);
            var done = Named.Of("part", part);
            done.Add("count", i + 1);
            connection.Execute("INSERT INTO migrations VALUES (@part, @count) ON CONFLICT (part) DO UPDATE SET applied = @count", done, transaction);
            transaction.Commit();
        }
    }

    /// <summary>Writes the file anew, so that nothing is left in it of what was overwritten or deleted. Before there are other users.</summary>
    public void Compact()
    {
        using var connection = Open();
        connection.Execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    }

    /// <summary>Reads what is committed, on a connection of its own.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        using var connection = Open();
        return read(connection);
    }

    /// <summary>
    /// Runs a piece of work in the writer's next transaction. The task completes when it is durable. If the work throws,
    /// what it wrote is undone and the caller gets the exception; other work of the same commit is untouched.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work)
    {
        var write = new PendingWrite<T>(work);
        await writes.Writer.WriteAsync(write);
        return await write.Done;
    }

    /// <summary>Finishes what was accepted, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        writes.Writer.TryComplete();
        await writing;
        await writer.DisposeAsync();
        SqliteConnection.ClearPool(writer); // pooled connections keep the file open
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        connection.Execute("PRAGMA busy_timeout=10000");
        return connection;
    }

    private async Task RunAsync()
    {
        var batch = new List<IWrite>(WritesPerCommit);
        while (await writes.Reader.WaitToReadAsync())
        {
            while (batch.Count < WritesPerCommit && writes.Reader.TryRead(out var write))
            {
                batch.Add(write);
            }

            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<IWrite> batch)
    {
        try
        {
            writer.Execute("BEGIN IMMEDIATE");
            foreach (var write in batch)
            {
                writer.Execute("SAVEPOINT work");
                writer.Execute(write.Run(writer) ? "RELEASE work" : "ROLLBACK TO work; RELEASE work");
            }

            writer.Execute("COMMIT");
            batch.ForEach(w => w.Complete());
        }
        catch (SqliteException e) // the disk is full, or the file is damaged: nobody may believe that it was written
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(writer.Handle) == 0) // after some errors SQLite has rolled back by itself
            {
                writer.Execute("ROLLBACK");
            }

            batch.ForEach(w => w.Fail(e));
        }
    }

    private interface IWrite
    {
        bool Run(SqliteConnection connection);

        void Complete();

        void Fail(Exception error);
    }

    private sealed class PendingWrite<T>(Func<SqliteConnection, T> work) : IWrite
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T result = default!;
        private Exception? failure;

        public Task<T> Done => done.Task;

        public bool Run(SqliteConnection connection)
        {
            try
            {
                result = work(connection);
                return true;
            }
#pragma warning disable CA1031 // Whatever the caller's work throws is the caller's: it is handed back, not swallowed.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
                return false;
            }
        }

        public void Complete()
        {
            if (failure is null)
            {
                done.TrySetResult(result);
            }
            else
            {
                done.TrySetException(failure);
            }
        }

        public void Fail(Exception error) => done.TrySetException(failure ?? error);
    }
}
