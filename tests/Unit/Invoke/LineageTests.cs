using System.Globalization;
using Lambent.Contracts;
using Lambent.Invoke.Tracing;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class LineageTests
{
    private const string Root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    private static readonly FunctionArn Loop = Function("loop"), Other = Function("other");

    [Fact]
    public void The_first_run_and_the_fifteenth_are_written_as_on_AWS()
    {
        var header = Root;
        var hash = Hash(Lineage.Add(header, Loop).TraceHeader);
        Lineage.Add(header, Loop).TraceHeader.ShouldBe($"{Root};Lineage=1:{hash}:0");
        for (var run = 1; run <= 15; run++)
        {
            header = Lineage.Add(header, Loop).TraceHeader;
        }

        header.ShouldBe($"{Root};Lineage=15:{hash}:14");
    }

    [Fact]
    public void The_seventeenth_run_of_a_function_that_calls_itself_is_one_too_many()
    {
        var header = Root;
        for (var run = 1; run <= Lineage.RunsAtMost; run++)
        {
            (header, var earlier) = Lineage.Add(header, Loop);
            earlier.ShouldBe(run - 1);
        }

        Lineage.Add(header, Loop).EarlierRuns.ShouldBe(Lineage.RunsAtMost);
        Lineage.Add(header, Other).EarlierRuns.ShouldBe(0, "another function in the same chain has not run yet");
    }

    [Fact]
    public void Each_function_of_a_circle_is_counted()
    {
        var header = Root;
        for (var run = 0; run < Lineage.RunsAtMost; run++)
        {
            (header, var earlier) = Lineage.Add(header, Loop);
            earlier.ShouldBe(run);
            (header, earlier) = Lineage.Add(header, Other);
            earlier.ShouldBe(run);
        }

        Lineage.Add(header, Loop).EarlierRuns.ShouldBe(Lineage.RunsAtMost);
        header.ShouldContain("Lineage=32:");
    }

    [Fact]
    public void A_loop_is_found_behind_any_number_of_other_functions()
    {
        var header = Root;
        for (var i = 0; i < 40; i++)
        {
            header = Lineage.Add(header, Function($"f{i}")).TraceHeader;
        }

        for (var run = 0; run < Lineage.RunsAtMost; run++)
        {
            header = Lineage.Add(header, Loop).TraceHeader;
        }

        Lineage.Add(header, Loop).EarlierRuns.ShouldBe(Lineage.RunsAtMost);
        header.Length.ShouldBeLessThanOrEqualTo(256);
    }

    [Fact]
    public void Versions_and_aliases_are_the_same_function() =>
        Lineage.Add(Lineage.Add(Root, Loop with { Qualifier = "live" }).TraceHeader, Loop with { Qualifier = "7" }).EarlierRuns.ShouldBe(1);

    [Fact]
    public void A_function_that_may_call_itself_is_counted_no_further_than_the_form_allows()
    {
        var hash = Hash(Lineage.Add(Root, Loop).TraceHeader);
        Lineage.Add($"{Root};Lineage=32767:{hash}:32767", Loop).TraceHeader.ShouldEndWith($"Lineage=32767:{hash}:32767");
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1:")]
    [InlineData("x:aaaaaaaa:1")]
    [InlineData("1:AAAAAAAA:1")]
    [InlineData("1:aaaaaaaa:-1")]
    [InlineData("1:aaaaaaaa:99999999999")]
    [InlineData("1:aaaaaaaa:1|")]
    [InlineData("a87bd80c:1|68fd508a:5")]
    [InlineData("1:aaaaaaaa:1|aaaaaaab:1|aaaaaaac:1|aaaaaaad:1|aaaaaaae:1|aaaaaaaf:1|aaaaaaa0:1|aaaaaaa1:1|aaaaaaa2:1|aaaaaaa3:1|aaaaaaa4:1|aaaaaaa5:1|aaaaaaa6:1")]
    public void What_has_not_the_form_counts_as_nothing(string lineage)
    {
        var (header, earlier) = Lineage.Add($"{Root};Lineage={lineage}", Loop);
        earlier.ShouldBe(0);
        header.ShouldBe(Lineage.Add(Root, Loop).TraceHeader);
    }

    [Fact]
    public void Nothing_that_is_sent_makes_it_throw()
    {
        var random = new Random(20261121);
        const string Letters = ";=:|Lineagr0aF ";
        for (var i = 0; i < 20_000; i++)
        {
            var sent = $"{Root};Lineage={random.Next(40).ToString(CultureInfo.InvariantCulture)}:" + new string(random.GetItems<char>(Letters, random.Next(60)));
            Should.NotThrow(() => Lineage.Add(sent, Loop), sent);
            Should.NotThrow(() => TraceHeader.TryRead(sent, out _), sent);
        }
    }

    private static FunctionArn Function(string name) => Samples.Arn with { Name = name };

    private static string Hash(string header) => header.Split("Lineage=")[1].Split(':')[1];
}
