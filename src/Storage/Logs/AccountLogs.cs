using System.Collections.Concurrent;
using Lambent.Contracts;

namespace Lambent.Storage.Logs;

/// <summary>A store of logs for each account, in a folder of its own: no name of one account's group can reach another's.</summary>
/// <param name="folderOf">Where the logs of an account are.</param>
/// <param name="megabytesAtMost">For all streams of one account together.</param>
/// <param name="clock">Time.</param>
public sealed class AccountLogs(Func<string, string> folderOf, int megabytesAtMost, TimeProvider clock) : ILogStore, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<LogStore>> stores = new(StringComparer.Ordinal);

    /// <summary>The store of an account. Callers name accounts that are known, so it is bounded by their number.</summary>
    public LogStore Of(string account) =>
        stores.GetOrAdd(account, id => new Lazy<LogStore>(() => new LogStore(folderOf(id), megabytesAtMost, clock))).Value;

    /// <inheritdoc/>
    public ILogStream Open(string account, string group, string stream) => Of(account).Open(group, stream);

    /// <summary>Writes what waits, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var store in stores.Values)
        {
            await store.Value.DisposeAsync();
        }
    }
}
