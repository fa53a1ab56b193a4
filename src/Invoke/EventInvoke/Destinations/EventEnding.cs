using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Lambent.Contracts;

namespace Lambent.Invoke.EventInvoke.Destinations;

/// <summary>
/// How an event ended, and who has yet to hear of it: durable beside the event, so that it never runs again for the sake of a
/// delivery that a crash interrupted.
/// </summary>
/// <param name="Condition"><c>Success</c>, or why the event was given up.</param>
/// <param name="At">When it ended.</param>
/// <param name="Runs">Times that the function has run.</param>
/// <param name="Status">Of the last attempt, as Invoke would have answered it: 200, 429, 500…</param>
/// <param name="ExecutedVersion">The version that ran; null if none did at the last attempt.</param>
/// <param name="IsFunctionError">True if it ran and failed.</param>
/// <param name="TraceId">What the function was handed: a function that hears of the ending continues the chain.</param>
/// <param name="Targets">Who has not heard of it yet.</param>
/// <param name="Tries">Failed rounds of delivery.</param>
public sealed record EventEnding(
    string Condition, DateTimeOffset At, int Runs, int Status, string? ExecutedVersion, bool IsFunctionError, string TraceId,
    ImmutableArray<DeliveryTarget> Targets, int Tries = 0)
{
    /// <summary>The condition of an event that ran well.</summary>
    public const string Success = "Success";

    /// <summary>What the function answered; empty if it did not run.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Response { get; init; }

    /// <summary>The ending of an event that leaves the queue.</summary>
    /// <param name="queued">The event.</param>
    /// <param name="attempt">What was the last of it.</param>
    /// <param name="function">Its function; null if that is no more.</param>
    /// <param name="now">The time.</param>
    public static EventEnding Of(QueuedEvent queued, EventAttempt attempt, FunctionEntry? function, DateTimeOffset now)
    {
        var condition = (attempt.Fate as EventFate.GivenUp)?.Condition ?? Success;
        var ran = attempt.Outcome is InvokeOutcome.Succeeded or InvokeOutcome.FunctionError;
        return new EventEnding(
            condition, now, queued.Attempts + (ran ? 1 : 0), StatusOf(condition, attempt.Outcome), ran ? attempt.Function!.Arn.Qualifier : null,
            attempt.Outcome is InvokeOutcome.FunctionError, attempt.TraceId ?? queued.TraceId, TargetsOf(queued, condition, attempt.Function, function))
        {
            Response = attempt.Outcome switch
            {
                InvokeOutcome.Succeeded succeeded => succeeded.Payload,
                InvokeOutcome.FunctionError error => error.Payload,
                _ => default,
            },
        };
    }

    private static int StatusOf(string condition, InvokeOutcome? outcome) => outcome switch
    {
        InvokeOutcome.Succeeded or InvokeOutcome.FunctionError => 200,
        InvokeOutcome.ServiceFault => 500,
        _ when condition == EventFate.GivenUp.Recursion => 400,
        _ => 429, // it never got its turn
    };

    private static ImmutableArray<DeliveryTarget> TargetsOf(QueuedEvent queued, string condition, FunctionSnapshot? version, FunctionEntry? function)
    {
        var settings = function?.EventInvokeOf(queued.FunctionArn.Qualifier);
        var isSuccess = condition == Success;
        var destination = isSuccess ? settings?.OnSuccess : settings?.OnFailure;
        var deadLetters = isSuccess ? null : (version ?? function?.Resolve(queued.FunctionArn.Qualifier, draw: 1))?.DeadLetterTarget;
        return
        [
            .. destination is null ? (ReadOnlySpan<DeliveryTarget>)[] : [new DeliveryTarget(destination, IsDeadLetter: false)],
            .. deadLetters is null ? (ReadOnlySpan<DeliveryTarget>)[] : [new DeliveryTarget(deadLetters, IsDeadLetter: true)],
        ];
    }
}

/// <summary>Who hears of an ending.</summary>
/// <param name="Arn">Of a queue, a topic, a function, an event bus or a bucket.</param>
/// <param name="IsDeadLetter">True for a dead-letter queue or topic, which gets the event itself; false for a destination, which gets a record of it.</param>
public sealed record DeliveryTarget(string Arn, bool IsDeadLetter);

/// <summary>The last that was done with an event, and what is to become of it.</summary>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Function">The version that was to run it; null if it did not come so far.</param>
/// <param name="Outcome">Of its run; null if there was none.</param>
/// <param name="TraceId">What the function was handed.</param>
public sealed record EventAttempt(EventFate Fate, FunctionSnapshot? Function = null, InvokeOutcome? Outcome = null, string? TraceId = null);

[JsonSerializable(typeof(EventEnding))]
internal sealed partial class EndingJson : JsonSerializerContext;
