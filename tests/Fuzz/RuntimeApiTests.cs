using Lambent.Support;
using Shouldly;

namespace Lambent.Fuzz;

/// <summary>
/// A function that speaks to the Runtime API behind its runtime's back, in what is nearly HTTP. It may spoil its own invocation; the next
/// one is served, and so is the neighbour.
/// </summary>
public sealed class RuntimeApiTests : IAsyncLifetime
{
    /// <summary>Sends the bytes that it is given, with its own request id in them, and waits a moment for an answer.</summary>
    private const string Hostile = """
        import base64, os, socket

        def handler(event, context):
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            sent = base64.b64decode(event).replace(b"REQUEST_ID_REQUEST_ID_REQUEST_ID_REQU", context.aws_request_id.encode())
            with socket.create_connection((host, int(port))) as api:
                api.settimeout(0.02)
                try:
                    api.sendall(sent)
                    return api.recv(64).decode("latin-1")
                except OSError as e:
                    return type(e).__name__

        """;

    private readonly string data = Directory.CreateTempSubdirectory("lambent-fuzz-").FullName;
    private RunningLambent lambent = null!;

    public async ValueTask InitializeAsync()
    {
        lambent = await RunningLambent.StartAsync(data, "--isolation", "process", "--stock", "0");
        await lambent.DeployAsync("hostile", Hostile);
        await lambent.DeployAsync("neighbour", "def handler(event, context):\n    return event\n");
        await lambent.WaitUntilActiveAsync("hostile");
        await lambent.WaitUntilActiveAsync("neighbour");
    }

    public async ValueTask DisposeAsync()
    {
        (await lambent.InterruptAsync()).ShouldBe(0);
        lambent.Dispose();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Whatever_a_function_says_to_the_Runtime_API_its_invocation_ends_and_others_are_served()
    {
        (await lambent.InvokeAsync("hostile", $"\"{Convert.ToBase64String("GET /ping HTTP/1.1\r\nHost: h\r\n\r\n"u8)}\"")).Body.ShouldStartWith("\"HTTP/1.1 200");
        await new Fuzzer("runtime").RunAsync(300, async input =>
            (await lambent.InvokeAsync("hostile", $"\"{Convert.ToBase64String(input)}\"")).Status.ShouldBe(200));
        (await lambent.InvokeAsync("neighbour", "[1]")).ShouldBe((200, "[1]"));
    }
}
