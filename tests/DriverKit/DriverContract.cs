using System.Text;
using System.Text.Json;
using Lambent.Contracts;
using Lambent.Support;
using Shouldly;

namespace Lambent.DriverKit;

/// <summary>What every sandbox driver must do, run on each that the machine has.</summary>
public abstract partial class DriverContract(WorkerFixture fixture)
{
    protected WorkerFixture Kit => fixture;

    [Fact]
    public async Task A_python_function_answers_and_keeps_its_globals()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            count = 0
            def handler(event, context):
                global count
                count += 1
                return {"event": event, "count": count}
            """);
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>();

        Text(await Kit.RunAsync(id, function, """{"a":1}""")).ShouldBe("""{"event": {"a": 1}, "count": 1}""");
        Text(await Kit.RunAsync(id, function, """{"a":2}""")).ShouldBe("""{"event": {"a": 2}, "count": 2}""");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_nodejs_function_answers()
    {
        var function = await Kit.FunctionAsync("nodejs22.x", "index.handler", "index.mjs",
            "export const handler = async (event, context) => ({ name: context.functionName, event });");
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>();

        using var answer = JsonDocument.Parse(Text(await Kit.RunAsync(id, function, """{"b":2}""")));
        answer.RootElement.GetProperty("name").GetString().ShouldBe(function.Arn.Name);
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_custom_runtime_answers_from_its_bootstrap()
    {
        var code = await File.ReadAllTextAsync(Repository.PathOf("examples/custom-hello/bootstrap"));
        var function = await Kit.FunctionAsync("provided.al2023", "hello", "bootstrap", code);
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>();

        Text(await Kit.RunAsync(id, function, """{"name":"kit"}""")).ShouldContain("kit");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task The_tail_has_what_the_handler_printed_between_start_and_report()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", "def handler(e, c):\n    print('seen')\n");
        var (id, _) = await Kit.StartAsync(function);

        var run = await Kit.RunAsync(id, function, "{}");

        var tail = Encoding.UTF8.GetString(run.Outcome!.LogTail.Span);
        tail.ShouldStartWith("START RequestId: ");
        tail.ShouldContain("REPORT RequestId: ");
        tail.ShouldContain("Init Duration: ");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_function_out_of_time_gets_the_timeout_and_starts_anew_with_its_files()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            import os, tempfile, time
            count = 0
            def handler(e, c):
                global count
                count += 1
                kept = tempfile.gettempdir() + "/kept"
                if not os.path.exists(kept):
                    open(kept, "w").close()
                    time.sleep(60)
                return count
            """, timeoutMs: 2000);
        var (id, _) = await Kit.StartAsync(function);

        var run = await Kit.RunAsync(id, function, "{}");

        var error = run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
        error.ErrorType.ShouldBe("Sandbox.Timedout");
        Encoding.UTF8.GetString(error.Payload.Span).ShouldContain("Error: Task timed out after 2.00 seconds");
        run.SandboxSurvives.ShouldBeTrue();
        Text(await Kit.RunAsync(id, function, "{}")).ShouldBe("1", "its globals are new, its files are not");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_runtime_that_exits_is_reported_with_its_status()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", "import os\ndef handler(e, c):\n    os._exit(7)\n");
        var (id, _) = await Kit.StartAsync(function);

        var run = await Kit.RunAsync(id, function, "{}");

        Encoding.UTF8.GetString(run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().Payload.Span)
            .ShouldContain("Runtime exited with error: exit status 7");
        run.SandboxSurvives.ShouldBeTrue();
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_handler_that_cannot_be_imported_fails_init_and_again_with_its_event()
    {
        var function = await Kit.FunctionAsync("python3.12", "nothere.handler", "app.py", "x = 1\n");

        var (id, outcome) = await Kit.StartAsync(function);
        var run = await Kit.RunAsync(id, function, "{}");

        outcome.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBe("Runtime.ImportModuleError");
        var failed = run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
        failed.ErrorType.ShouldBe("Runtime.ImportModuleError");
        Encoding.UTF8.GetString(failed.Payload.Span).ShouldContain("Unable to import module 'nothere'");
        Encoding.UTF8.GetString(failed.LogTail.Span).ShouldContain("Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task An_init_that_fails_once_is_made_good_by_the_first_event()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            import os, tempfile
            kept = tempfile.gettempdir() + "/kept"
            if not os.path.exists(kept):
                open(kept, "w").close()
                os._exit(5)
            def handler(e, c):
                return "well"
            """);

        var (id, outcome) = await Kit.StartAsync(function);

        outcome.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBe("Runtime.ExitError");
        Text(await Kit.RunAsync(id, function, "{}")).ShouldBe("\"well\"");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_package_without_bootstrap_is_an_invalid_entrypoint()
    {
        var function = await Kit.FunctionAsync("provided.al2023", "x", "other", "");

        var (id, outcome) = await Kit.StartAsync(function);

        outcome.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBe("Runtime.InvalidEntrypoint");
        (await Kit.RunAsync(id, function, "{}")).Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().ErrorType.ShouldBe("Runtime.InvalidEntrypoint");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task An_idle_sandbox_that_dies_is_announced()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            import os, threading
            def handler(e, c):
                threading.Timer(0.2, lambda: os._exit(3)).start()
            """);
        var (id, _) = await Kit.StartAsync(function);
        await Kit.RunAsync(id, function, "{}");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        (await Kit.Worker.Deaths.ReadAsync(limit.Token)).ShouldBe(id);
    }

    protected static string Text(RunOutcome run) =>
        Encoding.UTF8.GetString(run.Outcome.ShouldBeOfType<InvokeOutcome.Succeeded>().Payload.Span);
}
