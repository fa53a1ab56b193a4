using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Lambent.Deploy;
using Spectre.Console;

namespace Lambent.Commands;

/// <summary><c>lambent demo</c>: three functions deployed and invoked on a throw-away Lambent, then everything is gone.</summary>
internal static class DemoCommand
{
    private static readonly (string Name, string Runtime, string Handler, string Folder)[] Functions =
    [
        ("hello-python", "python3.12", "app.handler", "python-hello"),
        ("hello-nodejs", "nodejs22.x", "index.handler", "nodejs-hello"),
        ("hello-custom", "provided.al2023", "hello", "custom-hello"),
    ];

    internal static Command Create()
    {
        var isolation = new Option<string>("--isolation") { Description = "oci or process, as in ./lambent up.", DefaultValueFactory = _ => "oci" };
        var command = new Command("demo", "Deploy and invoke a Python, a Node.js and a custom-runtime function, show the answers, and clean up.")
        {
            isolation, Settings.YesOption(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(isolation)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string isolation, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("lambent-demo-").FullName;
        try
        {
            await using var host = await LambentHost.StartAsync(new LambentOptions { Port = 0, DataFolder = data, Isolation = isolation }, cancellation);
            AnsiConsole.MarkupLineInterpolated($"Lambent runs at {host.Endpoint} with its data in {data}, until this demo ends.");
            await StockedAsync(host);
            using var client = new LambdaClient(host.Endpoint, host.Key.ToAccessKey(), host.Options.Region);
            var table = new Table().AddColumns("function", "runtime", "cold ms", "warm ms", "answer");
            var right = true;
            foreach (var function in Functions)
            {
                right &= await ShowAsync(client, function, table);
            }

            AnsiConsole.Write(table);
            right &= await ShowEventAsync(client, data);
            AnsiConsole.MarkupLine(right ? "[green]Every answer was right.[/] Next: ./lambent up" : "[red]An answer was wrong.[/]");
            return right ? 0 : 1;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>A Lambent that has run for a second has its stock; the times are to be those, not of the first moment.</summary>
    private static async Task StockedAsync(LambentHost host)
    {
        var full = host.Runtimes.Images.Count * host.Options.StockPerRuntime;
        for (var poll = 0; poll < 200 && host.Worker.StockCount < full; poll++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }
    }

    private static async Task<bool> ShowAsync(LambdaClient client, (string Name, string Runtime, string Handler, string Folder) function, Table table)
    {
        await new Deployment(client).RunAsync(new DeploymentPlan
        {
            Name = function.Name,
            Folder = Path.Combine(InstallFolder.Examples, function.Folder),
            Runtime = function.Runtime,
            Handler = function.Handler,
            MemoryMb = 1769,
        });
        var (cold, coldMs, tail) = await TimedAsync(client, function.Name);
        var (warm, warmMs, _) = await TimedAsync(client, function.Name);
        table.AddRow(function.Name, function.Runtime, $"{coldMs:0.0}", $"{warmMs:0.0}", Markup.Escape(warm.ToJsonString()));
        AnsiConsole.MarkupLineInterpolated($"[bold]{function.Name}[/], the log of its first invoke:");
        AnsiConsole.MarkupLineInterpolated($"[grey]{tail.TrimEnd()}[/]");
        return IsRight(cold) && IsRight(warm);
    }

    private static bool IsRight(JsonNode answer) =>
        (string?)answer["hello"] is "demo" || ((string?)answer["hello"] is "from bash" && (string?)answer["event"]?["name"] is "demo");

    private static async Task<(JsonNode Answer, double Ms, string Tail)> TimedAsync(LambdaClient client, string name)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var answer = await client.InvokeAsync(name, """{"name":"demo"}""", ("X-Amz-Log-Type", "Tail"));
        var body = await answer.Content.ReadAsStringAsync();
        var took = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
        var tail = Encoding.UTF8.GetString(Convert.FromBase64String(answer.Headers.GetValues("X-Amz-Log-Result").First()));
        return (JsonNode.Parse(body)!, took, tail);
    }

    /// <summary>An event is answered at once and runs later: its trace is the line that the function logs.</summary>
    private static async Task<bool> ShowEventAsync(LambdaClient client, string data)
    {
        using var accepted = await client.InvokeAsync("hello-python", """{"name":"event"}""", ("X-Amz-Invocation-Type", "Event"));
        var requestId = accepted.Headers.GetValues("x-amzn-RequestId").First();
        var ran = false;
        for (var poll = 0; poll < 500 && !ran; poll++)
        {
            ran = Directory.EnumerateFiles(Path.Combine(data, "logs"), "*.log", SearchOption.AllDirectories)
                .Any(f => File.ReadAllText(f).Contains($"END RequestId: {requestId}", StringComparison.Ordinal));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        AnsiConsole.MarkupLineInterpolated($"An asynchronous invoke was accepted with {(int)accepted.StatusCode} and {(ran ? "ran" : "did not run")}.");
        return ran;
    }
}
