using System.Diagnostics;
using Lambent.Invoke.Tracing;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class TraceHeaderTests
{
    private const string Trace = "5759e988bd862e3fe1be46a994272793", Root = "Root=1-5759e988-bd862e3fe1be46a994272793";

    [Theory]
    [InlineData(Root + ";Parent=53995c3f42cd8ad8;Sampled=1", "53995c3f42cd8ad8", ActivityTraceFlags.Recorded)]
    [InlineData(Root + ";Parent=53995c3f42cd8ad8;Sampled=0", "53995c3f42cd8ad8", ActivityTraceFlags.None)]
    [InlineData("Self=1-a-b; " + Root + " ; Sampled=1; Parent=53995C3F42CD8AD8; Lineage=1:aaaaaaaa:0", "53995c3f42cd8ad8", ActivityTraceFlags.Recorded)]
    [InlineData(Root, "0000000000000000", ActivityTraceFlags.None)]
    [InlineData(Root + ";Parent=xyz;Sampled=?", "0000000000000000", ActivityTraceFlags.None)]
    public void A_header_is_the_parent_of_a_span(string header, string span, ActivityTraceFlags flags)
    {
        TraceHeader.TryRead(header, out var parent).ShouldBeTrue();

        parent.TraceId.ToHexString().ShouldBe(Trace);
        parent.SpanId.ToHexString().ShouldBe(span);
        parent.TraceFlags.ShouldBe(flags);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Root=")]
    [InlineData("Root=2-5759e988-bd862e3fe1be46a994272793")]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a99427279")]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a99427279g")]
    [InlineData("Root=1-00000000-000000000000000000000000")]
    [InlineData("Parent=53995c3f42cd8ad8;Sampled=1")]
    public void A_header_without_a_root_names_no_trace(string header) => TraceHeader.TryRead(header, out _).ShouldBeFalse();

    [Fact]
    public void A_trace_that_begins_here_has_the_form_of_AWS_and_no_span_above()
    {
        var header = TraceHeader.New(Samples.Noon, isSampled: true);

        header.ShouldMatch("^Root=1-695661c0-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$");
        TraceHeader.TryRead(header, out var parent).ShouldBeTrue();
        parent.SpanId.ShouldBe(default);
        TraceHeader.New(Samples.Noon, isSampled: false).ShouldEndWith("Sampled=0");
    }

    [Fact]
    public void What_the_function_traces_hangs_below_our_span()
    {
        var span = ActivitySpanId.CreateFromString("00f067aa0ba902b7");
        TraceHeader.WithParent($"{Root};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:aaaaaaaa:0", span)
            .ShouldBe($"{Root};Parent=00f067aa0ba902b7;Sampled=1;Lineage=1:aaaaaaaa:0");
    }
}
