using System.Collections.Immutable;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Microsoft.Extensions.Logging;

namespace Lambent.Invoke.EventInvoke.Destinations;

/// <summary>
/// What follows when an event will not run again: whoever is to hear of it does, and then it leaves the queue. What is yet to be
/// delivered is durable before the first try, so a crash costs at most a second copy.
/// </summary>
/// <param name="queue">Where the event waits until all have heard of it.</param>
/// <param name="catalog">The functions, with their destinations.</param>
/// <param name="deliver">Brings it to one of them.</param>
/// <param name="telemetry">Hears of failures.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">For what operators must know.</param>
internal sealed partial class EventDeliveries(
    EventQueue queue, FunctionCatalog catalog, Deliver deliver, RoadTelemetry telemetry, TimeProvider clock, ILogger<EventPoller> logger)
{
    /// <summary>Rounds under way at once: a quarter of what the poller has, so that a target that hangs keeps no event from running.</summary>
    private const int AtOnce = 32;

    private static readonly TimeSpan WhileBusy = TimeSpan.FromSeconds(1);

    private int underWay;

    /// <summary>The event has ended with this attempt.</summary>
    public async Task EndAsync(QueuedEvent queued, EventAttempt last)
    {
        var ending = EventEnding.Of(queued, last, catalog.Find(queued.FunctionArn), clock.GetUtcNow());
        if (ending.Targets.IsEmpty)
        {
            await queue.RemoveAsync(queued);
            return;
        }

        var ended = queued with { Ending = ending };
        await queue.KeepAsync(ended);
        await ContinueAsync(ended);
    }

    /// <summary>One round of delivery, and what comes after it; later, if too many are under way.</summary>
    public async Task ContinueAsync(QueuedEvent ended)
    {
        try
        {
            if (Interlocked.Increment(ref underWay) > AtOnce)
            {
                queue.TakeAgain(ended, clock.GetUtcNow() + WhileBusy);
            }
            else
            {
                await DeliverAsync(ended);
            }
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private async Task DeliverAsync(QueuedEvent ended)
    {
        var ending = ended.Ending!;
        var wait = DeliveryPolicy.WaitAfter(ending.Tries + 1);
        var left = ImmutableArray.CreateBuilder<DeliveryTarget>();
        foreach (var target in ending.Targets)
        {
            if (await TryAsync(ended, target, isLast: wait is null))
            {
                left.Add(target);
            }
        }

        if (left.Count == 0)
        {
            await queue.RemoveAsync(ended);
        }
        else
        {
            await queue.PutOffAsync(
                ended with { Ending = ending with { Targets = left.ToImmutable(), Tries = ending.Tries + 1 } }, clock.GetUtcNow() + wait!.Value);
        }
    }

    /// <summary>True if it is to be tried again.</summary>
    private async Task<bool> TryAsync(QueuedEvent ended, DeliveryTarget target, bool isLast)
    {
        var outcome = await deliver(ended, target);
        var reason = (outcome as DeliveryOutcome.Refused)?.Reason ?? (outcome as DeliveryOutcome.Unavailable)?.Reason;
        if (reason is null)
        {
            return false;
        }

        telemetry.DeliveryFailed(catalog.TryFind(ended.FunctionArn, out var function) ? function : null, target.IsDeadLetter);
        if (outcome is DeliveryOutcome.Unavailable && !isLast)
        {
            Log.Waits(logger, ended.RequestId, ended.FunctionArn, target.Arn, reason);
            return true;
        }

        Log.Undelivered(logger, ended.RequestId, ended.FunctionArn, target.Arn, reason);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The end of event {RequestId} of {Function} could not be told to {Target} yet: {Reason}")]
        internal static partial void Waits(ILogger logger, string requestId, FunctionArn function, string target, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "The end of event {RequestId} of {Function} is not told to {Target}: {Reason}")]
        internal static partial void Undelivered(ILogger logger, string requestId, FunctionArn function, string target, string reason);
    }
}
