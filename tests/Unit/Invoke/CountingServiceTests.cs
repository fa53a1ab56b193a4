using Lambent.Contracts;
using Lambent.Invoke.Counting;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class CountingServiceTests
{
    private static readonly FunctionArn F = new("us-east-1", "000000000000", "f", "$LATEST");
    private readonly StandingClock clock = new();
    private readonly CountingService service;

    public CountingServiceTests() => service = new CountingService(2, clock);

    [Fact]
    public void A_lease_is_given_back_once_only()
    {
        var session = service.Join();
        var lease = session.TryTake(F).Lease!;
        session.TryTake(F);
        lease.Dispose();
        lease.Dispose();
        service.Running(F).ShouldBe(1);
    }

    [Fact]
    public void A_frontend_that_dies_gives_back_all_it_held()
    {
        var (living, dead) = (service.Join(), service.Join());
        living.TryTake(F);
        var lost = dead.TryTake(F).Lease!;
        clock.Now += CountingService.SessionLimit + TimeSpan.FromSeconds(1);
        living.Renew();

        service.EndSilentSessions().ShouldBe(1);

        service.Running(F).ShouldBe(1);
        lost.Dispose();
        service.Running(F).ShouldBe(1, "a lease that came back late is not given back twice");
    }

    [Fact]
    public void A_frontend_that_was_only_silent_goes_on()
    {
        var session = service.Join();
        clock.Now += CountingService.SessionLimit + TimeSpan.FromSeconds(1);
        service.EndSilentSessions();
        session.TryTake(F).Lease.ShouldNotBeNull();
        session.Dispose();
        service.Running(F).ShouldBe(0);
    }

    [Fact]
    public void Many_threads_leave_nothing_behind()
    {
        var many = new CountingService(2, TimeProvider.System);
        var session = many.Join();
        Parallel.For(0, 20_000, _ =>
        {
            using var lease = session.TryTake(F).Lease;
            many.Running(F).ShouldBeInRange(0, 2);
        });
        many.Running(F).ShouldBe(0);
    }

    private sealed class StandingClock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
