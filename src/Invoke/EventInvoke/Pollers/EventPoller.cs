using System.Data.Common;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.Tracing;
using Microsoft.Extensions.Logging;

namespace Lambent.Invoke.EventInvoke.Pollers;

/// <summary>Takes events out of the queue and down the same road as every other invoke, then decides what becomes of them.</summary>
/// <param name="queue">Where events wait.</param>
/// <param name="catalog">The functions, and how their events are treated.</param>
/// <param name="invoke">The road.</param>
/// <param name="deliver">Tells destinations and dead-letter queues how an event ended.</param>
/// <param name="draw">0 to 1, at random, from any thread: decides between the two versions of an alias.</param>
/// <param name="telemetry">Hears of each attempt and its end.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">For what operators must know.</param>
public sealed partial class EventPoller(
    EventQueue queue, FunctionCatalog catalog, Func<InvokeRequest, Task<InvokeOutcome>> invoke, Deliver deliver, Func<double> draw,
    RoadTelemetry telemetry, TimeProvider clock, ILogger<EventPoller> logger) : IAsyncDisposable
{
    /// <summary>Events under way at once. More would only wait for the same processors, holding their payloads in memory.</summary>
    private const int InFlightAtMost = 128;

    /// <summary>When the disk fails, it is asked again, but not in a loop.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>What still runs after this is left: it is on disk, and runs again after the next start.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);

    private readonly EventDeliveries deliveries = new(queue, catalog, deliver, telemetry, clock, logger);
    private readonly SemaphoreSlim slots = new(InFlightAtMost);
    private readonly CancellationTokenSource stopping = new();
    private Task polling = Task.CompletedTask;

    /// <summary>Begins to poll.</summary>
    public void Start() => polling = PollAsync();

    /// <summary>Takes no more events, and waits for those under way. What has not run stays in the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await polling;
        using var limit = new CancellationTokenSource(StopsWithin, clock);
        try
        {
            for (var i = 0; i < InFlightAtMost; i++)
            {
                await slots.WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Some run for longer than a stop may take.
        }

        stopping.Dispose();
    }

    private async Task PollAsync()
    {
        await Task.Yield(); // whoever starts it does not wait for the first events
        try
        {
            while (true)
            {
                await slots.WaitAsync(stopping.Token);
                try
                {
                    _ = RunAsync(await queue.TakeAsync(stopping.Token));
                }
                catch (DbException e)
                {
                    Log.QueueFailed(logger, e);
                    slots.Release();
                    await Task.Delay(AfterFailure, clock, stopping.Token);
                }
                catch (OperationCanceledException)
                {
                    slots.Release();
                    throw;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The poller stops.
        }
    }

    private async Task RunAsync(QueuedEvent queued)
    {
        try
        {
            await (queued.Ending is null ? SettleAsync(queued, await AttemptAsync(queued)) : deliveries.ContinueAsync(queued));
        }
#pragma warning disable CA1031 // Nobody awaits this task. The event is still on disk, and is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.Broke(logger, e, queued.RequestId);
            queue.TakeAgain(queued, clock.GetUtcNow() + AfterFailure);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task<EventAttempt> AttemptAsync(QueuedEvent queued)
    {
        var entry = catalog.Find(queued.FunctionArn);
        if (RetryPolicy.BeforeAttempt(queued, clock.GetUtcNow(), entry?.EventInvokeOf(queued.FunctionArn.Qualifier), entry is { ReservedConcurrency: 0 }) is { } early)
        {
            return new EventAttempt(early);
        }

        if (entry?.Resolve(queued.FunctionArn.Qualifier, draw()) is not { } function)
        {
            return new EventAttempt(new EventFate.GivenUp("FunctionDeleted"));
        }

        telemetry.EventTaken(function, clock.GetUtcNow() - queued.AcceptedAt);
        var (traceId, earlierRuns) = Lineage.Add(queued.TraceId, queued.FunctionArn);
        if (earlierRuns >= Lineage.RunsAtMost && !entry.AllowsRecursion)
        {
            telemetry.RecursionStopped(function);
            return new EventAttempt(new EventFate.GivenUp(EventFate.GivenUp.Recursion), function);
        }

        var outcome = await invoke(new InvokeRequest
        {
            RequestId = queued.RequestId,
            Function = function,
            InvokedFunctionArn = queued.FunctionArn.ToString(),
            Payload = queued.Payload,
            ClientContext = queued.ClientContext,
            TraceId = traceId,
        });
        return new EventAttempt(RetryPolicy.Decide(queued, outcome, clock.GetUtcNow(), SettingsOf(queued)), function, outcome, traceId);
    }

    private EventInvokeSettings? SettingsOf(QueuedEvent queued) =>
        catalog.Find(queued.FunctionArn)?.EventInvokeOf(queued.FunctionArn.Qualifier);

    private async Task SettleAsync(QueuedEvent queued, EventAttempt attempt)
    {
        switch (attempt.Fate)
        {
            case EventFate.Again again:
                await queue.PutOffAsync(again.Event, again.Due);
                return;
            case EventFate.GivenUp givenUp:
                telemetry.EventDropped(catalog.TryFind(queued.FunctionArn, out var function) ? function : null);
                Log.GivenUp(logger, queued.RequestId, queued.FunctionArn, givenUp.Condition);
                break;
        }

        await deliveries.EndAsync(queued, attempt);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Event {RequestId} of {Function} is given up: {Condition}")]
        internal static partial void GivenUp(ILogger logger, string requestId, FunctionArn function, string condition);

        [LoggerMessage(Level = LogLevel.Error, Message = "The event queue cannot be read")]
        internal static partial void QueueFailed(ILogger logger, Exception error);

        [LoggerMessage(Level = LogLevel.Error, Message = "Event {RequestId} could not be settled; it stays in the queue")]
        internal static partial void Broke(ILogger logger, Exception error, string requestId);
    }
}
