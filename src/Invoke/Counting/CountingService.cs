using Lambent.Contracts;

namespace Lambent.Invoke.Counting;

/// <summary>
/// The Counting Service: gives out leases of concurrency. A lease belongs to the session of the frontend that took it: when
/// that dies without giving back, the end of its session does. Nothing leaks.
/// </summary>
public sealed class CountingService(int accountLimit, TimeProvider clock)
{
    /// <summary>A frontend that has not been heard of for so long is dead.</summary>
    public static readonly TimeSpan SessionLimit = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly ConcurrencyLedger ledger = new(accountLimit);
    private readonly HashSet<CountingSession> sessions = [];

    /// <summary>Concurrent invokes that one account may have.</summary>
    public int AccountLimit => accountLimit;

    /// <summary>A frontend begins, or comes back.</summary>
    public CountingSession Join()
    {
        var session = new CountingSession(this, clock.GetUtcNow());
        lock (gate)
        {
            sessions.Add(session);
        }

        return session;
    }

    /// <summary>Follows the catalog.</summary>
    public void Configure(FunctionEntry? before, FunctionEntry? after)
    {
        lock (gate)
        {
            ledger.Configure((after ?? before)!.Arn, after);
        }
    }

    /// <summary>True if the function may have one environment more now.</summary>
    public bool TryScale(FunctionArn function)
    {
        lock (gate)
        {
            return ledger.TryScale(function, clock.GetUtcNow());
        }
    }

    /// <summary>Units that the account has taken.</summary>
    public int Running(string account)
    {
        lock (gate)
        {
            return ledger.Running(account);
        }
    }

    /// <summary>Units that the account's functions without reserved concurrency have taken.</summary>
    public int RunningUnreserved(string account)
    {
        lock (gate)
        {
            return ledger.RunningUnreserved(account);
        }
    }

    /// <summary>Units that the function has taken.</summary>
    public int Running(FunctionArn function)
    {
        lock (gate)
        {
            return ledger.Running(function);
        }
    }

    /// <summary>Gives back what frontends hold that have gone silent.</summary>
    /// <returns>How many leases that were.</returns>
    public int EndSilentSessions()
    {
        lock (gate)
        {
            var silent = sessions.Where(s => clock.GetUtcNow() - s.LastHeard > SessionLimit).ToList();
            return silent.Sum(End);
        }
    }

    internal (ConcurrencyLease? Lease, string? Reason) TryTake(CountingSession session, FunctionArn version)
    {
        lock (gate)
        {
            sessions.Add(session); // one that was given up for dead has come back
            session.LastHeard = clock.GetUtcNow();
            var (unit, reason) = ledger.TryTake(version, session.LastHeard);
            if (unit is null)
            {
                return (null, reason);
            }

            var lease = new ConcurrencyLease(session, unit.Value);
            session.Leases.Add(lease);
            return (lease, null);
        }
    }

    internal void GiveBack(CountingSession session, ConcurrencyLease lease)
    {
        lock (gate)
        {
            if (session.Leases.Remove(lease))
            {
                ledger.GiveBack(lease.Unit);
            }
        }
    }

    internal void Leave(CountingSession session)
    {
        lock (gate)
        {
            End(session);
        }
    }

    internal void Renew(CountingSession session)
    {
        lock (gate)
        {
            session.LastHeard = clock.GetUtcNow();
        }
    }

    private int End(CountingSession session)
    {
        sessions.Remove(session);
        var left = session.Leases.Count;
        foreach (var lease in session.Leases)
        {
            ledger.GiveBack(lease.Unit);
        }

        session.Leases.Clear();
        return left;
    }
}

/// <summary>One frontend's time with the Counting Service.</summary>
public sealed class CountingSession : IDisposable
{
    private readonly CountingService service;

    internal CountingSession(CountingService service, DateTimeOffset now) => (this.service, LastHeard) = (service, now);

    internal HashSet<ConcurrencyLease> Leases { get; } = [];

    internal DateTimeOffset LastHeard { get; set; }

    /// <summary>Takes one unit for an invoke of a version; or says why not, by AWS's <c>ThrottleReason</c>.</summary>
    public (ConcurrencyLease? Lease, string? Reason) TryTake(FunctionArn version) => service.TryTake(this, version);

    /// <summary>True if the function may have one environment more now.</summary>
    public bool TryScale(FunctionArn function) => service.TryScale(function);

    /// <summary>The frontend lives.</summary>
    public void Renew() => service.Renew(this);

    /// <summary>It ends: what it still holds is given back.</summary>
    public void Dispose() => service.Leave(this);

    internal void GiveBack(ConcurrencyLease lease) => service.GiveBack(this, lease);
}

/// <summary>One unit of concurrency. Disposing gives it back; a second time does nothing.</summary>
public sealed class ConcurrencyLease : IDisposable
{
    private readonly CountingSession session;

    internal ConcurrencyLease(CountingSession session, ConcurrencyUnit unit) => (this.session, Unit) = (session, unit);

    /// <summary>What was taken.</summary>
    public ConcurrencyUnit Unit { get; }

    /// <inheritdoc/>
    public void Dispose() => session.GiveBack(this);
}
