using Shouldly;

namespace Lambent.DriverKit;

/// <summary>The way from a function to the AWS APIs.</summary>
public abstract partial class DriverContract
{
    private const string Caller = """
        import os, urllib.request
        def handler(event, context):
            found = [urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL_LAMBDA"] + path).read().decode() for path in event]
            return " ".join(found)
        """;

    [Fact]
    public async Task A_function_reaches_the_AWS_APIs_in_every_run()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", Caller);
        var (id, _) = await Kit.StartAsync(function);

        Text(await Kit.RunAsync(id, function, """["/a","/b"]""")).ShouldBe("\"/a from 169.254.100.1 /b from 169.254.100.1\"");
        Text(await Kit.RunAsync(id, function, """["/c"]""")).ShouldBe("\"/c from 169.254.100.1\"");
        Kit.Worker.End(id);
    }

    /// <summary>What is for programs of this machine only goes by where a call comes from.</summary>
    [Fact]
    public async Task A_function_that_binds_its_end_to_loopback_does_not_come_from_there()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            import os, socket, urllib.parse
            def handler(event, context):
                at = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL_LAMBDA"])
                call = socket.create_connection((at.hostname, at.port or 80), source_address=("127.0.0.1", 0))
                call.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return call.makefile("rb").read().decode()
            """);
        var (id, _) = await Kit.StartAsync(function);

        Text(await Kit.RunAsync(id, function, "{}")).ShouldContain("/x from 169.254.100.1");
        Kit.Worker.End(id);
    }

    /// <summary>Three times as many as are served at once: those that wait come when others have ended.</summary>
    [Fact]
    public async Task More_connections_than_are_served_at_once_wait_for_their_turn()
    {
        var function = await Kit.FunctionAsync("python3.12", "app.handler", "app.py", """
            import os, socket, urllib.parse
            def handler(event, context):
                at = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL_LAMBDA"])
                calls = [socket.create_connection((at.hostname, at.port or 80)) for _ in range(event)]
                for call in calls:
                    call.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return sum(b"/x from" in call.makefile("rb").read() for call in calls)
            """, timeoutMs: 30_000);
        var (id, _) = await Kit.StartAsync(function);

        var count = Kit.IsIsolated ? 384 : 150; // the backlog of a process's port is 64
        Text(await Kit.RunAsync(id, function, $"{count}")).ShouldBe($"{count}");
        Kit.Worker.End(id);
    }
}
