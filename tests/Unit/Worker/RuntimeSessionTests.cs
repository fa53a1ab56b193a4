using Lambent.Invoke.Tests;
using Lambent.Worker.Drivers;
using Lambent.Worker.SandboxLife;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>The table of AWS's Runtime Interface Emulator, <c>core/states.go</c>: what it does not name is forbidden.</summary>
public sealed class RuntimeSessionTests
{
    private static readonly RuntimeState[] Answers =
        [RuntimeState.InitError, RuntimeState.InvocationResponse, RuntimeState.InvocationErrorResponse];

    private readonly RuntimeSession session = new(TimeProvider.System);

    [Fact]
    public void Before_anything_only_an_init_error_is_allowed()
    {
        Refused(RuntimeState.InvocationResponse, from: RuntimeState.Started);
        Refused(RuntimeState.InvocationErrorResponse, from: RuntimeState.Started);
        session.TryBeginAnswer(RuntimeState.InitError, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task After_an_init_error_nothing_is_allowed()
    {
        session.TryBeginAnswer(RuntimeState.InitError, out _);
        session.InitFailed("Runtime.ImportModuleError", new byte[] { 1 });
        RefusesAll(RuntimeState.InitError);
        (await session.NextAsync(default)).ShouldBeNull();
        (await session.Init).ShouldBeOfType<InitEnd.Failed>().Type.ShouldBe("Runtime.ImportModuleError");
    }

    [Fact]
    public async Task A_ready_runtime_may_only_wait()
    {
        using var gone = new CancellationTokenSource();
        var next = session.NextAsync(gone.Token).AsTask();
        (await session.Init).ShouldBeOfType<InitEnd.Ready>();
        RefusesAll(RuntimeState.Ready);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(next);
        RefusesAll(RuntimeState.Ready);
        session.Offer(NewInvocation("a"));
        (await session.NextAsync(default))!.Request.RequestId.ShouldBe("a");
    }

    [Fact]
    public async Task What_a_runtime_said_before_it_ended_still_counts()
    {
        var answered = NewInvocation("a");
        session.Offer(answered);
        await session.NextAsync(default);
        session.Ending(new InvocationEnd.Exited(new ProcessExit(3, 0)));
        answered.HasEnded.ShouldBeFalse();
        session.TryBeginAnswer(RuntimeState.InvocationResponse, out _).ShouldBeTrue();
        session.Answered()!.EndHere(new InvocationEnd.Response(new byte[] { 1 }));
        session.Over(new InvocationEnd.Exited(new ProcessExit(3, 0)));

        (await answered.End).ShouldBeOfType<InvocationEnd.Response>();
    }

    [Fact]
    public async Task The_end_of_a_runtime_says_why_its_answer_broke_off_and_it_gets_no_event_any_more()
    {
        var broken = NewInvocation("a");
        session.Offer(broken);
        await session.NextAsync(default);
        session.TryBeginAnswer(RuntimeState.InvocationResponse, out _);
        session.Ending(new InvocationEnd.Exited(new ProcessExit(3, 0)));
        session.BrokeOff(new InvocationEnd.Error("Runtime.TruncatedResponse", default));
        (await broken.End).ShouldBeOfType<InvocationEnd.Exited>();

        var never = NewInvocation("b");
        session.Offer(never);
        (await session.NextAsync(default)).ShouldBeNull();
        (await never.End).ShouldBeOfType<InvocationEnd.Exited>();
        session.TryWithdraw(never).ShouldBeTrue();
    }

    [Fact]
    public async Task A_runtime_whose_event_was_withdrawn_waits_for_the_next()
    {
        var withdrawn = NewInvocation("a");
        session.Offer(withdrawn);
        session.TryWithdraw(withdrawn).ShouldBeTrue();
        using var gone = new CancellationTokenSource();

        var next = session.NextAsync(gone.Token).AsTask();

        next.IsCompleted.ShouldBeFalse();
        session.Offer(NewInvocation("b"));
        (await next)!.Request.RequestId.ShouldBe("b");
    }

    [Fact]
    public async Task Asking_again_without_an_answer_gives_the_same_event_again()
    {
        var invocation = await RunningAsync("a");
        (await session.NextAsync(default)).ShouldBe(invocation);
        session.Running("a").ShouldBe(invocation);
        session.Running("b").ShouldBeNull();
        invocation.DeliveredAt.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_running_runtime_may_not_report_an_init_error()
    {
        await RunningAsync("a");
        Refused(RuntimeState.InitError, from: RuntimeState.Running);
        session.TryBeginAnswer(RuntimeState.InvocationResponse, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData((int)RuntimeState.InvocationResponse)]
    [InlineData((int)RuntimeState.InvocationErrorResponse)]
    public async Task While_an_answer_is_sent_and_after_it_a_second_is_forbidden(int answer)
    {
        var invocation = await RunningAsync("a");
        session.TryBeginAnswer((RuntimeState)answer, out _).ShouldBeTrue();
        RefusesAll((RuntimeState)answer);
        (await session.NextAsync(default)).ShouldBeNull();

        session.Answered()!.EndHere(new InvocationEnd.Response(default));
        (await invocation.End).ShouldBeOfType<InvocationEnd.Response>();
        RefusesAll(RuntimeState.RuntimeResponseSentState);
        session.IsCurrent("a").ShouldBeTrue("a second answer to it is one too many, not one to an unknown event");

        (await RunningAsync("b")).Request.RequestId.ShouldBe("b");
    }

    [Fact]
    public async Task An_event_offered_first_is_there_at_the_first_question()
    {
        session.Offer(NewInvocation("a"));
        session.Running("a").ShouldBeNull();
        session.IsCurrent("a").ShouldBeFalse();
        (await session.NextAsync(default))!.Request.RequestId.ShouldBe("a");
    }

    [Fact]
    public async Task When_the_runtime_ends_everything_that_waits_for_it_does_too()
    {
        var invocation = await RunningAsync("a");
        session.Over(new InvocationEnd.Exited(new ProcessExit(1, 0)));
        (await invocation.End).ShouldBe(new InvocationEnd.Exited(new ProcessExit(1, 0)));

        var late = NewInvocation("b");
        session.Offer(late);
        (await late.End).ShouldBe(new InvocationEnd.Exited(new ProcessExit(1, 0)));
        late.DeliveredAt.ShouldBe(0);
    }

    [Fact]
    public async Task A_runtime_that_ends_before_its_first_question_fails_Init()
    {
        session.Over(new InvocationEnd.Exited(new ProcessExit(0, 9)));
        session.Over(new InvocationEnd.Gone());
        (await session.Init).ShouldBe(new InitEnd.Exited(new ProcessExit(0, 9)));
        new ProcessExit(0, 9).ToString().ShouldBe("signal: killed");
    }

    private async Task<Invocation> RunningAsync(string id)
    {
        session.Offer(NewInvocation(id));
        return (await session.NextAsync(default)).ShouldNotBeNull();
    }

    private static Invocation NewInvocation(string id) => new(Samples.Request(id: id));

    private void RefusesAll(RuntimeState from)
    {
        foreach (var answer in Answers)
        {
            Refused(answer, from);
        }
    }

    private void Refused(RuntimeState to, RuntimeState from)
    {
        session.TryBeginAnswer(to, out var was).ShouldBeFalse($"{from} to {to}");
        was.ShouldBe(from);
    }
}
