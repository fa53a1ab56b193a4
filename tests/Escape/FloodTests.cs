using System.Globalization;
using System.Text.Json;
using Lambent.Support;
using Shouldly;

namespace Lambent.Escape;

/// <summary>A function that takes everything gets what is its own; meanwhile a neighbour gets every answer, and the right one.</summary>
public sealed class FloodTests(Machine machine, ITestOutputHelper output) : HostileTest(machine)
{
    /// <summary>What Lambent's own memory may grow by, MB: far below what floods send.</summary>
    private const int GrowthAtMostMb = 400;

    private const long OneStreamAtMost = 65L << 20;

    [Theory]
    [InlineData("processes", 500, 1024, "EAGAIN")]
    [InlineData("threads", 500, 1024, "EAGAIN")]
    [InlineData("files", 900, 1024, "EMFILE")]
    [InlineData("sockets", 450, 512, "EMFILE")]
    [InlineData("blocks", 450, 512, "ENOSPC")]
    [InlineData("inodes", 10_000, 20_000, "ENOSPC")]
    public async Task What_a_function_may_have_is_what_AWS_allows(string what, int least, int most, string refusal)
    {
        var (got, refused) = await FloodAsync(what, memoryMb: 3008);

        got.ShouldBeInRange(least, most);
        refused.ShouldBe(refusal);
    }

    [Theory]
    [InlineData("fork_bomb")]
    [InlineData("depth")]
    [InlineData("cpu")]
    [InlineData("datagrams")]
    [InlineData("memory_of_children")]
    public async Task Whatever_else_it_does_is_its_own_loss(string what)
    {
        var (got, refused) = await FloodAsync(what, memoryMb: 512);

        output.WriteLine($"{what}: {got}, {refused}");
    }

    [Theory]
    [InlineData("api_requests")]
    [InlineData("api_chunks")]
    public async Task What_it_asks_of_the_Runtime_API_beside_its_events_is_bounded(string what)
    {
        var (answers, _) = await FloodAsync(what, memoryMb: 1769);

        output.WriteLine($"{what}: {answers} answers");
        answers.ShouldBeInRange(1, 5_000); // 256 at once and 256 a second, for three seconds of a machine that may be busy; without the bound a hundred thousand
    }

    [Fact]
    public async Task A_file_that_claims_to_be_endless_takes_no_room()
    {
        var (size, blocks) = await FloodAsync("sparse", memoryMb: 512);

        size.ShouldBe(1L << 43);
        blocks.ShouldBeOneOf("8 blocks", "16 blocks", "24 blocks", "32 blocks");
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("memory_files")]
    public async Task Memory_over_the_limit_ends_the_function(string what)
    {
        await DeployAsync(256);

        await Machine.BesideNeighbourAsync(output, what, async () =>
        {
            var (status, body) = await Machine.Lambent.InvokeAsync(NameOf(256), $$"""{"flood":"{{what}}"}""");
            status.ShouldBe(200, body);
            body.ShouldContain("Runtime exited with error: signal: killed");
        });
    }

    [Theory]
    [InlineData("log")]
    [InlineData("lines")]
    public async Task A_log_of_gigabytes_costs_neither_memory_nor_disk_nor_a_line_of_the_neighbours(string what)
    {
        var memory = Machine.Lambent.MemoryMb;

        var (sent, _) = await FloodAsync(what, memoryMb: 3008);

        output.WriteLine($"{sent >> 20} MB were logged; Lambent's memory: {memory} MB before, {Machine.Lambent.MemoryMb} MB after");
        (Machine.Lambent.MemoryMb - memory).ShouldBeLessThan(GrowthAtMostMb);
        Logs(NameOf(3008)).Max(f => f.Length).ShouldBeLessThan(OneStreamAtMost);
        await Wait.UntilAsync(() => LinesOfNeighbour() >= Machine.NeighbourAnswers, TimeSpan.FromSeconds(20));
        LinesOfNeighbour().ShouldBe(Machine.NeighbourAnswers);
    }

    [Theory]
    [InlineData("exit", "exit status 7")]
    [InlineData("abort", "signal: aborted")]
    [InlineData("kill", "signal: killed")]
    public async Task The_end_of_the_runtime_in_an_invoke_is_told(string how, string words)
    {
        await DeployAsync(512);

        var (status, body) = await Machine.Lambent.InvokeAsync(NameOf(512), $$"""{"flood":"end","with":["{{how}}"]}""");

        status.ShouldBe(200);
        body.ShouldContain($"Runtime exited with error: {words}");
    }

    [Theory]
    [InlineData("requests", true)]
    [InlineData("requests", false)]
    [InlineData("chunks", true)]
    [InlineData("garbage", true)]
    [InlineData("a_header", false)]
    public async Task What_it_sends_by_its_runtimes_own_connection_is_its_own_loss(string what, bool reads)
    {
        await DeployAsync(1769);
        (int Status, string Body) answer = (0, "");

        await Machine.BesideNeighbourAsync(output, $"connection, {what}", async () => answer = await Machine.Lambent.InvokeAsync(
            NameOf(1769), $$"""{"flood":"connection","with":["{{what}}",{{(reads ? "true" : "false")}}]}"""));

        answer.Status.ShouldBe(200);
        answer.Body.ShouldContain("Runtime exited with error: exit status 7");
    }

