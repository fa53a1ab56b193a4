using System.Diagnostics;
using Lambent.Contracts;
using Lambent.Invoke.Tracing;

namespace Lambent.Invoke.Telemetry;

/// <summary>One invocation on its way, as telemetry sees it. A value: the warm road allocates nothing for it. Not to be copied.</summary>
public struct Trip
{
    private readonly RoadTelemetry telemetry;
    private readonly VersionTags tags;
    private readonly Activity? invoke;
    private Activity? span;
    private InvokeStage stage = InvokeStage.Count;
    private long since;
    private long ranFrom;
    private long ranTo;

    internal Trip(RoadTelemetry telemetry, VersionTags tags, Activity? invoke, long now)
    {
        (this.telemetry, this.tags, this.invoke, since) = (telemetry, tags, invoke, now);
        span = telemetry.Span(invoke, stage);
    }

    /// <summary>One stage has ended, the next begins.</summary>
    public void Enter(InvokeStage next)
    {
        var now = Leave();
        (stage, since) = (next, now);
        span = telemetry.Span(invoke, next);
    }

    /// <summary>The invocation as the runtime gets it: what the function traces hangs below the span of stage Run.</summary>
    public readonly InvokeRequest Handed(InvokeRequest request) => span is { Recorded: true }
        ? request with { TraceId = TraceHeader.WithParent(request.TraceId, span.SpanId) }
        : request;

    /// <summary>The end of the road.</summary>
    public InvokeOutcome End(InvokeOutcome outcome)
    {
        Leave();
        telemetry.Ended(outcome, tags, ranFrom, ranTo);
        InvokeSpan.End(invoke, outcome);
        return outcome;
    }

    private long Leave()
    {
        var now = telemetry.Now;
        telemetry.Record(stage, since, now);
        if (stage == InvokeStage.Run)
        {
            (ranFrom, ranTo) = (since, now);
        }

        span?.Stop();
        return now;
    }
}

/// <summary>One start of a sandbox, as telemetry sees it: stages 4 and 5.</summary>
public struct StartTrip
{
    private readonly RoadTelemetry telemetry;
    private readonly VersionTags tags;
    private readonly Activity? invoke;
    private Activity? span;
    private InvokeStage stage = InvokeStage.Place;
    private long since;

    internal StartTrip(RoadTelemetry telemetry, VersionTags tags, Activity? invoke, long now)
    {
        (this.telemetry, this.tags, this.invoke, since) = (telemetry, tags, invoke, now);
        span = telemetry.Span(invoke, stage);
    }

    /// <summary>A worker is chosen, the sandbox is ordered.</summary>
    public void EnterStart()
    {
        Leave();
        stage = InvokeStage.Start;
        since = telemetry.Now;
        span = telemetry.Span(invoke, stage);
    }

    /// <summary>The worker has answered.</summary>
    public StartOutcome End(StartOutcome outcome)
    {
        telemetry.Started(outcome, tags, since, telemetry.Now);
        InvokeSpan.Tag(span, outcome);
        Leave();
        return outcome;
    }

    /// <summary>No start came of it.</summary>
    public readonly void Leave()
    {
        telemetry.Record(stage, since, telemetry.Now);
        span?.Stop();
    }
}
