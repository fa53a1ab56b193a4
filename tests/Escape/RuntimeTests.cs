using System.Text.Json.Nodes;
using Lambent.Support;
using Shouldly;

namespace Lambent.Escape;

/// <summary>A custom runtime that speaks to the Runtime API as none should.</summary>
public sealed class RuntimeTests(Machine machine) : HostileTest(machine)
{
    private const int TimeoutS = 3, LongTimeoutS = 30;

    [Theory]
    [InlineData("garbage")]
    [InlineData("half_requests")]
    [InlineData("resets")]
    [InlineData("giants")]
    [InlineData("waits_in_many_lines")]
    [InlineData("errors")]
    public async Task After_whatever_it_sent_before_its_first_event_a_runtime_is_still_served(string mode)
    {
        await DeployAsync(mode);

        var (status, body) = await RunAsync(mode, "what_was_seen");

        status.ShouldBe(200, body);
        body.ShouldStartWith("{\"answers\":");
        var seen = JsonNode.Parse(body)!;
        switch (mode)
        {
            case "garbage":
                seen["answers"]!.AsArray().Select(a => a!.ToString()).Distinct().ShouldBeSubsetOf(["400", "RemoteDisconnected", "TimeoutError", "ConnectionResetError", "BadStatusLine"]);
                break;
            case "giants":
                seen["answers"]!.ToJsonString().ShouldBe("[431,431,414,404]");
                break;
            case "errors":
                seen["answers"]!.AsArray().ShouldAllBe(a => (int)a![0]! == 400 && ((string)a[1]!).Contains("InvalidRequestID"));
                break;
        }
    }

    [Theory]
    [InlineData("exit", "exit status 9")]
    [InlineData("kill", "signal: killed")]
    [InlineData("half_of_an_error", "exit status 9")]
    public async Task A_runtime_that_ends_before_its_first_event_fails_its_init(string mode, string words)
    {
        await DeployAsync(mode);

        var (status, body) = await RunAsync(mode, "what_was_seen");

        status.ShouldBe(200, body);
        body.ShouldContain($"Runtime exited with error: {words}");
    }

    [Theory]
    [InlineData("wrong_id", "[400,400,400,404,400]")]
    [InlineData("twice", null)]
    [InlineData("lying_length", "[400,400]")]
    public async Task An_answer_that_is_wrong_is_refused_and_the_right_one_taken(string what, string? refusals)
    {
        await DeployAsync("polite");

        var (status, body) = await RunAsync("polite", what);

        status.ShouldBe(200, body);
        if (refusals is not null)
        {
            JsonNode.Parse(body)!["answers"]!.ToJsonString().ShouldBe(refusals);
            return;
        }

        body.ShouldBe("""{"first": true}""");
        JsonNode.Parse((await RunAsync("polite", "what_was_seen")).Body)!["answers"]!.ToJsonString().ShouldBe("[202,403,403]");
    }

    [Theory]
    [InlineData("pipelined", "\"pipelined\"")]
    [InlineData("slow", "{\"read\": 2000, \"again\": true}")]
    [InlineData("exit_after_the_answer", "\"answered\"")]
    [InlineData("exit_with_the_next_question", "\"answered\"")]
    [InlineData("smuggled", "\"open\"")]
    public async Task An_answer_that_came_in_a_strange_way_is_an_answer(string what, string expected)
    {
        var function = $"strange-{what}"; // one that ends after its answer may take the next event with it
        await DeployAsync(function);

        (await RunAsync(function, what, new string('p', what == "slow" ? 2_000_000 : 1))).ShouldBe((200, expected));
    }

    [Theory]
    [InlineData("nothing", "Task timed out after 3.00 seconds")]
    [InlineData("half_an_answer", "Task timed out after 3.00 seconds")]
    [InlineData("broken_answer", "Response truncated")]
    [InlineData("broken_chunk", "Response truncated")]
    [InlineData("endless", "Response payload size exceeded maximum allowed payload size")]
    [InlineData("exit_before_the_answer", "Runtime exited with error: exit status 3")]
    public async Task What_is_no_answer_is_an_error_of_the_function(string what, string words)
    {
        await DeployAsync("polite");

        var (status, body) = await RunAsync("polite", what);

        status.ShouldBe(200, body);
        body.ShouldContain(words);
    }

    [Fact]
    public async Task A_runtime_that_ends_in_the_middle_of_its_answer_is_told_one_way_or_the_other()
    {
        await DeployAsync("polite");

        var (status, body) = await RunAsync("polite", "exit_in_the_answer");

        status.ShouldBe(200, body);
        (body.Contains("exit status 3", StringComparison.Ordinal) || body.Contains("Response truncated", StringComparison.Ordinal)).ShouldBeTrue(body);
    }

    [Fact]
    public async Task An_error_that_is_no_json_with_a_type_that_is_no_type_reaches_the_caller()
    {
        await DeployAsync("polite");

        (await RunAsync("polite", "giant_error_type")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Ten_thousand_connections_are_opened_and_closed_and_the_answer_is_taken_all_the_same()
    {
        await DeployAsync("patient", LongTimeoutS);

        (await RunAsync("patient", "ten_thousand")).ShouldBe((200, "\"served\""));
    }

    private static string NameOf(string mode) => $"runtime-{mode}";

    private Task DeployAsync(string mode, int timeoutS = TimeoutS) => Machine.DeployOnceAsync(new TestFunction(NameOf(mode), ("bootstrap", Machine.Hostile("bootstrap")))
    {
        Runtime = "provided.al2023",
        Handler = "none",
        MemoryMb = 1769,
        Timeout = timeoutS,
        Environment = new Dictionary<string, string> { ["MODE"] = mode },
    });

    private Task<(int Status, string Body)> RunAsync(string mode, string what, string padding = "") =>
        Machine.Lambent.InvokeAsync(NameOf(mode), new JsonObject { ["do"] = what, ["padding"] = padding }.ToJsonString());
}
