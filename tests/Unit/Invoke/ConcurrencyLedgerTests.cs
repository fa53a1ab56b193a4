using System.Collections.Immutable;
using Lambent.Contracts;
using Lambent.Invoke.Counting;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class ConcurrencyLedgerTests
{
    private static readonly FunctionArn F = Arn("f"), G = Arn("g");
    private readonly ConcurrencyLedger ledger = new(200);

    [Fact]
    public void The_account_s_limit_is_reached_and_not_passed()
    {
        Take(F, 120).ShouldAllBe(t => t.Reason == null);
        Take(G, 80).ShouldAllBe(t => t.Reason == null);
        Take(G, 1).Single().Reason.ShouldBe("ConcurrentInvocationLimitExceeded");
        ledger.Running("000000000000").ShouldBe(200);
    }

    [Fact]
    public void Accounts_do_not_share()
    {
        Take(F, 200);
        Take(F with { Account = "000000000001" }, 1).Single().Reason.ShouldBeNull();
    }

    [Fact]
    public void What_is_reserved_is_the_function_s_alone_and_its_limit()
    {
        Configure(F, reserved: 60);
        Take(F, 60).ShouldAllBe(t => t.Unit!.Value.Kind == ConcurrencyKind.Reserved);
        Take(F, 1).Single().Reason.ShouldBe("ReservedFunctionConcurrentInvocationLimitExceeded");
        Take(G, 140).ShouldAllBe(t => t.Reason == null);
        Take(G, 1).Single().Reason.ShouldBe("ConcurrentInvocationLimitExceeded");
        (ledger.Running("000000000000"), ledger.RunningUnreserved("000000000000")).ShouldBe((200, 140));
    }

    [Fact]
    public void Zero_reserved_switches_a_function_off()
    {
        Configure(F, reserved: 0);
        Take(F, 1).Single().Reason.ShouldBe("ReservedFunctionConcurrentInvocationLimitExceeded");
    }

    [Fact]
    public void Provisioned_concurrency_comes_first_and_spills_over()
    {
        Configure(F, provisioned: ("1", 3));
        var one = F with { Qualifier = "1" };
        Take(one, 3).ShouldAllBe(t => t.Unit!.Value.Kind == ConcurrencyKind.Provisioned);
        Take(one, 1).Single().Unit!.Value.Kind.ShouldBe(ConcurrencyKind.Unreserved);
        Take(G, 196).ShouldAllBe(t => t.Reason == null);
        Take(G, 1).Single().Reason.ShouldBe("ConcurrentInvocationLimitExceeded", "three of the 200 are set aside");
    }

    [Fact]
    public void Provisioned_concurrency_is_a_part_of_what_is_reserved()
    {
        Configure(F, reserved: 5, provisioned: ("1", 3));
        Take(F, 2).ShouldAllBe(t => t.Unit!.Value.Kind == ConcurrencyKind.Reserved);
        Take(F, 1).Single().Reason.ShouldBe("ReservedFunctionConcurrentInvocationLimitExceeded");
        Take(F with { Qualifier = "1" }, 3).ShouldAllBe(t => t.Unit!.Value.Kind == ConcurrencyKind.Provisioned);
    }

    [Fact]
    public void Ten_requests_a_second_for_each_unit_and_the_next_second_again()
    {
        Configure(F, reserved: 2);
        for (var i = 0; i < 20; i++)
        {
            ledger.GiveBack(ledger.TryTake(F, At(0)).Unit!.Value);
        }

        ledger.TryTake(F, At(0)).Reason.ShouldBe("ReservedFunctionInvocationRateLimitExceeded");
        ledger.TryTake(F, At(0.5)).Reason.ShouldBeNull();
    }

    [Fact]
    public void A_thousand_environments_at_once_then_a_hundred_a_second_and_nothing_saved_up()
    {
        Enumerable.Range(0, 1000).ShouldAllBe(_ => ledger.TryScale(F, At(0)));
        ledger.TryScale(F, At(0)).ShouldBeFalse();
        Enumerable.Range(0, 200).ShouldAllBe(_ => ledger.TryScale(F, At(2)));
        ledger.TryScale(F, At(2)).ShouldBeFalse();
        Enumerable.Range(0, 1000).ShouldAllBe(_ => ledger.TryScale(F, At(3600)));
        ledger.TryScale(F, At(3600)).ShouldBeFalse();
        ledger.TryScale(G, At(0)).ShouldBeTrue();
    }

    [Fact]
    public void A_deleted_function_leaves_nothing_but_what_still_runs()
    {
        Configure(F, reserved: 10);
        var unit = ledger.TryTake(F, At(0)).Unit!.Value;
        ledger.Configure(F, null);
        ledger.Running(F).ShouldBe(1);
        ledger.GiveBack(unit);
        ledger.Running("000000000000").ShouldBe(0);
        Take(G, 200).ShouldAllBe(t => t.Reason == null);
    }

    private List<(ConcurrencyUnit? Unit, string? Reason)> Take(FunctionArn version, int count) =>
        [.. Enumerable.Range(0, count).Select(i => ledger.TryTake(version, At(i)))];

    private void Configure(FunctionArn function, int? reserved = null, params (string Version, int Count)[] provisioned) =>
        ledger.Configure(function, new FunctionEntry
        {
            Arn = function,
            ReservedConcurrency = reserved,
            ProvisionedConcurrency = provisioned.ToImmutableDictionary(p => p.Version, p => p.Count),
        });

    private static FunctionArn Arn(string name) => new("us-east-1", "000000000000", name, "$LATEST");

    private static DateTimeOffset At(double second) => DateTimeOffset.UnixEpoch.AddDays(1).AddSeconds(second);
}
