using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Queue;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class EventTests
{
    private static readonly InvokeOutcome
        Succeeded = new InvokeOutcome.Succeeded(default), Failed = new InvokeOutcome.FunctionError("Runtime.ExitError", default),
        Throttled = new InvokeOutcome.Throttled("ConcurrentInvocationLimitExceeded"), Fault = new InvokeOutcome.ServiceFault(InvokeStage.Place, "");

    [Fact]
    public void Success_ends_it() => RetryPolicy.Decide(Event(attempts: 2, deferrals: 9), Succeeded, Samples.Noon).ShouldBe(new EventFate.Done());

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 120)]
    public void A_function_error_is_retried_after_one_and_two_minutes(int attempts, int seconds)
    {
        var queued = Event(attempts, deferrals: 3);
        RetryPolicy.Decide(queued, Failed, Samples.Noon)
            .ShouldBe(new EventFate.Again(queued with { Attempts = attempts + 1 }, Samples.Noon.AddSeconds(seconds)));
    }

    [Fact]
    public void The_third_error_is_the_last() =>
        RetryPolicy.Decide(Event(attempts: 2), Failed, Samples.Noon).ShouldBe(new EventFate.GivenUp("RetriesExhausted"));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(8, 256)]
    [InlineData(9, 300)]
    [InlineData(60, 300)]
    [InlineData(2_000_000, 300)]
    public void What_Lambent_could_not_run_is_put_off_for_longer_each_time(int deferrals, int seconds)
    {
        var queued = Event(attempts: 2, deferrals: deferrals);
        foreach (var outcome in new[] { Throttled, Fault })
        {
            RetryPolicy.Decide(queued, outcome, Samples.Noon)
                .ShouldBe(new EventFate.Again(queued with { Deferrals = deferrals + 1 }, Samples.Noon.AddSeconds(seconds)));
        }
    }

    [Fact]
    public void Nothing_is_due_after_six_hours()
    {
        var queued = Event();
        var last = queued.AcceptedAt.AddHours(6);
        RetryPolicy.Decide(queued, Failed, last.AddMinutes(-1)).ShouldBeOfType<EventFate.Again>().Due.ShouldBe(last);
        RetryPolicy.Decide(queued, Failed, last.AddMinutes(-1).AddTicks(1)).ShouldBe(new EventFate.GivenUp("EventAgeExceeded"));
        RetryPolicy.Decide(queued, Throttled, last).ShouldBe(new EventFate.GivenUp("EventAgeExceeded"));
        RetryPolicy.Decide(queued, Succeeded, last.AddDays(1)).ShouldBe(new EventFate.Done());
    }

    [Fact]
    public void A_function_may_allow_fewer_retries()
    {
        RetryPolicy.Decide(Event(), Failed, Samples.Noon, Settings(retries: 0)).ShouldBe(new EventFate.GivenUp("RetriesExhausted"));
        RetryPolicy.Decide(Event(), Failed, Samples.Noon, Settings(retries: 1)).ShouldBeOfType<EventFate.Again>();
        RetryPolicy.Decide(Event(attempts: 1), Failed, Samples.Noon, Settings(retries: 1)).ShouldBe(new EventFate.GivenUp("RetriesExhausted"));
        RetryPolicy.Decide(Event(attempts: 1), Failed, Samples.Noon, Settings(age: 21_600)).ShouldBeOfType<EventFate.Again>();
        RetryPolicy.Decide(Event(attempts: 1), Throttled, Samples.Noon, Settings(retries: 0)).ShouldBeOfType<EventFate.Again>();
    }

    [Fact]
    public void A_function_may_allow_less_age_before_and_between_attempts()
    {
        RetryPolicy.Decide(Event(), Failed, Samples.Noon, Settings(age: 60)).ShouldBeOfType<EventFate.Again>();
        RetryPolicy.Decide(Event(), Failed, Samples.Noon.AddTicks(1), Settings(age: 60)).ShouldBe(new EventFate.GivenUp("EventAgeExceeded"));
        RetryPolicy.BeforeAttempt(Event(), Samples.Noon.AddSeconds(60), Settings(age: 60)).ShouldBeNull();
        RetryPolicy.BeforeAttempt(Event(), Samples.Noon.AddSeconds(60).AddTicks(1), Settings(age: 60)).ShouldBe(new EventFate.GivenUp("EventAgeExceeded"));
        RetryPolicy.BeforeAttempt(Event(), Samples.Noon.AddHours(6), null).ShouldBeNull();
        RetryPolicy.BeforeAttempt(Event(), Samples.Noon.AddHours(6).AddTicks(1), null).ShouldBe(new EventFate.GivenUp("EventAgeExceeded"));
    }

    [Fact]
    public void The_schedule_gives_what_is_due_in_the_order_of_time()
    {
        EventSchedule schedule = new();
        schedule.NextDue.ShouldBeNull();
        schedule.TryTake(DateTimeOffset.MaxValue).ShouldBeNull();
        schedule.Add("late", Samples.Noon.AddSeconds(2));
        schedule.Add("early", Samples.Noon);
        schedule.Add("middle", Samples.Noon.AddSeconds(1).ToOffset(TimeSpan.FromHours(9)));

        schedule.NextDue.ShouldBe(Samples.Noon);
        schedule.TryTake(Samples.Noon.AddTicks(-1)).ShouldBeNull();
        schedule.TryTake(Samples.Noon).ShouldBe("early");
        schedule.TryTake(Samples.Noon).ShouldBeNull();
        schedule.NextDue.ShouldBe(Samples.Noon.AddSeconds(1));
        schedule.TryTake(Samples.Noon.AddDays(1)).ShouldBe("middle");
        schedule.Count.ShouldBe(1);
        schedule.TryTake(Samples.Noon.AddDays(1)).ShouldBe("late");
        schedule.Count.ShouldBe(0);
    }

    private static EventInvokeSettings Settings(int? retries = null, int? age = null) => new(retries, age, null, null);

    private static QueuedEvent Event(int attempts = 0, int deferrals = 0) =>
        new("id", Samples.Arn, default, null, "", Samples.Noon, attempts, deferrals);
}
