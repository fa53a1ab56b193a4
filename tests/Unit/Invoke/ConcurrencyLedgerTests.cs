using Lambent.Invoke.Counting;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class ConcurrencyLedgerTests
{
    private readonly ConcurrencyLedger ledger = new(2);

    [Fact]
    public void The_limit_is_reached_and_not_passed()
    {
        ledger.TryTake("a").ShouldNotBeNull();
        ledger.TryTake("a").ShouldNotBeNull();
        ledger.TryTake("a").ShouldBeNull();
        ledger.Running("a").ShouldBe(2);
    }

    [Fact]
    public void Accounts_do_not_share()
    {
        ledger.TryTake("a");
        ledger.TryTake("a");
        ledger.TryTake("b").ShouldNotBeNull();
        ledger.Running("b").ShouldBe(1);
    }

    [Fact]
    public void A_lease_is_given_back_once_only()
    {
        var lease = ledger.TryTake("a")!;
        ledger.TryTake("a");
        lease.Dispose();
        lease.Dispose();
        ledger.Running("a").ShouldBe(1);
        ledger.TryTake("a").ShouldNotBeNull();
        ledger.TryTake("a").ShouldBeNull();
    }

    [Fact]
    public void Many_threads_leave_nothing_behind()
    {
        var most = 0;
        Parallel.For(0, 20_000, _ =>
        {
            using var lease = ledger.TryTake("a");
            InterlockedMax(ref most, ledger.Running("a"));
        });
        most.ShouldBeInRange(1, 2);
        ledger.Running("a").ShouldBe(0);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
