using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lambent.Contracts;
using Lambent.Invoke.Telemetry;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class RoadTelemetryTests : IDisposable
{
    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly MeterListener listener = new();
    private readonly List<string> seen = [];

    public RoadTelemetryTests()
    {
        listener.InstrumentPublished = (i, l) =>
        {
            if (i.Meter == telemetry.Meter)
            {
                l.EnableMeasurementEvents(i);
            }
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => seen.Add(Line(i, tags)));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) =>
        {
            value.ShouldBeGreaterThanOrEqualTo(0);
            seen.Add(Line(i, tags));
        });
    }

    public void Dispose()
    {
        listener.Dispose();
        telemetry.Dispose();
    }

    [Fact]
    public void A_warm_invoke_counts_once_and_measures_its_stages()
    {
        listener.Start();
        Travel(new InvokeOutcome.Succeeded(default));

        seen.ShouldBe([
            "StageDuration stage=Receive", "StageDuration stage=Count", "StageDuration stage=Assign", "StageDuration stage=Run",
            "StageDuration stage=Reply", "Invocations function_name=f version=$LATEST", "Duration function_name=f version=$LATEST",
        ]);
    }

    [Theory]
    [InlineData("Unhandled", new[] { "Errors", "Invocations" })]
    [InlineData("Sandbox.Timedout", new[] { "Errors", "Timeouts", "Invocations" })]
    [InlineData("Runtime.OutOfMemory", new[] { "Errors", "OutOfMemory", "Invocations" })]
    public void An_error_of_the_function_is_an_invocation_too(string type, string[] counters)
    {
        listener.Start();
        Travel(new InvokeOutcome.FunctionError(type, default));
        seen.Select(s => s.Split(' ')[0]).Except(["StageDuration", "Duration"]).ShouldBe(counters);
    }

    [Fact]
    public void What_was_throttled_is_no_invocation_and_says_why()
    {
        listener.Start();
        var trip = telemetry.Begin(Samples.Request());
        trip.End(new InvokeOutcome.Throttled("ConcurrentInvocationLimitExceeded"));
        seen.ShouldBe(["StageDuration stage=Count", "Throttles function_name=f version=$LATEST reason=ConcurrentInvocationLimitExceeded"]);
    }

    [Fact]
    public void A_fault_of_ours_is_neither_an_invocation_nor_an_error()
    {
        listener.Start();
        Travel(new InvokeOutcome.ServiceFault(InvokeStage.Run, "lost"));
        seen.ShouldAllBe(s => s.StartsWith("StageDuration"));
    }

    [Theory]
    [InlineData(true, "true")]
    [InlineData(false, "false")]
    public void A_cold_start_has_its_own_duration(bool fromStock, string tag)
    {
        listener.Start();
        var trip = telemetry.BeginStart(Samples.Function());
        trip.EnterStart();
        trip.End(new StartOutcome.Started(fromStock));

        seen.ShouldBe([
            "StageDuration stage=Place", $"ColdStarts function_name=f version=$LATEST from_stock={tag} init_type=on-demand",
            $"ColdStartDuration function_name=f version=$LATEST from_stock={tag} init_type=on-demand", "StageDuration stage=Start",
        ]);
    }

    [Fact]
    public void A_start_whose_Init_failed_is_an_InitError_without_a_duration()
    {
        listener.Start();
        var trip = telemetry.BeginStart(Samples.Function());
        trip.EnterStart();
        trip.End(new StartOutcome.Started(true, "Runtime.ImportModuleError"));
        seen.Select(s => s.Split(' ')[0]).ShouldBe(["StageDuration", "ColdStarts", "InitErrors", "StageDuration"]);
    }

    [Fact]
    public void Versions_beyond_the_limit_share_their_tags()
    {
        listener.Start();
        for (var i = 0; i < RoadTelemetry.VersionsAtMost + 10; i++)
        {
            telemetry.EventReceived(Samples.Function($"f{i}"));
        }

        seen.Distinct().Count().ShouldBe(RoadTelemetry.VersionsAtMost + 1);
        seen[^1].ShouldBe("AsyncEventsReceived function_name=(other) version=");
    }

    [Fact]
    public void The_warm_road_allocates_nothing_for_metrics()
    {
        using var quiet = new MeterListener { InstrumentPublished = (i, l) => l.EnableMeasurementEvents(i) };
        quiet.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        quiet.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        quiet.Start();
        var request = Samples.Request() with { ReceivedAt = 1 };
        InvokeOutcome outcome = new InvokeOutcome.Succeeded(default);
        var isUntouched = true;
        Round();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Round();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000, "bytes, for a thousand invokes: the runtime's own");
        isUntouched.ShouldBeTrue();

        void Round()
        {
            var trip = telemetry.Begin(request);
            trip.Enter(InvokeStage.Assign);
            trip.Enter(InvokeStage.Run);
            isUntouched &= ReferenceEquals(trip.Handed(request), request);
            trip.Enter(InvokeStage.Reply);
            trip.End(outcome);
        }
    }

    [Fact]
    public void Spans_hang_below_the_callers_and_the_functions_below_ours()
    {
        List<Activity> spans = [];
        using var collector = Collect(spans, ActivitySamplingResult.AllDataAndRecorded);
        var request = Samples.Request() with
        {
            ReceivedAt = TimeProvider.System.GetTimestamp(), TraceId = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        };
        var trip = telemetry.Begin(request);
        trip.Enter(InvokeStage.Assign);
        trip.Enter(InvokeStage.Run);
        var handed = trip.Handed(request).TraceId;
        trip.Enter(InvokeStage.Reply);
        trip.End(new InvokeOutcome.FunctionError("Runtime.ExitError", default));

        spans.Select(s => s.OperationName).ShouldBe(["Receive", "Count", "Assign", "Run", "Reply", "f"]);
        var whole = spans[^1];
        whole.TraceId.ToHexString().ShouldBe("5759e988bd862e3fe1be46a994272793");
        whole.ParentSpanId.ToHexString().ShouldBe("53995c3f42cd8ad8");
        whole.GetTagItem("faas.invocation_id").ShouldBe("id");
        whole.GetTagItem("error.type").ShouldBe("Runtime.ExitError");
        whole.Status.ShouldBe(ActivityStatusCode.Error);
        spans.Take(5).ShouldAllBe(s => s.ParentSpanId == whole.SpanId);
        handed.ShouldBe($"Root=1-5759e988-bd862e3fe1be46a994272793;Parent={spans[3].SpanId};Sampled=1");
        Activity.Current.ShouldBeNull();
    }

    [Fact]
    public void What_nobody_samples_has_no_spans_and_its_header_stays()
    {
        using var collector = Collect([], ActivitySamplingResult.None);
        var request = Samples.Request() with { TraceId = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0" };
        var trip = telemetry.Begin(request);
        trip.Enter(InvokeStage.Run);
        trip.Handed(request).ShouldBeSameAs(request);
        trip.End(new InvokeOutcome.Succeeded(default));
    }

    private ActivityListener Collect(List<Activity> spans, ActivitySamplingResult sampled)
    {
        var collector = new ActivityListener
        {
            ShouldListenTo = telemetry.IsSourceOfSpans, Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampled, ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(collector);
        return collector;
    }

    private void Travel(InvokeOutcome outcome)
    {
        var trip = telemetry.Begin(Samples.Request() with { ReceivedAt = TimeProvider.System.GetTimestamp() });
        trip.Enter(InvokeStage.Assign);
        trip.Enter(InvokeStage.Run);
        trip.Enter(InvokeStage.Reply);
        trip.End(outcome);
    }

    private static string Line(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}").Prepend(instrument.Name));
}
