using Lambent.Contracts;

namespace Lambent.Invoke.Counting;

/// <summary>
/// Counts running invokes, and says which one is too many: a decider, no I/O and no clock. A function with reserved concurrency
/// has that alone; all others share what the account has left; provisioned concurrency of a version comes before either.
/// </summary>
/// <remarks>
/// Not thread-safe: <see cref="CountingService"/> owns it. Sources: "Understanding Lambda function scaling", "Configuring
/// reserved concurrency", "Configuring provisioned concurrency" and "Lambda scaling behavior", Lambda Developer Guide.
/// </remarks>
/// <param name="accountLimit">Concurrent invokes of one account; AWS's default is 1,000.</param>
public sealed class ConcurrencyLedger(int accountLimit)
{
    /// <summary>A function may get 1,000 new environments every 10 seconds, refilled continuously.</summary>
    private const int EnvironmentsBurst = 1000, EnvironmentsPerSecond = 100;

    /// <summary>Requests per second for each unit of concurrency.</summary>
    private const int RequestsPerUnit = 10;

    private static readonly IReadOnlyDictionary<string, int> NoneProvisioned = new Dictionary<string, int>();

    private readonly Dictionary<string, AccountCount> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, string Name), FunctionCount> functions = [];

    /// <summary>Concurrent invokes that one account may have.</summary>
    public int AccountLimit => accountLimit;

    /// <summary>Takes over what is set for a function: its reserved and provisioned concurrency. With null it is no more.</summary>
    public void Configure(FunctionArn function, FunctionEntry? entry)
    {
        var count = FunctionOf(function);
        var account = AccountOf(function.Account);
        account.SetAside -= count.SetAside;
        count.Exists = entry is not null;
        count.Reserved = entry?.ReservedConcurrency;
        count.Provisioned = entry?.ProvisionedByVersion() ?? NoneProvisioned;
        account.SetAside += count.SetAside;
        if (entry is null)
        {
            ForgetIfUnused(function.Account, function.Name, count);
        }
    }

    /// <summary>Takes one unit for an invoke of a version.</summary>
    /// <returns>The unit, or why there is none: a value of AWS's <c>ThrottleReason</c>.</returns>
    public (ConcurrencyUnit? Unit, string? Reason) TryTake(FunctionArn version, DateTimeOffset now)
    {
        var (account, function) = (AccountOf(version.Account), FunctionOf(version));
        var provisioned = function.Provisioned.GetValueOrDefault(version.Qualifier!);
        var onProvisioned = function.RunningProvisioned.GetValueOrDefault(version.Qualifier!);
        if (onProvisioned < provisioned && function.Reserved != 0)
        {
            if (!function.Rate.TryTake(RequestsPerUnit * provisioned, RequestsPerUnit * provisioned, now))
            {
                return (null, ThrottleReason.FunctionRate);
            }

            function.RunningProvisioned[version.Qualifier!] = onProvisioned + 1;
            return (new ConcurrencyUnit(version, ConcurrencyKind.Provisioned), null);
        }

        return function.Reserved is { } reserved ? TryTakeReserved(version, function, reserved, now) : TryTakeUnreserved(version, account, function, now);
    }

    /// <summary>Gives a unit back.</summary>
    public void GiveBack(ConcurrencyUnit unit)
    {
        var (account, function) = (AccountOf(unit.Version.Account), FunctionOf(unit.Version));
        switch (unit.Kind)
        {
            case ConcurrencyKind.Provisioned:
                function.RunningProvisioned[unit.Version.Qualifier!]--;
                break;
            case ConcurrencyKind.Reserved:
                function.Running--;
                break;
            default:
                function.Running--;
                account.Running--;
                break;
        }

        ForgetIfUnused(unit.Version.Account, unit.Version.Name, function);
    }

    /// <summary>Asks for one more environment of a function; false if it grows too fast.</summary>
    public bool TryScale(FunctionArn function, DateTimeOffset now) =>
        FunctionOf(function).Scaling.TryTake(EnvironmentsBurst, EnvironmentsPerSecond, now);

    /// <summary>Units that the account's functions have taken, of all kinds.</summary>
    public int Running(string account) => functions.Where(f => f.Key.Account == account).Sum(f => f.Value.All);

    /// <summary>Units that the account's functions without reserved concurrency have taken.</summary>
    public int RunningUnreserved(string account) => functions.Where(f => f.Key.Account == account && f.Value.Reserved is null).Sum(f => f.Value.All);

    /// <summary>Units that one function has taken.</summary>
    public int Running(FunctionArn function) => functions.TryGetValue((function.Account, function.Name), out var count) ? count.All : 0;

    private (ConcurrencyUnit? Unit, string? Reason) TryTakeReserved(FunctionArn version, FunctionCount function, int reserved, DateTimeOffset now)
    {
        if (function.Running >= reserved - function.AllProvisioned)
        {
            return (null, ThrottleReason.ReservedConcurrency);
        }

        if (!function.Rate.TryTake(RequestsPerUnit * reserved, RequestsPerUnit * reserved, now))
        {
            return (null, ThrottleReason.ReservedRate);
        }

        function.Running++;
        return (new ConcurrencyUnit(version, ConcurrencyKind.Reserved), null);
    }

    private (ConcurrencyUnit? Unit, string? Reason) TryTakeUnreserved(
        FunctionArn version, AccountCount account, FunctionCount function, DateTimeOffset now)
    {
        if (account.Running >= accountLimit - account.SetAside)
        {
            return (null, ThrottleReason.Concurrency);
        }

        if (!account.Rate.TryTake((double)RequestsPerUnit * accountLimit, (double)RequestsPerUnit * accountLimit, now))
        {
            return (null, ThrottleReason.FunctionRate);
        }

        account.Running++;
        function.Running++;
        return (new ConcurrencyUnit(version, ConcurrencyKind.Unreserved), null);
    }

    private AccountCount AccountOf(string account)
    {
        if (!accounts.TryGetValue(account, out var count))
        {
            accounts[account] = count = new AccountCount();
        }

        return count;
    }

    private FunctionCount FunctionOf(FunctionArn function)
    {
        if (!functions.TryGetValue((function.Account, function.Name), out var count))
        {
            functions[(function.Account, function.Name)] = count = new FunctionCount();
        }

        return count;
    }

    /// <summary>A deleted function is remembered only while invokes of it run. One that exists keeps its rates.</summary>
    private void ForgetIfUnused(string account, string name, FunctionCount count)
    {
        if (count is { Exists: false, All: 0 })
        {
            functions.Remove((account, name));
        }
    }

    private sealed class AccountCount
    {
        public TokenBucket Rate;

        /// <summary>Invokes of functions without reserved concurrency, on demand.</summary>
        public int Running { get; set; }

        /// <summary>What of the limit belongs to single functions.</summary>
        public int SetAside { get; set; }
    }

    private sealed class FunctionCount
    {
        public TokenBucket Rate, Scaling;

        public int? Reserved { get; set; }

        public IReadOnlyDictionary<string, int> Provisioned { get; set; } = NoneProvisioned;

        public Dictionary<string, int> RunningProvisioned { get; } = new(StringComparer.Ordinal);

        /// <summary>Invokes on demand.</summary>
        public int Running { get; set; }

        public bool Exists { get; set; }

        public int AllProvisioned => Provisioned.Values.Sum();

        public int All => Running + RunningProvisioned.Values.Sum();

        public int SetAside => Reserved ?? AllProvisioned;
    }
}

