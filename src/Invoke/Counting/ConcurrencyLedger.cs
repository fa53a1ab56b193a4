namespace Lambent.Invoke.Counting;

/// <summary>
/// Counts running invokes per account: a decider, no I/O and no clock. Each unit is a lease that is given back exactly once.
/// </summary>
/// <remarks>Source: "Understanding Lambda function scaling", concurrency limits.</remarks>
/// <param name="accountLimit">Concurrent invokes of one account; AWS's default is 1,000.</param>
public sealed class ConcurrencyLedger(int accountLimit)
{
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Concurrent invokes that one account may have.</summary>
    public int AccountLimit => accountLimit;

    /// <summary>Takes one unit of the account.</summary>
    /// <returns>Null if there is none left; the reason is then <c>ConcurrentInvocationLimitExceeded</c>.</returns>
    public ConcurrencyLease? TryTake(string account)
    {
        lock (gate)
        {
            var now = running.GetValueOrDefault(account);
            if (now >= accountLimit)
            {
                return null;
            }

            running[account] = now + 1;
            return new ConcurrencyLease(this, account);
        }
    }

    /// <summary>Units that the account has taken.</summary>
    public int Running(string account)
    {
        lock (gate)
        {
            return running.GetValueOrDefault(account);
        }
    }

    internal void GiveBack(string account)
    {
        lock (gate)
        {
            var left = running[account] - 1;
            if (left == 0)
            {
                running.Remove(account);
            }
            else
            {
                running[account] = left;
            }
        }
    }
}

/// <summary>One unit of concurrency. Disposing gives it back; a second time does nothing.</summary>
public sealed class ConcurrencyLease : IDisposable
{
    private readonly string account;
    private ConcurrencyLedger? ledger;

    internal ConcurrencyLease(ConcurrencyLedger ledger, string account) => (this.ledger, this.account) = (ledger, account);

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref ledger, null)?.GiveBack(account);
}
