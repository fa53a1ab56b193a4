using System.Text;
using Lambent.Worker.Logs;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>
/// Records as in AWS's Telemetry API schema reference, with the order of fields that real logs have; levels as in AWS's table
/// "system log level event mapping".
/// </summary>
public sealed class PlatformEventTests
{
    private const string Trace = "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1";

    private static readonly DateTimeOffset Time = new(2022, 10, 12, 0, 0, 15, 64, TimeSpan.Zero);

    private static readonly PlatformEvent.InitStart InitStart = new()
    {
        Phase = "init", RuntimeVersion = "nodejs:20.v22", RuntimeVersionArn = "arn", FunctionName = "hello", FunctionVersion = "$LATEST",
        InstanceId = "2024/04/25/[$LATEST]82561ce0", InstanceMaxMemoryBytes = 134217728,
    };

    private static readonly PhaseStatus Exit = PhaseStatus.Error("Runtime.ExitError");

    [Fact]
    public void InitStart_is_INFO() => Check(
        InitStart, SystemLogLevel.Info, "platform.initStart",
        """{"initializationType":"on-demand","phase":"init","runtimeVersion":"nodejs:20.v22","runtimeVersionArn":"arn","functionName":"hello","functionVersion":"$LATEST","instanceId":"2024/04/25/[$LATEST]82561ce0","instanceMaxMemory":134217728}""",
        "INIT_START Runtime Version: nodejs:20.v22\tRuntime Version ARN: arn\n");

    [Fact]
    public void InitRuntimeDone_is_DEBUG_or_WARN()
    {
        Check(
            new PlatformEvent.InitRuntimeDone("on-demand", "init", PhaseStatus.Success), SystemLogLevel.Debug, "platform.initRuntimeDone",
            """{"initializationType":"on-demand","phase":"init","status":"success"}""", null);
        Check(
            new PlatformEvent.InitRuntimeDone("on-demand", "invoke", Exit), SystemLogLevel.Warn, "platform.initRuntimeDone",
            """{"initializationType":"on-demand","phase":"invoke","status":"error","errorType":"Runtime.ExitError"}""", null);
    }

    [Fact]
    public void InitReport_is_DEBUG_on_demand_INFO_when_provisioned_WARN_when_failed()
    {
        Check(
            new PlatformEvent.InitReport("on-demand", "init", PhaseStatus.Success, 125.3345), SystemLogLevel.Debug, "platform.initReport",
            """{"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":125.334}}""", null);
        new PlatformEvent.InitReport("provisioned-concurrency", "init", PhaseStatus.Success, 1).Level.ShouldBe(SystemLogLevel.Info);
        Check(
            new PlatformEvent.InitReport("on-demand", "init", PhaseStatus.Timeout, 10000), SystemLogLevel.Warn, "platform.initReport",
            """{"initializationType":"on-demand","phase":"init","status":"timeout","metrics":{"durationMs":10000}}""",
            "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n");
        new PlatformEvent.InitReport("on-demand", "init", Exit, 1.5).Text.ShouldBe(
            "INIT_REPORT Init Duration: 1.50 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n");
    }

    [Fact]
    public void Start_is_INFO() => Check(
        new PlatformEvent.Start("id", "$LATEST", Trace), SystemLogLevel.Info, "platform.start",
        $$$"""{"requestId":"id","version":"$LATEST","tracing":{"spanId":"0efbd19962d95b05","type":"X-Amzn-Trace-Id","value":"{{{Trace}}}"}}""",
        "START RequestId: id Version: $LATEST\n");

    [Fact]
    public void RuntimeDone_is_DEBUG_or_WARN()
    {
        Check(
            new PlatformEvent.RuntimeDone("id", PhaseStatus.Success, "", 140) { ProducedBytes = 16, Spans = [new("responseLatency", Time, 23.02)] },
            SystemLogLevel.Debug, "platform.runtimeDone",
            """{"requestId":"id","status":"success","spans":[{"name":"responseLatency","start":"2022-10-12T00:00:15.064Z","durationMs":23.02}],"metrics":{"durationMs":140,"producedBytes":16}}""",
            "END RequestId: id\n");
        Check(
            new PlatformEvent.RuntimeDone("id", PhaseStatus.Timeout, "", 3000), SystemLogLevel.Warn, "platform.runtimeDone",
            """{"requestId":"id","status":"timeout","metrics":{"durationMs":3000}}""", "END RequestId: id\n");
    }

    [Fact]
    public void Report_is_INFO_or_WARN()
    {
        Check(
            new PlatformEvent.Report("id", PhaseStatus.Success, "", 17.4931, 235.086, 128, 75), SystemLogLevel.Info, "platform.report",
            """{"requestId":"id","metrics":{"durationMs":17.493,"billedDurationMs":253,"memorySizeMB":128,"maxMemoryUsedMB":75,"initDurationMs":235.086},"status":"success"}""");
        Check(
            new PlatformEvent.Report("id", Exit, "", 17, null, 128, 75), SystemLogLevel.Warn, "platform.report",
            """{"requestId":"id","metrics":{"durationMs":17,"billedDurationMs":17,"memorySizeMB":128,"maxMemoryUsedMB":75},"status":"error","errorType":"Runtime.ExitError"}""");
    }

    [Fact]
    public void Extensions_and_subscriptions_are_INFO_dropped_logs_WARN_and_a_fault_is_only_heard()
    {
        Check(
            new PlatformEvent.Extension("my-extension", "Ready", ["INVOKE", "SHUTDOWN"]), SystemLogLevel.Info, "platform.extension",
            """{"name":"my-extension","state":"Ready","events":["INVOKE","SHUTDOWN"]}""",
            "EXTENSION\tName: my-extension\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n");
        Check(
            new PlatformEvent.TelemetrySubscription("my-extension", "Subscribed", ["platform", "function"]), SystemLogLevel.Info,
            "platform.telemetrySubscription", """{"name":"my-extension","state":"Subscribed","types":["platform","function"]}""",
            "TELEMETRY\tName: my-extension\tState: Subscribed\tTypes: [Platform, Function]\n");
        new PlatformEvent.TelemetrySubscription("x", "Subscribed", [], ByLogsApi: true).Type.ShouldBe("platform.logsSubscription");
        Check(
            new PlatformEvent.LogsDropped(123, 12345), SystemLogLevel.Warn, "platform.logsDropped",
            """{"droppedBytes":12345,"droppedRecords":123,"reason":"Some logs were dropped because the downstream consumer is slower than the logs production rate"}""");
        Check(
            new PlatformEvent.Fault("id", "Runtime exited with error: exit status 1", "Runtime.ExitError"), null, "platform.fault",
            "\"RequestId: id Error: Runtime exited with error: exit status 1\\nRuntime.ExitError\\n\"", null);
    }

    private static void Check(PlatformEvent e, SystemLogLevel? level, string type, string record, string? text = "")
    {
        e.Level.ShouldBe(level);
        Encoding.UTF8.GetString((e with { Time = Time }).ToJson().Span).ShouldBe(
            $$"""{"time":"2022-10-12T00:00:15.064Z","type":"{{type}}","record":{{record}}}""");
        if (text != "")
        {
            e.Text.ShouldBe(text);
        }
    }
}
