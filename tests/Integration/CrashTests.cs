using System.Text.Json.Nodes;
using Dapper;
using Lambent.Storage;
using Lambent.Support;
using Shouldly;

namespace Lambent.Integration;

/// <summary>kill -9 at bad moments, and what must be there afterwards.</summary>
public sealed class CrashTests : IDisposable
{
    private const string Counts = "def handler(event, context):\n    print('ran', event['n'], 'end')\n    return event['n']\n";

    /// <summary>So slow that the last event accepted cannot have run when the process is killed.</summary>
    private const string CountsSlowly = "import time\ndef handler(event, context):\n    time.sleep(0.03)\n    print('ran', event['n'], 'end')\n";

    private readonly string data = Directory.CreateTempSubdirectory("lambent-integration-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_function_that_was_answered_201_is_there_after_kill_9_with_its_code()
    {
        byte[] before;
        using (var first = await RunningLambent.StartAsync(data))
        {
            await first.DeployAsync("kept", Counts);
            first.KillHard();
        }

        using (var second = await RunningLambent.StartAsync(data))
        {
            await second.WaitUntilActiveAsync("kept");
            (await second.InvokeAsync("kept", """{"n":7}""")).ShouldBe((200, "7"));
            before = await DownloadAsync(second);
            second.KillHard();
        }

        using var third = await RunningLambent.StartAsync(data);
        (await DownloadAsync(third)).ShouldBe(before);
        (await third.InterruptAsync()).ShouldBe(0);
        Leftovers.Of(data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_thousand_accepted_events_all_run_although_the_process_is_killed_in_the_middle()
    {
        const int Events = 1000;
        using (var first = await RunningLambent.StartAsync(data))
        {
            await first.DeployAsync("events", CountsSlowly);
            await first.WaitUntilActiveAsync("events");
            await Parallel.ForEachAsync(Enumerable.Range(0, Events), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, _) =>
                (await first.InvokeAsync("events", $$"""{"n":{{n}}}""", "Event")).Status.ShouldBe(202));
            first.KillHard();
        }

        var waiting = await WaitingAsync(); // what has left the queue has run: its log may be a line short after kill -9
        using var second = await RunningLambent.StartAsync(data);
        await Wait.UntilAsync(() => waiting.IsSubsetOf(Ran()));

        waiting.ShouldNotBeEmpty("the process was to be killed before all had run");
        Ran().Count.ShouldBeGreaterThan(Events - 50, "no event is lost; the log of a killed process may lack its last lines");
        (await second.InterruptAsync()).ShouldBe(0);
        Leftovers.Of(data).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ctrl_C_lets_a_running_invoke_finish()
    {
        using var lambent = await RunningLambent.StartAsync(data);
        await lambent.DeployAsync("slow", "import time\ndef handler(e, c):\n    print('began')\n    time.sleep(1.5)\n    return 'done'\n");
        await lambent.WaitUntilActiveAsync("slow");
        var invoke = lambent.InvokeAsync("slow", "{}");
        await Wait.UntilAsync(() => Logs().Contains("began", StringComparison.Ordinal));

        var exit = lambent.InterruptAsync();

        (await invoke).ShouldBe((200, "\"done\""));
        (await exit).ShouldBe(0);
        Leftovers.Of(data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_refused()
    {
        using var first = await RunningLambent.StartAsync(data);
        using var second = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(RunningLambent.Program, ["up", "--port", "0", "--data", data]) { RedirectStandardError = true })!;

        var error = await second.StandardError.ReadToEndAsync();
        await second.WaitForExitAsync();

        second.ExitCode.ShouldBe(2);
        error.ShouldContain("Another Lambent runs on");
    }

    private static async Task<byte[]> DownloadAsync(RunningLambent lambent)
    {
        var (status, body) = await lambent.SendAsync(HttpMethod.Get, "/2015-03-31/functions/kept", "");
        status.ShouldBe(200);
        return await lambent.DownloadAsync((string)JsonNode.Parse(body)!["Code"]!["Location"]!);
    }

    /// <summary>The events in the queue of a process that is no more, each as the line that its run prints.</summary>
    private async Task<HashSet<string>> WaitingAsync()
    {
        await using var database = Database.Open(Path.Combine(data, "lambent.db"));
        var payloads = database.Read(c => c.Query<byte[]>("SELECT payload FROM events").ToList());
        return [.. payloads.Select(p => $"ran {(int)JsonNode.Parse(p)!["n"]!} end")];
    }

    private HashSet<string> Ran() =>
        [.. Logs().Split('\n').Select(WithoutTime).Where(l => l.StartsWith("ran ", StringComparison.Ordinal) && l.EndsWith(" end", StringComparison.Ordinal))];

    private static string WithoutTime(string line) => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private string Logs()
    {
        var folder = Path.Combine(data, "logs");
        return Directory.Exists(folder)
            ? string.Concat(Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories).Select(Read))
            : "";

        static string Read(string file)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
