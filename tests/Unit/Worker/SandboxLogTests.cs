using System.Text;
using System.Text.Json.Nodes;
using Lambent.Contracts;
using Lambent.Invoke.Tests;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>Lines as seen on AWS in 2025 and 2026.</summary>
public sealed class SandboxLogTests
{
    private const string Warm = "REPORT RequestId: id\tDuration: 74.59 ms\tBilled Duration: 75 ms\tMemory Size: 128 MB\tMax Memory Used: 97 MB\t\n";

    private static readonly OutputPipe Stdout = new(SandboxProcess.Runtime, IsError: false), Stderr = Stdout with { IsError = true };
    private static readonly InvokeRequest Request = Samples.Request();
    private readonly MemoryStreamOfLogs stream = new();
    private readonly SandboxLog log = new(TimeProvider.System);

    public SandboxLogTests() => log.Open(stream, Samples.Function());

    [Fact]
    public void An_event_has_its_start_its_own_lines_its_end_and_its_report()
    {
        Write("before\n");
        log.Begin(Request);
        Write("hello\n");
        End().ShouldBe($"START RequestId: id Version: $LATEST\nhello\nEND RequestId: id\n{Warm}");
        stream.Events.ShouldBe(["before\n", "START RequestId: id Version: $LATEST\n", "hello\n", "END RequestId: id\n", Warm]);
    }

    /// <summary>A function can write any frame: a time that cannot be is not believed.</summary>
    [Theory]
    [InlineData(5, 5)]
    [InlineData(3600, 0)]
    [InlineData(-5, 0)]
    public void A_frame_was_when_it_says_if_that_can_be(int secondsAgo, int believed)
    {
        var now = new DateTimeOffset(2026, 11, 21, 8, 27, 40, TimeSpan.Zero);
        var log = new SandboxLog(new Lambent.Aws.Tests.FixedClock(now));
        log.Open(stream, Samples.Function());
        var micros = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(micros, (ulong)(now.AddSeconds(-secondsAgo) - DateTimeOffset.UnixEpoch).TotalMicroseconds);
        log.Write(Stdout, [0xa5, 0x5a, 0, 2, 0, 0, 0, 1, .. micros, (byte)'x']);
        stream.Times.ShouldBe([now.AddSeconds(-believed)]);
    }

    [Fact]
    public void The_first_event_pays_for_Init() => Report(80.30, 488.91, 97).Text.ShouldBe(
        "REPORT RequestId: id\tDuration: 80.30 ms\tBilled Duration: 570 ms\tMemory Size: 128 MB\tMax Memory Used: 97 MB\tInit Duration: 488.91 ms\t\n");

    [Fact]
    public void A_timeout_has_its_status_and_no_tab_behind_it() => Report(3000, 402.04, 73, PhaseStatus.Timeout).Text.ShouldBe(
        "REPORT RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 402.04 ms\tStatus: timeout\n");

    [Fact]
    public void An_error_names_its_type() =>
        (Report(344356.22, 399.33, 1024, PhaseStatus.Error("Runtime.OutOfMemory")) with { MemoryMb = 1024 }).Text.ShouldBe(
            "REPORT RequestId: id\tDuration: 344356.22 ms\tBilled Duration: 344756 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tInit Duration: 399.33 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n");

    [Fact]
    public void What_the_runtime_reported_itself_is_no_status_of_the_report_line() =>
        Report(74.594, null, 97, PhaseStatus.Error("KeyError", isHandled: true)).Text.ShouldBe(Warm);