    [Theory]
    [InlineData("descriptors", "EPERM")]
    [InlineData("locks", "EINVAL")]
    public async Task It_cannot_make_the_worker_wait(string what, string refusal) => (await FloodAsync(what, memoryMb: 512)).ShouldBe((0, refusal));

    [Fact]
    public async Task Output_that_comes_from_the_disk_page_by_page_holds_up_nobody_elses_answers()
    {
        await DeployAsync(512);

        await Machine.BesideNeighbourAsync(output, "faults", async () =>
        {
            var (status, body) = (0, "");
            for (var i = 0; i < 100; i++)
            {
                (status, body) = await Machine.Lambent.InvokeAsync(NameOf(512), """{"flood":"faults"}""");
                (status, body.Contains("got", StringComparison.Ordinal)).ShouldBe((200, true), body);
            }

            using var last = JsonDocument.Parse(body);
            last.RootElement.GetProperty("got").GetInt64().ShouldBePositive(); // it did write meanwhile
        });
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("close")]
    public async Task A_runtime_that_stops_itself_runs_out_of_time(string how)
    {
        await Machine.DeployAsync(Flood($"stops-{how}", 512) with { Timeout = 2 });

        var (status, body) = await Machine.Lambent.InvokeAsync($"stops-{how}", $$"""{"flood":"end","with":["{{how}}"]}""");

        status.ShouldBe(200);
        body.ShouldContain("Task timed out after 2.00 seconds");
    }

    [Fact]
    public async Task A_daemon_that_outlives_the_answer_does_not_outlive_the_sandbox()
    {
        var marker = $"daemon-{Guid.NewGuid():n}";
        await DeployAsync(512);
        (await Machine.Lambent.InvokeAsync(NameOf(512), $$"""{"flood":"daemon","with":["{{marker}}"]}""")).Status.ShouldBe(200);
        await Wait.UntilAsync(() => IsOnTheHost(marker), TimeSpan.FromSeconds(20));

        await Machine.BesideNeighbourAsync(output, "daemon", () => Machine.Lambent.InvokeAsync(NameOf(512), """{"flood":"end","with":["exit"]}"""));

        await Wait.UntilAsync(() => !IsOnTheHost(marker), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Children_of_Nodejs_are_bounded_and_its_reads_and_calls_are_denied()
    {
        await Machine.DeployAsync(new TestFunction("node", ("index.mjs", Machine.Hostile("node.mjs"))) { Runtime = "nodejs22.x", Handler = "index.handler", MemoryMb = 3008, Timeout = 60 });

        await Machine.BesideNeighbourAsync(output, "children of Node.js", async () =>
        {
            using var children = JsonDocument.Parse((await Machine.Lambent.InvokeAsync("node", """{"attempt":"children"}""")).Body);
            var open = children.RootElement.GetProperty("open");
            open.GetProperty("got").GetInt32().ShouldBeInRange(250, 1024);
            open.GetProperty("refusal").GetString().ShouldBeOneOf("EAGAIN", "EMFILE");
        });

        foreach (var path in (string[])[Path.Combine(Machine.Data, "root-access-key.json"), "/etc/shadow", "/proc/1/root/etc/passwd"])
        {
            (await NodeAsync("read", path)).ShouldBeOneOf("ENOENT", "EACCES");
        }

        (await NodeAsync("connect", "127.0.0.1", Machine.Lambent.Endpoint.Port)).ShouldBe("ECONNREFUSED");
    }

    private async Task<string?> NodeAsync(string attempt, params object[] with)
    {
        using var answer = JsonDocument.Parse((await Machine.Lambent.InvokeAsync("node", JsonSerializer.Serialize(new Dictionary<string, object> { ["attempt"] = attempt, ["with"] = with }))).Body);
        return answer.RootElement.GetProperty("denied").GetString();
    }

    private static string NameOf(int memoryMb) => $"flood-{memoryMb.ToString(CultureInfo.InvariantCulture)}";

    private static TestFunction Flood(string name, int memoryMb) => new(name, ("app.py", Machine.Hostile("floods.py"))) { MemoryMb = memoryMb, Timeout = 60 };

    private Task DeployAsync(int memoryMb) => Machine.DeployOnceAsync(Flood(NameOf(memoryMb), memoryMb));

    private async Task<(long Got, string Refused)> FloodAsync(string what, int memoryMb)
    {
        await DeployAsync(memoryMb);
        (int Status, string Body) answer = (0, "");
        await Machine.BesideNeighbourAsync(output, what, async () => answer = await Machine.Lambent.InvokeAsync(NameOf(memoryMb), $$"""{"flood":"{{what}}"}"""));
        answer.Status.ShouldBe(200, answer.Body);
        using var json = JsonDocument.Parse(answer.Body);
        json.RootElement.TryGetProperty("got", out var got).ShouldBeTrue(answer.Body);
        return (got.GetInt64(), json.RootElement.GetProperty("refusal").GetString()!);
    }

    private IEnumerable<FileInfo> Logs(string function) => new DirectoryInfo(Path.Combine(Machine.Data, "logs"))
        .EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.FullName.Contains(function, StringComparison.Ordinal));

    private int LinesOfNeighbour() => Logs("neighbour").Sum(file =>
    {
        using var reader = new StreamReader(new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n').Count(l => l.Contains(" asked ", StringComparison.Ordinal));
    });

    private static bool IsOnTheHost(string marker) => Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Any(d =>
    {
        try
        {
            return File.ReadAllText($"{d}/cmdline").Contains(marker, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended in between
        }
    });
}
