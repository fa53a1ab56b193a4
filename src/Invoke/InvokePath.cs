using Lambent.Contracts;
using Lambent.Invoke.Assignment;
using Lambent.Invoke.Assignment.Journal;
using Lambent.Invoke.Counting;
using Lambent.Invoke.Placement;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.WorkerClient;
using Microsoft.Extensions.Logging;

namespace Lambent.Invoke;

/// <summary>
/// The road of an invocation, from its entrance to the worker's door. Every kind of invoke ends here.
/// <list type="number">
/// <item>Receive: the entrance has authenticated the caller and found the version (<c>Frontend</c>, <c>EventInvoke</c>).</item>
/// <item>Count: one unit of concurrency, provisioned, reserved or the account's; or 429.</item>
/// <item>Assign: an idle sandbox of exactly this version, or a place in its queue.</item>
/// <item>Place: which worker gets a new one, if one more is needed.</item>
/// <item>Start: the worker specialises a sandbox and runs Init.</item>
/// <item>Run: the payload goes straight to the worker.</item>
/// <item>Reply: sandbox and count are given back, the answer is the return value.</item>
/// </list>
/// </summary>
public sealed partial class InvokePath(
    CountingSession counting, AssignmentService assignment, PlacementService placement, WorkerDirectory workers, RoadTelemetry telemetry,
    ILogger<InvokePath> logger)
{
    /// <summary>A sandbox may die between two events; the event then goes to another. More often than this it is no accident.</summary>
    private const int DeliveriesAtMost = 3;

    /// <summary>Takes one invocation down the road. Never throws for what a function or client does.</summary>
    public async Task<InvokeOutcome> InvokeAsync(InvokeRequest request)
    {
        // 2 Count
        var trip = telemetry.Begin(request);
        var (lease, reason) = counting.TryTake(request.Function.Arn);
        using var counted = lease;
        if (lease is null)
        {
            return trip.End(new InvokeOutcome.Throttled(reason!));
        }

        for (var delivery = 0; delivery < DeliveriesAtMost; delivery++)
        {
            // 3 Assign
            trip.Enter(InvokeStage.Assign);
            var claim = assignment.Claim(request.Function);
            if (claim.ShouldStart && !counting.TryScale(request.Function.Arn))
            {
                if (assignment.GiveUp(request.Function, claim.Waiter!))
                {
                    return trip.End(new InvokeOutcome.Throttled(ThrottleReason.Concurrency));
                }
            }
            else if (claim.ShouldStart)
            {
                _ = StartAnotherAsync(request); // 4 Place, 5 Start: whichever sandbox is free first serves this invoke
            }

            var grant = claim.Idle is { } idle ? new SandboxGrant.Given(idle) : await claim.Waiter!.Granted;
            if (grant is not SandboxGrant.Given { Ref: var sandbox })
            {
                return trip.End(((SandboxGrant.Failed)grant).Outcome);
            }

            // 6 Run
            assignment.Used(sandbox.Id);
            trip.Enter(InvokeStage.Run);
            var run = workers.Find(sandbox.Worker) is { } worker ? await worker.RunAsync(sandbox.Id, trip.Handed(request)) : default;

            // 7 Reply
            trip.Enter(InvokeStage.Reply);
            if (run.SandboxSurvives)
            {
                assignment.GiveBack(sandbox);
            }
            else
            {
                assignment.Died(sandbox.Id);
            }

            if (run.Outcome is not null)
            {
                return trip.End(run.Outcome);
            }
        }

        return trip.End(new InvokeOutcome.ServiceFault(InvokeStage.Run, "The sandboxes of this function die before they get an event."));
    }

    /// <summary>Stages 4 and 5, for an invoke that waits in its version's queue.</summary>
    private async Task StartAnotherAsync(InvokeRequest request)
    {
        var function = request.Function;
        var sandbox = new SandboxId(Guid.NewGuid().ToString("n"));
        try
        {
            // 4 Place
            var trip = telemetry.BeginStart(function);
            using var turn = await placement.TurnAsync(); // until Init begins: a slow Init holds up nobody
            if (!assignment.ConfirmStart(function))
            {
                trip.Leave();
                return; // a sandbox became idle while this one waited for its turn
            }

            if (assignment.ChooseWorker(placement, function) is not { } worker)
            {
                trip.Leave();
                assignment.StartFailed(function, null, new InvokeOutcome.Throttled(ThrottleReason.Concurrency)); // no worker has memory for one more; clients try again
                return;
            }

            // 5 Start
            trip.EnterStart();
            FinishStart(function, new SandboxRef(sandbox, worker.Id), trip.End(await assignment.StartAsync(
                worker, new StartRequest(sandbox, function, request.RequestId) { InitBegins = turn.Dispose }, CancellationToken.None)));
        }
#pragma warning disable CA1031 // Nobody awaits this task: whatever happens, the waiting invoke must get an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.StartBroke(logger, e, sandbox);
            assignment.StartFailed(function, sandbox, new InvokeOutcome.ServiceFault(
                e is NotOwnerException ? InvokeStage.Assign : InvokeStage.Start, "The sandbox could not be started."));
        }
    }

    private void FinishStart(FunctionSnapshot function, SandboxRef sandbox, StartOutcome outcome)
    {
        switch (outcome)
        {
            case StartOutcome.Started:
                assignment.Started(function, sandbox);
                break;
            case StartOutcome.NoSandbox none:
                assignment.StartFailed(function, sandbox.Id, new InvokeOutcome.ServiceFault(InvokeStage.Start, none.Message));
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The start of sandbox {Sandbox} broke")]
        internal static partial void StartBroke(ILogger logger, Exception error, SandboxId sandbox);
    }
}
