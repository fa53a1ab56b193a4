using System.Text.Json.Nodes;
using Lambent.Support;
using Shouldly;

namespace Lambent.Integration;

/// <summary>What an operator sees of a running Lambent, and what an operator may set.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string TellsItsTrace = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n";

    private readonly string data = Directory.CreateTempSubdirectory("lambent-integration-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task Metrics_and_health_are_there_without_a_signature_and_cost_no_OpenTelemetry()
    {
        using var lambent = await RunningLambent.StartAsync(data);
        await lambent.DeployAsync("counted", "def handler(event, context):\n    if event.get('fail'): raise Exception()\n    return 1\n");
        await lambent.WaitUntilActiveAsync("counted");
        (await lambent.InvokeAsync("counted", "{}")).ShouldBe((200, "1"));
        (await lambent.InvokeAsync("counted", """{"fail":1}""")).Status.ShouldBe(200);
        (await lambent.InvokeAsync("counted", "{}", "Event")).Status.ShouldBe(202);

        string[] lines = [];
        await Wait.UntilAsync(async () =>
        {
            lines = (await TextAsync(lambent, "/metrics")).Split('\n');
            return lines.Contains("""lambent_invocations_total{function_name="counted",version="$LATEST"} 3""");
        });

        lines.ShouldContain("# TYPE lambent_duration_milliseconds histogram");
        lines.ShouldContain("""lambent_errors_total{function_name="counted",version="$LATEST"} 1""");
        lines.ShouldContain("""lambent_async_events_received_total{function_name="counted",version="$LATEST"} 1""");
        lines.ShouldContain("""lambent_duration_milliseconds_count{function_name="counted",version="$LATEST"} 3""");
        lines.ShouldContain("""lambent_stage_duration_milliseconds_count{stage="Run"} 3""");
        lines.ShouldContain("lambent_queue_depth 0");
        lines.ShouldContain(l => l.StartsWith("lambent_cold_start_duration_milliseconds_count{function_name=\"counted\"", StringComparison.Ordinal));
        (await TextAsync(lambent, "/healthz")).ShouldBe("ready\n");
        LoadedOpenTelemetry(lambent).ShouldBeFalse();
        (await lambent.InterruptAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Spans_and_metrics_reach_a_collector_of_OTLP()
    {
        await using var collector = await OtlpCollector.StartAsync();
        string handed;
        using (var lambent = await RunningLambent.StartAsync(data, "--otlp", collector.Url))
        {
            await lambent.DeployAsync("traced", TellsItsTrace);
            await lambent.WaitUntilActiveAsync("traced");
            var (status, body) = await lambent.InvokeAsync("traced", "{}");
            status.ShouldBe(200);
            handed = (string)JsonNode.Parse(body)!;
            LoadedOpenTelemetry(lambent).ShouldBeTrue();
            (await lambent.InterruptAsync()).ShouldBe(0); // sends what is left
        }

        var spans = collector.Spans.ToList();
        spans.Select(s => s.Name).ShouldBe(["Receive", "Count", "Assign", "Place", "Start", "Run", "Reply", "traced"], ignoreOrder: true);
        var whole = spans.Single(s => s.Name == "traced");
        whole.ParentSpanId.ShouldBeEmpty("the caller sent no trace header");
        var assign = spans.Single(s => s.Name == "Assign");
        spans.ShouldAllBe(s => s.TraceId == whole.TraceId);
        spans.Where(s => s.Name is "Place" or "Start").ShouldAllBe(s => s.ParentSpanId == assign.SpanId);
        spans.Where(s => s != whole && s.Name is not ("Place" or "Start")).ShouldAllBe(s => s.ParentSpanId == whole.SpanId);
        var run = spans.Single(s => s.Name == "Run").SpanId;
        handed.ShouldStartWith($"Root=1-{whole.TraceId[..8]}-{whole.TraceId[8..]};Parent={run};Sampled=1;Lineage=1:");
        collector.UnitsOfMetrics["Duration"].ShouldBe("ms");
        new[] { "Invocations", "ColdStarts", "ColdStartDuration", "StageDuration", "ConcurrentExecutions", "SandboxCount", "StockCount", "QueueDepth" }
            .ShouldBeSubsetOf(collector.UnitsOfMetrics.Keys);
    }

    [Fact]
    public async Task An_operator_may_allow_more_than_AWS()
    {
        using var lambent = await RunningLambent.StartAsync(data, "--max-payload-mb", "7", "--max-timeout", "5400", "--account-concurrency", "17");
        await lambent.DeployAsync("large", "def handler(event, context):\n    return 'x' * event['n']\n");
        await lambent.WaitUntilActiveAsync("large");

        (await lambent.InvokeAsync("large", $$"""{"n":{{13 * 512 * 1024}}}""")).Body.Length.ShouldBe((13 * 512 * 1024) + 2);
        (await lambent.InvokeAsync("large", $$"""{"n":{{8 * 1024 * 1024}}}""")).Body.ShouldContain("(7340132 bytes)");
        (await lambent.InvokeAsync("large", $$"""{"n":1,"pad":"{{new string('x', 13 * 512 * 1024)}}"}""")).ShouldBe((200, "\"x\""));
        (await lambent.InvokeAsync("large", $$"""{"n":1,"pad":"{{new string('x', 7 * 1024 * 1024)}}"}""")).Status.ShouldBe(413);
        (await lambent.SendAsync(HttpMethod.Put, "/2015-03-31/functions/large/configuration", """{"Timeout":5400}""")).Status.ShouldBe(200);
        (await lambent.SendAsync(HttpMethod.Get, "/2016-08-19/account-settings/", "")).Body.ShouldContain("\"ConcurrentExecutions\":17");
        (await lambent.InterruptAsync()).ShouldBe(0);
    }

    private static async Task<string> TextAsync(RunningLambent lambent, string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(lambent.Endpoint, path));
    }

    private static bool LoadedOpenTelemetry(RunningLambent lambent) =>
        File.ReadLines($"/proc/{lambent.ProcessId}/maps").Any(l => l.Contains("OpenTelemetry", StringComparison.Ordinal));
}