/// <summary>One unit of concurrency, and from what it was taken.</summary>
public readonly record struct ConcurrencyUnit(FunctionArn Version, ConcurrencyKind Kind);

/// <summary>What a unit of concurrency is taken from.</summary>
public enum ConcurrencyKind
{
    /// <summary>What the account's functions share.</summary>
    Unreserved,

    /// <summary>The function's own reserve.</summary>
    Reserved,

    /// <summary>The version's provisioned concurrency.</summary>
    Provisioned,
}

/// <summary>Why a request is throttled. Source: <c>ThrottleReason</c>, Lambda API Reference, TooManyRequestsException.</summary>
public static class ThrottleReason
{
    /// <summary>The account's unreserved concurrency is used up.</summary>
    public const string Concurrency = "ConcurrentInvocationLimitExceeded";

    /// <summary>The function's reserved concurrency is used up.</summary>
    public const string ReservedConcurrency = "ReservedFunctionConcurrentInvocationLimitExceeded";

    /// <summary>More than ten requests a second for each unit of concurrency.</summary>
    public const string FunctionRate = "FunctionInvocationRateLimitExceeded";

    /// <summary>The same, of a function with reserved concurrency.</summary>
    public const string ReservedRate = "ReservedFunctionInvocationRateLimitExceeded";
}
