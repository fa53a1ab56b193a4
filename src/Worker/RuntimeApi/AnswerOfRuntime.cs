using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>What a response and an error of an invocation have in common: both end it, in the order of checks of AWS's emulator.</summary>
internal static class AnswerOfRuntime
{
    internal static async Task HandleAsync(
        HttpContext context, RuntimeSession session, string requestId, RuntimeState to, TimeProvider clock, Func<Invocation, ValueTask<RuntimeAnswer>> read)
    {
        if (!session.IsCurrent(requestId)) // before the state is touched, which has no way back
        {
            await RuntimeApiAnswer.InvalidRequestIdAsync(context);
            return;
        }

        if (!session.TryBeginAnswer(to, out var from))
        {
            await RuntimeApiAnswer.ForbiddenAsync(context, from, to);
            return;
        }

        if (session.Running(requestId) is not { } invocation)
        {
            await RuntimeApiAnswer.InvalidRequestIdAsync(context);
            return;
        }

        RuntimeApiBody.AllowAnySize(context);
        try
        {
            var answer = await read(invocation);
            var done = session.Answered();
            var replying = answer.ReplyAsync(context);
            done?.EndHere(answer.End); // the caller has its answer before this returns
            await replying;
        }
        catch (TruncatedBodyException)
        {
            await BrokeOffAsync(session, invocation, clock);
        }
        catch (OperationCanceledException) when (invocation.HasEnded)
        {
            context.Abort(); // the event ended before its answer did: nobody listens to the rest
        }
    }

    private static async Task BrokeOffAsync(RuntimeSession session, Invocation invocation, TimeProvider clock)
    {
        session.BrokeOff(new InvocationEnd.Error(
            PlatformErrors.TruncatedResponse, PlatformErrors.Body(PlatformErrors.TruncatedResponse, invocation.Request.RequestId, "Response truncated")));
        try
        {
            await invocation.End.WaitAsync(AnswerRules.ExitGrace, clock);
        }
        catch (TimeoutException)
        {
            session.EndBroken();
        }
    }
}
