using Lambent.Contracts;

namespace Lambent.Invoke.EventInvoke;

/// <summary>
/// What becomes of an event before and after an attempt: a decider. Source: "Error handling for an asynchronous invocation", Lambda
/// Developer Guide: two retries, one minute before the first and two before the second; throttles and system errors are
/// retried for up to six hours, the wait growing from 1 second to 5 minutes.
/// </summary>
public static class RetryPolicy
{
    /// <summary>An event that is older is dropped, unless its function says less.</summary>
    public static readonly TimeSpan MaximumEventAge = TimeSpan.FromHours(6);

    private static readonly TimeSpan[] WaitBeforeRetry = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)];
    private static readonly TimeSpan FirstDeferral = TimeSpan.FromSeconds(1), LongestDeferral = TimeSpan.FromMinutes(5);

    /// <summary>
    /// An event that waited for too long, or whose function is switched off, is not run any more; null if this one may run. Source:
    /// "When you set reserved concurrency to zero for an asynchronously invoked function, Lambda begins sending new events to the
    /// configured dead-letter queue or the on-failure event destination, without any retries."
    /// </summary>
    /// <param name="queued">The event.</param>
    /// <param name="now">When it would run.</param>
    /// <param name="settings">What is set for the function; null: nothing.</param>
    /// <param name="isOff">Zero concurrency is reserved for the function.</param>
    public static EventFate? BeforeAttempt(QueuedEvent queued, DateTimeOffset now, EventInvokeSettings? settings, bool isOff = false) =>
        isOff ? new EventFate.GivenUp(EventFate.GivenUp.NoConcurrency)
        : now - queued.AcceptedAt > AgeAtMost(settings) ? new EventFate.GivenUp("EventAgeExceeded")
        : null;

    /// <summary>Decides after an attempt.</summary>
    /// <param name="queued">The event.</param>
    /// <param name="outcome">Of the attempt.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="settings">What is set for the function; null: nothing.</param>
    public static EventFate Decide(QueuedEvent queued, InvokeOutcome outcome, DateTimeOffset now, EventInvokeSettings? settings = null)
    {
        return outcome switch
        {
            InvokeOutcome.Succeeded => new EventFate.Done(),
            InvokeOutcome.FunctionError => queued.Attempts < Math.Min(settings?.MaximumRetryAttempts ?? int.MaxValue, WaitBeforeRetry.Length)
                ? Unless(queued with { Attempts = queued.Attempts + 1 }, now + WaitBeforeRetry[queued.Attempts])
                : new EventFate.GivenUp("RetriesExhausted"),
            _ => Unless(queued with { Deferrals = queued.Deferrals + 1 }, now + Deferral(queued.Deferrals)),
        };

        EventFate Unless(QueuedEvent next, DateTimeOffset due) =>
            due - queued.AcceptedAt > AgeAtMost(settings) ? new EventFate.GivenUp("EventAgeExceeded") : new EventFate.Again(next, due);
    }

    private static TimeSpan AgeAtMost(EventInvokeSettings? settings) =>
        settings?.MaximumEventAgeInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : MaximumEventAge;

    private static TimeSpan Deferral(int deferrals)
    {
        var doubled = FirstDeferral * Math.Pow(2, Math.Min(deferrals, 16));
        return doubled < LongestDeferral ? doubled : LongestDeferral;
    }
}

/// <summary>What becomes of an event.</summary>
public abstract record EventFate
{
    private EventFate()
    {
    }

    /// <summary>It ran well, and does not run again.</summary>
    public sealed record Done : EventFate;

    /// <summary>It runs again at <paramref name="Due"/>.</summary>
    public sealed record Again(QueuedEvent Event, DateTimeOffset Due) : EventFate;

    /// <summary>It does not run again, and did not run well.</summary>
    /// <param name="Condition">As AWS names it in a destination record: <c>RetriesExhausted</c>, <c>EventAgeExceeded</c>,
    /// <c>ZeroReservedConcurrency</c>; what AWS documents no name for is <c>FunctionDeleted</c> and <c>RecursiveInvocation</c>.</param>
    public sealed record GivenUp(string Condition) : EventFate
    {
        /// <summary>The function is switched off by a reserved concurrency of 0.</summary>
        public const string NoConcurrency = "ZeroReservedConcurrency";

        /// <summary>The function calls itself.</summary>
        public const string Recursion = "RecursiveInvocation";
    }
}
