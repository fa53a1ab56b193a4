using System.Text;
using Lambent.Contracts;
using Shouldly;

namespace Lambent.DriverKit;

/// <summary>Answers that are handed on while the function still writes them.</summary>
public abstract partial class DriverContract
{
    private const string Node = """
        const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const acts = {
          end: async (s) => s.end('last'),
          exit: async (s) => { await wait(1000); process.exit(3); }, // Kestrel forgets what is not read yet when a body breaks off
          fail: async (s) => { throw new RangeError('middle'); },
          hang: async (s) => wait(60000),
          much: async (s) => { for (;;) if (!s.write(Buffer.alloc(65536))) await new Promise((go) => s.once('drain', go)); },
        };
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          stream.setContentType('text/plain');
          stream.write('first ');
          await acts[event.act](stream);
        });
        """;

    /// <summary>Speaks to the Runtime API by hand: the answer in two chunks, then trailers.</summary>
    private const string Custom = """
        #!/usr/bin/python3
        import base64, http.client, os
        host = os.environ["AWS_LAMBDA_RUNTIME_API"]
        def call(method, path, send=lambda c: c.endheaders()):
            connection = http.client.HTTPConnection(host)
            connection.putrequest(method, "/2018-06-01/runtime/invocation/" + path)
            send(connection)
            answer = connection.getresponse()
            return answer, answer.read()
        def stream(mode, trailers):
            def send(c):
                c.putheader("Lambda-Runtime-Function-Response-Mode", mode)
                c.putheader("Transfer-Encoding", "chunked")
                c.endheaders(b"2\r\nab\r\n")
                c.send(b"1\r\nc\r\n0\r\n" + trailers + b"\r\n")
            return send
        while True:
            event, body = call("GET", "next")
            act = body.decode().strip('"')
            error = b"Lambda-Runtime-Function-Error-Type: My.Error\r\nLambda-Runtime-Function-Error-Body: " + base64.b64encode(b'{"my":1}') + b"\r\n"
            answer, body = call("POST", event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", stream(
                "other" if act == "mode" else "streaming", error if act == "error" else b""))
            print(answer.status, body.decode(), flush=True)
        """;

    [Fact]
    public async Task The_first_byte_comes_before_the_handler_has_finished_and_the_timeout_ends_the_stream()
    {
        var (answer, run) = await StreamAsync("hang", timeoutMs: 3000);
        (answer.Type, answer.Text).ShouldBe(("text/plain", "first "));
        run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().ErrorType.ShouldBe("Sandbox.Timedout");
    }

    [Fact]
    public async Task A_streamed_answer_ends_with_what_became_of_the_function()
    {
        var (whole, ended) = await StreamAsync("end");
        whole.Text.ShouldBe("first last");
        ended.Outcome.ShouldBeOfType<InvokeOutcome.Succeeded>().Payload.IsEmpty.ShouldBeTrue();

        var (half, failed) = await StreamAsync("fail");
        half.Text.ShouldBe("first ");
        var error = failed.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
        error.ErrorType.ShouldBe("RangeError");
        Encoding.UTF8.GetString(error.Payload.Span).ShouldStartWith("""{"errorType":"RangeError","errorMessage":"middle","trace":[""");

        var (broken, exited) = await StreamAsync("exit");
        broken.Text.ShouldBe("first ");
        Encoding.UTF8.GetString(exited.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().Payload.Span).ShouldContain("exit status 3");
    }

    [Fact]
    public async Task A_caller_that_takes_nothing_holds_the_function_up_to_its_timeout_and_no_longer()
    {
        var stuck = new Recorder(takes: 1);
        var (_, run) = await StreamAsync("much", timeoutMs: 3000, stuck);
        run.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().ErrorType.ShouldBe("Sandbox.Timedout");
        stuck.WasCancelled.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_wants_the_answer_whole_gets_it_whole_and_the_other_way_round()
    {
        var function = await Kit.FunctionAsync("nodejs22.x", "index.handler", "index.js", Node);
        var (id, _) = await Kit.StartAsync(function);
        Text(await Kit.RunAsync(id, function, """{"act":"end"}""")).ShouldBe("first last");
        Kit.Worker.End(id);

        function = await Kit.FunctionAsync("nodejs22.x", "index.handler", "index.mjs", "export const handler = async (event) => event;");
        (id, _) = await Kit.StartAsync(function);
        var answer = new Recorder();
        var run = await Kit.RunAsync(id, function, """{"a":1}""", answer);
        (answer.Type, answer.Text).ShouldBe(("application/json", """{"a":1}"""));
        run.Outcome.ShouldBeOfType<InvokeOutcome.Succeeded>().Payload.IsEmpty.ShouldBeTrue();
        Kit.Worker.End(id);
    }

    [Fact]
    public async Task A_custom_runtime_streams_with_trailers()
    {
        var function = await Kit.FunctionAsync("provided.al2023", "x", "bootstrap", Custom);
        var (id, _) = await Kit.StartAsync(function);

        var answer = new Recorder();
        (await Kit.RunAsync(id, function, "\"plain\"", answer)).Outcome.ShouldBeOfType<InvokeOutcome.Succeeded>();
        (answer.Type, answer.Text).ShouldBe(("application/octet-stream", "abc"));

        foreach (var stream in new[] { new Recorder(), null })
        {
            var error = (await Kit.RunAsync(id, function, "\"error\"", stream)).Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>();
            (error.ErrorType, Encoding.UTF8.GetString(error.Payload.Span)).ShouldBe(("My.Error", """{"my":1}"""));
            (stream?.Text ?? "abc").ShouldBe("abc");
        }

        var refused = await Kit.RunAsync(id, function, "\"mode\"", new Recorder());
        refused.Outcome.ShouldBeOfType<InvokeOutcome.FunctionError>().ErrorType.ShouldBe("Runtime.InvalidResponseModeHeader");
        Kit.Worker.End(id);
    }

    private async Task<(Recorder Answer, RunOutcome Run)> StreamAsync(string act, int timeoutMs = 10_000, Recorder? into = null)
    {
        var function = await Kit.FunctionAsync("nodejs22.x", "index.handler", "index.js", Node, timeoutMs);
        var (id, started) = await Kit.StartAsync(function);
        started.ShouldBeOfType<StartOutcome.Started>();
        var answer = into ?? new Recorder();
        var run = await Kit.RunAsync(id, function, $$"""{"act":"{{act}}"}""", answer);
        var text = answer.Text;
        Kit.Worker.End(id);
        answer.Text.ShouldBe(text); // nothing comes after the outcome
        return (answer, run);
    }

    /// <summary>A caller that takes so many pieces, and then waits for ever.</summary>
    private sealed class Recorder(int takes = int.MaxValue) : IResponseStream
    {
        private readonly MemoryStream bytes = new();
        private int taken;

        internal string? Type { get; private set; }

        internal string Text => Encoding.UTF8.GetString(bytes.ToArray());

        internal bool WasCancelled { get; private set; }

        public ValueTask BeginAsync(string contentType, CancellationToken cancellation)
        {
            Type.ShouldBeNull();
            Type = contentType;
            return ValueTask.CompletedTask;
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
        {
            if (++taken > takes)
            {
                var never = new TaskCompletionSource();
                await using var registration = cancellation.Register(() => (WasCancelled = true, never.TrySetCanceled(cancellation)).ToString());
                await never.Task;
            }

            bytes.Write(piece.Span);
        }
    }
}