    [Theory]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", true)]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", false)]
    public void A_sampled_trace_has_a_line(string trace, bool sampled)
    {
        var lines = (Report(74.594, null, 97) with { TraceId = trace }).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(sampled ? 2 : 1);
        if (sampled)
        {
            lines[1].ShouldStartWith("XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\t");
            lines[1].ShouldEndWith("\tSampled: true\t");
        }
    }

    [Fact]
    public void The_tail_is_exactly_the_last_4096_bytes()
    {
        var random = new Random(20260101);
        for (var run = 0; run < 500; run++)
        {
            var all = new MemoryStream();
            log.Begin(Request);
            all.Write("START RequestId: id Version: $LATEST\n"u8);
            for (var writes = random.Next(0, 12); writes > 0; writes--)
            {
                var bytes = new byte[random.Next(4) switch { 0 => random.Next(20_000), 1 => 4096, _ => random.Next(3000) }];
                random.NextBytes(bytes);
                bytes.AsSpan().Replace((byte)0xa5, (byte)'\n'); // frames are another test's
                log.Write(Stdout, bytes);
                all.Write(bytes);
            }

            var tail = log.End(Done(), Report(74.594, null, 97));
            all.Write(Encoding.UTF8.GetBytes($"END RequestId: id\n{Warm}"));
            tail.ShouldBe(all.ToArray()[^(int)Math.Min(4096, all.Length)..]);
        }
    }

    [Fact]
    public void What_is_written_between_two_events_belongs_to_neither()
    {
        log.Begin(Request);
        End();
        Write("between\n");
        log.Begin(Request);
        log.Abandon();
        Write("abandoned\n");
        log.Begin(Request);
        End().ShouldStartWith("START RequestId: id Version: $LATEST\nEND RequestId: id\n");
    }

    [Fact]
    public void Lines_of_two_pipes_do_not_mix_and_what_has_no_newline_ends_with_its_event()
    {
        log.Begin(Request);
        Write("a");
        log.Write(Stderr, "error\n"u8);
        Write("b\nc");
        End().ShouldContain("error\nab\ncEND RequestId: id\n");
        stream.Events[1..4].ShouldBe(["error\n", "ab\n", "c"]);
    }

    [Theory]
    [InlineData("DEBUG", "platform.start platform.runtimeDone platform.report")]
    [InlineData("INFO", "platform.start platform.report")]
    [InlineData("WARN", "")]
    public void In_JSON_the_system_level_says_which_events_are_logged(string level, string types)
    {
        log.Open(stream, Samples.Function() with { LogFormat = "JSON", SystemLogLevel = level });
        List<string> heard = [];
        log.PlatformSpoke += e => heard.Add(e.Type);
        log.Begin(Request);
        var tail = End();
        string.Join(' ', stream.Events.Select(e => (string)JsonNode.Parse(e)!["type"]!)).ShouldBe(types);
        tail.ShouldBe(string.Concat(stream.Events));
        heard.ShouldBe(["platform.start", "platform.runtimeDone", "platform.report"], "who subscribes hears all");
    }

    [Theory]
    [InlineData("TRACE", "t d p e")]
    [InlineData("INFO", "p e")]
    [InlineData("ERROR", "e")]
    public void In_JSON_lines_below_the_application_level_are_left_out(string level, string left)
    {
        log.Open(stream, Samples.Function() with { LogFormat = "JSON", ApplicationLogLevel = level });
        const string Time = "\"timestamp\":\"2024-11-02T16:51:31.587Z\"";
        Write($$"""
            {"level":"trace",{{Time}},"m":"t"}
            {"level":"debug",{{Time}},"m":"d"}
            p
            {"level":"ERROR",{{Time}},"m":"e"}

            """);
        string.Join(' ', stream.Events.Select(e => e[0] == '{' ? (string)JsonNode.Parse(e)!["m"]! : e.TrimEnd())).ShouldBe(left);
    }

    [Fact]
    public void A_process_that_ends_within_a_frame_takes_nothing_of_the_next_one()
    {
        log.Write(Stdout, [0xa5, 0x5a, 0x00, 0x03, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'x']);
        log.ProcessesEnded();
        Write("new\n");
        stream.Events.ShouldBe(["x", "new\n"]);
    }

    [Fact]
    public void What_the_store_does_not_take_is_counted_and_said()
    {
        PlatformEvent? heard = null;
        log.PlatformSpoke += e => heard = e;
        stream.TakesNone = true;
        Write("lost\nlost too\n");
        stream.TakesNone = false;
        Write("kept\n");
        stream.Events.ShouldBe(["Lambent: 2 records of this log were dropped\n", "kept\n"]);
        heard.ShouldBeOfType<PlatformEvent.LogsDropped>().DroppedBytes.ShouldBe(14);
    }

    [Fact]
    public void Subscribers_hear_lines_and_events_in_their_order()
    {
        List<string> heard = [];
        log.PlatformSpoke += e => heard.Add(e.Type);
        log.ProcessWrote += (_, process, message) => heard.Add($"{process} {message}");
        log.Begin(Request);
        Write("one\ntwo");
        End();
        heard.ShouldBe(["platform.start", "/runtime one\n", "/runtime two", "platform.runtimeDone", "platform.report"]);
    }

    private static PlatformEvent.RuntimeDone Done() => new("id", PhaseStatus.Success, "", 74.594);

    private static PlatformEvent.Report Report(double durationMs, double? initMs, int usedMb, PhaseStatus? status = null) =>
        new("id", status ?? PhaseStatus.Success, "", durationMs, initMs, 128, usedMb);

    private void Write(string text) => log.Write(Stdout, Encoding.UTF8.GetBytes(text));

    private string End() => Encoding.UTF8.GetString(log.End(Done(), Report(74.594, null, 97)));

    private sealed class MemoryStreamOfLogs : ILogStream
    {
        internal List<string> Events { get; } = [];

        internal List<DateTimeOffset> Times { get; } = [];

        internal bool TakesNone { get; set; }

        public bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message)
        {
            if (!TakesNone)
            {
                Events.Add(Encoding.UTF8.GetString(message));
                Times.Add(time);
            }

            return !TakesNone;
        }
    }
}
