using System.Text;
using Lambent.Contracts;
using Lambent.Invoke.Tests;
using Lambent.Worker.Logs;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>Lines as seen on AWS in 2025 and 2026.</summary>
public sealed class SandboxLogTests
{
    private static readonly InvokeRequest Request = Samples.Request();
    private static readonly ReportLine Warm = new(74.594, null, 128, 97, null);
    private readonly SandboxLog log = new(TimeProvider.System);

    [Fact]
    public void An_event_has_its_start_its_own_lines_its_end_and_its_report()
    {
        log.Write("before\n");
        log.Begin(Request);
        log.Write("hello\n");
        Encoding.UTF8.GetString(log.End(Request, Warm)).ShouldBe(
            "START RequestId: id Version: $LATEST\nhello\nEND RequestId: id\n" +
            "REPORT RequestId: id\tDuration: 74.59 ms\tBilled Duration: 75 ms\tMemory Size: 128 MB\tMax Memory Used: 97 MB\t\n");
    }

    [Fact]
    public void The_first_event_pays_for_Init() => new ReportLine(80.30, 488.91, 128, 97, null).Format("id", "").ShouldBe(
        "REPORT RequestId: id\tDuration: 80.30 ms\tBilled Duration: 570 ms\tMemory Size: 128 MB\tMax Memory Used: 97 MB\tInit Duration: 488.91 ms\t\n");

    [Fact]
    public void A_timeout_has_its_status_and_no_tab_behind_it() => new ReportLine(3000, 402.04, 128, 73, "timeout").Format("id", "").ShouldBe(
        "REPORT RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 402.04 ms\tStatus: timeout\n");

    [Fact]
    public void An_error_names_its_type() =>
        new ReportLine(344356.22, 399.33, 1024, 1024, "error\tError Type: Runtime.OutOfMemory").Format("id", "").ShouldBe(
            "REPORT RequestId: id\tDuration: 344356.22 ms\tBilled Duration: 344756 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tInit Duration: 399.33 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n");

    [Theory]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", true)]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", false)]
    public void A_sampled_trace_has_a_line(string trace, bool sampled)
    {
        var lines = Warm.Format("id", trace).Split('\n', StringSplitOptions.RemoveEmptyEntries);
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
                log.Write(bytes);
                all.Write(bytes);
            }

            var tail = log.End(Request, Warm);
            all.Write(Encoding.UTF8.GetBytes($"END RequestId: id\n{Warm.Format("id", "")}"));
            tail.ShouldBe(all.ToArray()[^(int)Math.Min(4096, all.Length)..]);
        }
    }

    [Fact]
    public void What_is_written_between_two_events_belongs_to_neither()
    {
        log.Begin(Request);
        log.End(Request, Warm);
        log.Write("between\n");
        log.Begin(Request);
        log.Abandon();
        log.Write("abandoned\n");
        log.Begin(Request);
        Encoding.UTF8.GetString(log.End(Request, Warm)).ShouldStartWith("START RequestId: id Version: $LATEST\nEND RequestId: id\n");
    }
}
