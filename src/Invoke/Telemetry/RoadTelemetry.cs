using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Lambent.Contracts;
using Lambent.Invoke.Tracing;

namespace Lambent.Invoke.Telemetry;

/// <summary>
/// The metrics and spans of the road: <see cref="InvokePath"/> says which stage it enters, everything else is here. Names and
/// meanings are AWS's; <c>docs/metrics.md</c> has them all. Source: "Types of metrics for Lambda functions", Lambda Developer Guide.
/// </summary>
/// <remarks>
/// It costs nothing when nobody listens, and no allocation when somebody reads metrics: tags are made once for each version.
/// Tags name at most <see cref="VersionsAtMost"/> versions; what comes later shares the tags of <see cref="OtherFunctions"/>.
/// </remarks>
public sealed class RoadTelemetry : IDisposable
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "Lambent";

    /// <summary>Versions with tags of their own: each is a dozen series of a monitoring system.</summary>
    public const int VersionsAtMost = 1_000;

    /// <summary>The function name in the tags of all versions beyond <see cref="VersionsAtMost"/>. No function can have it.</summary>
    public const string OtherFunctions = "(other)";

    private readonly TimeProvider clock;
    private readonly ActivitySource spans = new(Name);
    private readonly ConditionalWeakTable<FunctionSnapshot, VersionTags> tagsOf = [];
    private readonly Dictionary<(string Function, string Version), VersionTags> versions = [];
    private readonly VersionTags others = new(OtherFunctions, "");
    private readonly Lock gate = new();
    private readonly Counter<long> invocations, errors, throttles, coldStarts, initErrors, timeouts, outOfMemory, received, dropped, recursive, undelivered, undeadlettered;
    private readonly Histogram<double> duration, coldStartDuration, stageDuration, eventAge;

    /// <summary>Makes the instruments.</summary>
    public RoadTelemetry(TimeProvider clock)
    {
        this.clock = clock;
        Meter = new Meter(Name);
        invocations = Meter.CreateCounter<long>("Invocations", null, "Times that function code ran, with success or with an error of the function.");
        errors = Meter.CreateCounter<long>("Errors", null, "Invocations that ended in an error of the function, timeouts and failed Inits among them.");
        throttles = Meter.CreateCounter<long>("Throttles", null, "Invocations that were refused because no concurrency was left.");
        timeouts = Meter.CreateCounter<long>("Timeouts", null, "Invocations that ran out of the function's time.");
        outOfMemory = Meter.CreateCounter<long>("OutOfMemory", null, "Invocations that ended because the function's memory was used up.");
        coldStarts = Meter.CreateCounter<long>("ColdStarts", null, "Sandboxes that were started for a function.");
        initErrors = Meter.CreateCounter<long>("InitErrors", null, "Sandboxes whose Init phase failed.");
        received = Meter.CreateCounter<long>("AsyncEventsReceived", null, "Events that are in the queue for good.");
        dropped = Meter.CreateCounter<long>("AsyncEventsDropped", null, "Events that left the queue without having run well.");
        recursive = Meter.CreateCounter<long>("RecursiveInvocationsDropped", null, "Invocations that were stopped because the function calls itself.");
        undelivered = Meter.CreateCounter<long>("DestinationDeliveryFailures", null, "Tries to tell a destination how an event ended that failed.");
        undeadlettered = Meter.CreateCounter<long>("DeadLetterErrors", null, "Tries to send an event to a dead-letter queue that failed.");
        duration = Milliseconds("Duration", "Time in which the function handles an event, without its Init.", Buckets.Run);
        coldStartDuration = Milliseconds("ColdStartDuration", "Time from the order for a sandbox until its runtime asks for work.", Buckets.Start);
        eventAge = Milliseconds("AsyncEventAge", "Time from the acceptance of an event until an attempt to run it.", Buckets.Age);
        stageDuration = Milliseconds("StageDuration", "Time of each stage of the road of an invocation.", Buckets.Stage);
    }

    /// <summary>For gauges that others keep.</summary>
    public Meter Meter { get; }

    /// <summary>True while somebody collects spans: a trace that begins here is then sampled.</summary>
    public bool IsTracing => spans.HasListeners();

    /// <summary>An invocation begins its way at stage 2. The trip must be ended.</summary>
    public Trip Begin(InvokeRequest request)
    {
        var now = clock.GetTimestamp();
        Activity? invoke = null;
        if (spans.HasListeners())
        {
            invoke = InvokeSpan.Start(spans, request, clock.GetUtcNow() - Since(request.ReceivedAt, now));
        }

        if (request.ReceivedAt != 0)
        {
            Record(InvokeStage.Receive, request.ReceivedAt, now);
            InvokeSpan.Stage(spans, invoke, InvokeStage.Receive, invoke?.StartTimeUtc)?.Stop();
        }

        return new Trip(this, TagsOf(request.Function), invoke, now);
    }

    /// <summary>Place and Start begin, for an invoke that waits.</summary>
    public StartTrip BeginStart(FunctionSnapshot function) =>
        new(this, TagsOf(function), Activity.Current is { } current && current.Source == spans ? current : null, clock.GetTimestamp());

    /// <summary>An event is in the queue for good.</summary>
    public void EventReceived(FunctionSnapshot function) => Count(received, TagsOf(function));

    /// <summary>An event is about to be tried, so long after its acceptance.</summary>
    public void EventTaken(FunctionSnapshot function, TimeSpan age) => eventAge.Record(Math.Max(0, age.TotalMilliseconds), TagsOf(function).Version);

    /// <summary>An event left the queue without success. Null: its function is no more.</summary>
    public void EventDropped(FunctionSnapshot? function) => Count(dropped, function is null ? others : TagsOf(function));

    /// <summary>An invocation was stopped because its function calls itself.</summary>
    public void RecursionStopped(FunctionSnapshot function) => Count(recursive, TagsOf(function));

    /// <summary>Nobody was told of the end of an event, at this try. Null: its function is no more.</summary>
    public void DeliveryFailed(FunctionSnapshot? function, bool isDeadLetter) =>
        Count(isDeadLetter ? undeadlettered : undelivered, function is null ? others : TagsOf(function));

    /// <inheritdoc/>
    public void Dispose()
    {
        Meter.Dispose();
        spans.Dispose();
    }

    internal bool IsSourceOfSpans(ActivitySource source) => source == spans;

    internal Activity? Span(Activity? invoke, InvokeStage stage) => InvokeSpan.Stage(spans, invoke, stage, null);

    internal long Now => clock.GetTimestamp();

    internal void Record(InvokeStage stage, long from, long to)
    {
        if (stageDuration.Enabled)
        {
            stageDuration.Record(clock.GetElapsedTime(from, to).TotalMilliseconds, StageTags.Of(stage));
        }
    }

    internal void Ended(InvokeOutcome outcome, VersionTags tags, long ranFrom, long ranTo)
    {
        switch (outcome)
        {
            case InvokeOutcome.Throttled throttled:
                throttles.Add(1, tags.Function, tags.Qualifier, new("reason", throttled.Reason));
                return;
            case InvokeOutcome.ServiceFault:
                return; // AWS counts neither an invocation nor an error of the function
            case InvokeOutcome.FunctionError error:
                Count(errors, tags);
                CountCause(error.ErrorType, tags);
                break;
        }

        Count(invocations, tags);
        if (ranFrom != 0 && duration.Enabled)
        {
            duration.Record(clock.GetElapsedTime(ranFrom, ranTo).TotalMilliseconds, tags.Version);
        }
    }

    internal void Started(StartOutcome outcome, VersionTags tags, long from, long to)
    {
        if (outcome is not StartOutcome.Started started)
        {
            return;
        }

        var cold = started.FromStock ? tags.FromStock : tags.New;
        coldStarts.Add(1, cold);
        if (started.InitError is null)
        {
            coldStartDuration.Record(clock.GetElapsedTime(from, to).TotalMilliseconds, cold);
        }
        else
        {
            Count(initErrors, tags);
        }
    }

    private static void Count(Counter<long> counter, VersionTags tags) => counter.Add(1, tags.Version);

    private void CountCause(string errorType, VersionTags tags)
    {
        switch (errorType)
        {
            case "Sandbox.Timedout":
                Count(timeouts, tags);
                break;
            case "Runtime.OutOfMemory":
                Count(outOfMemory, tags);
                break;
        }
    }

    private TimeSpan Since(long from, long to) => from == 0 ? TimeSpan.Zero : clock.GetElapsedTime(from, to);

    private Histogram<double> Milliseconds(string name, string description, double[] buckets) => Meter.CreateHistogram(
        name, "ms", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    /// <summary>Made once for each version; a snapshot that goes takes its entry along.</summary>
    private VersionTags TagsOf(FunctionSnapshot function) =>
        tagsOf.TryGetValue(function, out var known) ? known : tagsOf.GetValue(function, MakeTags);

    private VersionTags MakeTags(FunctionSnapshot function)
    {
        var version = (function.Arn.Name, function.Arn.Qualifier ?? FunctionEntry.Latest);
        lock (gate)
        {
            return versions.TryGetValue(version, out var known) ? known
                : versions.Count >= VersionsAtMost ? others
                : versions[version] = new VersionTags(version.Name, version.Item2);
        }
    }
}
