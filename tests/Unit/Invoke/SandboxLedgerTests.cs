using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class SandboxLedgerTests
{
    private static readonly VersionKey V1 = new("arn:f:$LATEST", "1"), V2 = new("arn:f:$LATEST", "2"), Other = new("arn:g:$LATEST", "1");
    private readonly SandboxLedger ledger = new();

    [Fact]
    public void An_empty_ledger_has_nothing_to_give()
    {
        ledger.TryTake(V1, At(0)).ShouldBeNull();
        ledger.TakeLeastRecentlyUsed().ShouldBeNull();
        ledger.GiveBack(new SandboxId("s"), At(0)).ShouldBeNull();
        ledger.Died(new SandboxId("s"));
        ledger.StopWaiting(V1, new SandboxWaiter());
        ledger.Count.ShouldBe(0);
    }

    [Fact]
    public void A_sandbox_serves_its_own_version_only()
    {
        var sandbox = Idle("s", V1, 0);
        ledger.TryTake(V2, At(0)).ShouldBeNull();
        ledger.TryTake(Other, At(0)).ShouldBeNull();
        ledger.TryTake(V1, At(0)).ShouldBe(sandbox);
        ledger.TryTake(V1, At(0)).ShouldBeNull();
    }

    [Fact]
    public void The_most_recently_used_is_taken_first()
    {
        var (a, b) = (Idle("a", V1, 0), Idle("b", V1, 1));
        ledger.TryTake(V1, At(0)).ShouldBe(b);
        ledger.TryTake(V1, At(0)).ShouldBe(a);
        ledger.GiveBack(b.Id, At(2));
        ledger.GiveBack(a.Id, At(3));
        ledger.TryTake(V1, At(0)).ShouldBe(a);
    }

    [Fact]
    public void Provisioned_sandboxes_that_are_too_many_end_idle_ones_first()
    {
        foreach (var id in (string[])["a", "b", "c"])
        {
            ledger.Provisioned(V1, Ref(id), At(0)).ShouldBeNull();
        }

        var busy = ledger.TryTake(V1, At(1))!;
        ledger.TakeProvisioned(V1, 2).ShouldNotContain(busy);
        (ledger.Count, ledger.CountProvisioned(V1)).ShouldBe((1, 1));
        ledger.TakeProvisioned(V1, 1).ShouldBeEmpty();
        (ledger.CountProvisioned(V1), ledger.IsStale(busy.Id)).ShouldBe((0, true));
    }

    [Fact]
    public void Each_waiting_invoke_asks_for_one_start()
    {
        ledger.Wait(V1, new SandboxWaiter()).ShouldBeTrue();
        ledger.Wait(V1, new SandboxWaiter()).ShouldBeTrue();
        ledger.Wait(V2, new SandboxWaiter()).ShouldBeTrue();
    }

    [Fact]
    public void A_start_that_nobody_waits_for_any_more_serves_the_next_invoke()
    {
        SandboxWaiter gone = new(), next = new();
        ledger.Wait(V1, gone).ShouldBeTrue();
        ledger.StopWaiting(V1, gone);
        ledger.Wait(V1, next).ShouldBeFalse();
        ledger.Started(V1, Ref("s"), At(0)).ShouldBe(next);
    }

    [Fact]
    public void Late_binding_gives_a_freed_sandbox_before_the_own_start()
    {
        var warm = Taken("warm", V1);
        SandboxWaiter waiter = new();
        ledger.Wait(V1, waiter).ShouldBeTrue();
        ledger.GiveBack(warm.Id, At(1)).ShouldBe(waiter);
        ledger.ConfirmStart(V1).ShouldBeFalse();
        ledger.TryTake(V1, At(0)).ShouldBeNull();
        ledger.Count.ShouldBe(1);
    }

    [Fact]
    public void A_start_too_late_to_be_taken_back_becomes_idle()
    {
        var warm = Taken("warm", V1);
        SandboxWaiter waiter = new();
        ledger.Wait(V1, waiter);
        ledger.ConfirmStart(V1).ShouldBeTrue();
        ledger.GiveBack(warm.Id, At(1)).ShouldBe(waiter);
        ledger.Started(V1, Ref("new"), At(2)).ShouldBeNull();
        ledger.TryTake(V1, At(0)).ShouldBe(Ref("new"));
    }

    [Fact]
    public void Of_two_starts_for_one_waiter_exactly_one_is_confirmed()
    {
        var warm = Taken("warm", V1);
        SandboxWaiter first = new(), second = new();
        ledger.Wait(V1, first);
        ledger.Wait(V1, second);
        ledger.GiveBack(warm.Id, At(1)).ShouldBe(first);
        ledger.ConfirmStart(V1).ShouldBeFalse();
        ledger.ConfirmStart(V1).ShouldBeTrue();
        ledger.Started(V1, Ref("new"), At(2)).ShouldBe(second);
    }

    [Fact]
    public void Waiters_are_served_in_their_order()
    {
        SandboxWaiter first = new(), second = new(), third = new();
        ledger.Wait(V1, first);
        ledger.Wait(V1, second);
        ledger.Wait(V1, third);
        ledger.Started(V1, Ref("a"), At(0)).ShouldBe(first);
        ledger.StartFailed(V1).ShouldBe(second);
        ledger.GiveBack(Ref("a").Id, At(1)).ShouldBe(third);
        ledger.StartFailed(V1).ShouldBeNull();
    }

    [Fact]
    public void One_who_stopped_waiting_gets_nothing()
    {
        SandboxWaiter gone = new(), stays = new();
        ledger.Wait(V1, gone);
        ledger.Wait(V1, stays);
        ledger.StopWaiting(V1, gone);
        ledger.StopWaiting(V1, gone);
        ledger.Started(V1, Ref("s"), At(0)).ShouldBe(stays);
    }

    [Fact]
    public void A_sandbox_given_back_after_its_death_stays_dead()
    {
        var sandbox = Taken("s", V1);
        SandboxWaiter waiter = new();
        ledger.Wait(V1, waiter);
        ledger.Died(sandbox.Id);
        ledger.GiveBack(sandbox.Id, At(1)).ShouldBeNull();
        ledger.TryTake(V1, At(0)).ShouldBeNull();
        ledger.Count.ShouldBe(0);
        ledger.Started(V1, Ref("new"), At(2)).ShouldBe(waiter);
    }

    [Fact]
    public void An_idle_sandbox_that_died_is_not_taken()
    {
        var sandbox = Idle("s", V1, 0);
        ledger.Died(sandbox.Id);
        ledger.Died(sandbox.Id);
        ledger.TryTake(V1, At(0)).ShouldBeNull();
        ledger.TakeIdleSince(DateTimeOffset.MaxValue).ShouldBeEmpty();
    }

    [Fact]
    public void Giving_back_twice_does_not_make_two_of_one()
    {
        var sandbox = Taken("s", V1);
        ledger.GiveBack(sandbox.Id, At(0));
        ledger.GiveBack(sandbox.Id, At(1)).ShouldBeNull();
        ledger.TryTake(V1, At(0)).ShouldBe(sandbox);
        ledger.TryTake(V1, At(0)).ShouldBeNull();
    }

    [Fact]
    public void Expiry_takes_what_is_idle_since_the_limit_and_no_more()
    {
        var (a, b) = (Idle("a", V1, 0), Idle("b", Other, 1));
        Idle("c", V1, 2);
        Taken("busy", V2);
        ledger.TakeIdleSince(At(1)).ShouldBe([a, b]);
        ledger.Count.ShouldBe(2);
        ledger.TakeIdleSince(At(1)).ShouldBeEmpty();
    }

    [Fact]
    public void Eviction_takes_the_one_idle_for_longest_of_any_version()
    {
        var (newer, older) = (Idle("newer", V1, 5), Idle("older", Other, 1));
        ledger.TakeLeastRecentlyUsed().ShouldBe(older);
        ledger.TakeLeastRecentlyUsed().ShouldBe(newer);
        ledger.TakeLeastRecentlyUsed().ShouldBeNull();
    }

    [Fact]
    public void A_drain_takes_idle_sandboxes_of_other_revisions_of_that_function()
    {
        var old = Idle("old", V1, 0);
        var current = Idle("current", V2, 1);
        var other = Idle("other", Other, 2);
        ledger.TakeStale(V2.FunctionArn, V2.Revision).ShouldBe([old]);
        ledger.TryTake(V2, At(0)).ShouldBe(current);
        ledger.TryTake(Other, At(0)).ShouldBe(other);
        ledger.GiveBack(current.Id, At(3));
        ledger.TakeStale(V2.FunctionArn, null).ShouldBe([current]);
    }

    [Fact]
    public async Task A_waiter_takes_its_first_grant_and_no_other()
    {
        SandboxWaiter waiter = new();
        waiter.Granted.IsCompleted.ShouldBeFalse();
        waiter.Grant(new SandboxGrant.Given(Ref("a")));
        waiter.Grant(new SandboxGrant.Given(Ref("b")));
        (await waiter.Granted).ShouldBe(new SandboxGrant.Given(Ref("a")));
    }

    private static SandboxRef Ref(string id) => new(new SandboxId(id), new WorkerId("w"));

    private static DateTimeOffset At(int second) => Samples.Noon.AddSeconds(second);

    private SandboxRef Idle(string id, VersionKey version, int second)
    {
        var sandbox = Taken(id, version);
        ledger.GiveBack(sandbox.Id, At(second)).ShouldBeNull();
        return sandbox;
    }

    private SandboxRef Taken(string id, VersionKey version)
    {
        SandboxWaiter waiter = new();
        ledger.Wait(version, waiter).ShouldBeTrue();
        ledger.Started(version, Ref(id), At(0)).ShouldBe(waiter);
        return Ref(id);
    }
}
