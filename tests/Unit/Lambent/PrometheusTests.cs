using System.Diagnostics.Metrics;
using Lambent.Telemetry;
using Shouldly;

namespace Lambent.Tests;

public sealed class PrometheusTests : IDisposable
{
    private readonly Meter meter = new("test");
    private readonly MetricStore store;

    public PrometheusTests() => store = new MetricStore(meter);

    public void Dispose()
    {
        store.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_for_each_set_of_tags_in_a_fixed_order()
    {
        var counter = meter.CreateCounter<long>("AsyncEventsDropped", null, "Lost.");
        counter.Add(2, Tag("function_name", "b"), Tag("version", "1"));
        counter.Add(1, Tag("function_name", "a"), Tag("version", "1"));
        counter.Add(1, Tag("function_name", "b"), Tag("version", "1"));

        store.ToText().ShouldBe(
            """
            # HELP lambent_async_events_dropped_total Lost.
            # TYPE lambent_async_events_dropped_total counter
            lambent_async_events_dropped_total{function_name="a",version="1"} 1
            lambent_async_events_dropped_total{function_name="b",version="1"} 3

            """);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var histogram = meter.CreateHistogram("Duration", "ms", "Time.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] });
        foreach (var value in (double[])[0.5, 1, 1.5, 100])
        {
            histogram.Record(value, Tag("stage", "Run"));
        }

        store.ToText().ShouldBe(
            """
            # HELP lambent_duration_milliseconds Time.
            # TYPE lambent_duration_milliseconds histogram
            lambent_duration_milliseconds_bucket{stage="Run",le="1"} 2
            lambent_duration_milliseconds_bucket{stage="Run",le="2.5"} 3
            lambent_duration_milliseconds_bucket{stage="Run",le="+Inf"} 4
            lambent_duration_milliseconds_sum{stage="Run"} 103
            lambent_duration_milliseconds_count{stage="Run"} 4

            """);
    }

    [Fact]
    public void A_gauge_is_asked_at_each_reading_and_forgets_what_is_no_more()
    {
        List<Measurement<int>> now = [new(3, Tag("state", "Idle")), new(1, Tag("state", "Busy"))];
        meter.CreateObservableGauge("SandboxCount", () => now, null, "Sandboxes.");
        store.ToText().ShouldContain("lambent_sandbox_count{state=\"Busy\"} 1\nlambent_sandbox_count{state=\"Idle\"} 3\n");

        now = [new(2, Tag("state", "Idle"))];
        var text = store.ToText();
        text.ShouldContain("lambent_sandbox_count{state=\"Idle\"} 2\n");
        text.ShouldNotContain("Busy");
    }

    [Fact]
    public void Text_is_escaped_as_the_format_says()
    {
        meter.CreateCounter<long>("Odd", null, "One \\ two\nthree \"four\"").Add(1, Tag("1 läbel", "a\\b\"c\nd"));

        var lines = store.ToText().Split('\n');
        lines[0].ShouldBe("# HELP lambent_odd_total One \\\\ two\\nthree \"four\"");
        lines[2].ShouldBe("lambent_odd_total{_1_l_bel=\"a\\\\b\\\"c\\nd\"} 1");
    }

    [Fact]
    public void An_instrument_without_measurements_and_the_instruments_of_others_are_not_there()
    {
        using var other = new Meter("test");
        meter.CreateCounter<long>("Quiet");
        other.CreateCounter<long>("Foreign").Add(1);
        store.ToText().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e21, "1E+21")]
    public void Numbers_are_written_as_Go_reads_them(double number, string text) => PrometheusText.Number(number).ShouldBe(text);

    [Fact]
    public async Task Nothing_is_lost_between_threads()
    {
        var counter = meter.CreateCounter<long>("Many");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, Tag("n", "x"));
            }
        })));
        store.ToText().ShouldContain("lambent_many_total{n=\"x\"} 40000\n");
    }

    [Fact]
    public void A_series_that_is_known_costs_no_allocation()
    {
        var histogram = meter.CreateHistogram<double>("Quick", "ms");
        KeyValuePair<string, object?>[] tags = [Tag("function_name", "f"), Tag("version", "1")];
        histogram.Record(1, tags);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            histogram.Record(i, tags);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000, "bytes, for a thousand measurements: the runtime's own");
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
