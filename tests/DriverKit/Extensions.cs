using System.Text;
using Lambent.Contracts;
using Lambent.Support;
using Shouldly;

namespace Lambent.DriverKit;

/// <content>Extensions, which come as layers.</content>
public abstract partial class IsolatedDriverContract
{
    /// <summary>Registers, prints every event that it gets, and asks for the next.</summary>
    private const string Watcher = """
        #!/usr/bin/env python3
        import json, os, sys, urllib.request
        api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
        def say(*words):  # in one write: what print says in several, another thread of a busy machine may break up
            sys.stdout.write(" ".join(map(str, words)) + "\n")
            sys.stdout.flush()
        def call(path, headers, body=None, method=None):
            request = urllib.request.Request(api + path, data=body, headers=headers, method=method)
            with urllib.request.urlopen(request) as answer:
                return answer.headers, answer.read()
        headers, body = call("/2020-01-01/extension/register", {"Lambda-Extension-Name": os.path.basename(__file__)}, json.dumps({"events": ["INVOKE", "SHUTDOWN"]}).encode())
        me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
        say("registered", body.decode(), "_HANDLER" in os.environ)
        AFTER_REGISTERING
        while True:
            headers, body = call("/2020-01-01/extension/event/next", me)
            event = json.loads(body)
            say("event", event["eventType"], event.get("requestId") or event.get("shutdownReason"))
            if event["eventType"] == "SHUTDOWN":
                break
        """;

    [Fact]
    public async Task An_extension_hears_of_its_events_and_of_the_end()
    {
        var function = await Kit.WithLayerAsync(await PlainFunctionAsync(), Extension("watcher"));
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBeNull();

        Text(await Kit.RunAsync(id, function, "{}")).ShouldBe("\"done\"");
        Kit.Worker.End(id);

        await Wait.UntilAsync(() => Kit.LogOf(function).Contains("event SHUTDOWN spindown", StringComparison.Ordinal));
        var log = Kit.LogOf(function);
        log.ShouldContain($$"""registered {"functionName":"{{function.Arn.Name}}","functionVersion":"$LATEST","handler":"app.handler"} False""");
        log.ShouldContain("EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]");
        log.ShouldContain("event INVOKE ");
    }

    [Fact]
    public async Task After_a_timeout_the_extensions_start_anew_with_the_runtime()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py",
            "import time\ndef handler(e, c):\n    time.sleep(e['s'])\n    return 'done'\n", timeoutMs: 4000);
        function = await Kit.WithLayerAsync(function, Extension("watcher"));
        var (id, _) = await Kit.StartAsync(function);

        (await Kit.RunAsync(id, function, """{"s":60}""")).Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().ErrorType.ShouldBe("Sandbox.Timedout");
        Text(await Kit.RunAsync(id, function, """{"s":0}""")).ShouldBe("\"done\"");

        var log = Kit.LogOf(function);
        log.ShouldContain("event SHUTDOWN timeout");
        log.Split("registered ").Length.ShouldBe(3, "it registers once for each generation");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task An_extension_that_ends_takes_the_Init_phase_with_it()
    {
        var function = await Kit.WithLayerAsync(await PlainFunctionAsync(), ("extensions/broken", "#!/bin/sh\nexit 3\n"));

        var (id, started) = await Kit.StartAsync(function);

        started.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBe("Extension.Crash");
        var error = (await Kit.RunAsync(id, function, "{}")).Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
        error.ErrorType.ShouldBe("Extension.Crash");
        Encoding.UTF8.GetString(error.Payload.Span).ShouldContain("exit status 3");
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_subscriber_gets_what_platform_and_function_say()
    {
        var function = await Kit.WithLayerAsync(await PlainFunctionAsync("print('of the function')"), Extension("listener", """
            import http.server, threading
            class Server(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    for record in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
                        say("telemetry", record["type"], str(record["record"]).strip())
                    self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
                def log_message(self, *a): pass
            server = http.server.ThreadingHTTPServer(("sandbox.localdomain", 4243), Server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            wish = {"schemaVersion": "2022-12-13", "types": ["platform", "function"], "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
                    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243"}}
            say("subscribed", call("/2022-07-01/telemetry", me, json.dumps(wish).encode(), "PUT")[1].decode())
            """));
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>().InitError.ShouldBeNull(Kit.LogOf(function));

        await Kit.RunAsync(id, function, "{}");

        await Wait.UntilAsync(() => Kit.LogOf(function).Contains("telemetry platform.report", StringComparison.Ordinal));
        var log = Kit.LogOf(function);
        log.ShouldContain("subscribed \"OK\"", customMessage: log);
        log.ShouldContain("telemetry platform.start {'requestId'", customMessage: log);
        log.ShouldContain("telemetry function of the function", customMessage: log);
        log.ShouldContain("telemetry platform.runtimeDone {'requestId'", customMessage: log);
        log.ShouldContain("TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function]", customMessage: log);
        Kit.Worker.End(id);
    }

    private Task<FunctionSnapshot> PlainFunctionAsync(string first = "pass") =>
        Kit.FunctionAsync("python3.12", "app.handler", "app.py", $"def handler(e, c):\n    {first}\n    return 'done'\n");

    private static (string Path, string Text) Extension(string name, string afterRegistering = "") =>
        ($"extensions/{name}", Watcher.Replace("AFTER_REGISTERING", afterRegistering, StringComparison.Ordinal));
}
