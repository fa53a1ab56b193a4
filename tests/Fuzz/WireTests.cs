using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lambent.Support;
using Shouldly;

namespace Lambent.Fuzz;

/// <summary>The running program over its socket: raw bytes, and requests that are signed and wrong in what they carry.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private const int MemoryAtMostMb = 600;

    /// <summary>A half request has no answer; a whole one has it in a few milliseconds.</summary>
    private static readonly TimeSpan LatestAnswer = TimeSpan.FromMilliseconds(40);

    private readonly string data = Directory.CreateTempSubdirectory("lambent-fuzz-").FullName;
    private RunningLambent lambent = null!;

    public async ValueTask InitializeAsync()
    {
        lambent = await RunningLambent.StartAsync(data, "--isolation", "process", "--stock", "0");
        await lambent.DeployAsync("fuzzed", "def handler(event, context):\n    return event\n");
        await lambent.WaitUntilActiveAsync("fuzzed");
    }

    /// <summary>After everything it still serves, is not larger than it should be, and stops as it should.</summary>
    public async ValueTask DisposeAsync()
    {
        (await lambent.InvokeAsync("fuzzed", "[1]")).ShouldBe((200, "[1]"));
        lambent.MemoryMb.ShouldBeLessThan(MemoryAtMostMb);
        (await lambent.InterruptAsync()).ShouldBe(0);
        lambent.Dispose();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public Task Raw_bytes_get_an_answer_of_a_client_error_or_none() => new Fuzzer("http").RunAsync(600, async input =>
    {
        using var client = new TcpClient();
        await client.ConnectAsync(lambent.Endpoint.Host, lambent.Endpoint.Port);
        var stream = client.GetStream();
        var answer = "";
        try
        {
            await stream.WriteAsync(input);
            var buffer = new byte[512];
            using var late = new CancellationTokenSource(LatestAnswer);
            answer = Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, late.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It was cut off, or waits for the rest, which will not come.
        }

        if (answer.Length > 0)
        {
            answer.ShouldStartWith("HTTP/1.1 ");
            answer["HTTP/1.1 ".Length..][..3].ShouldBeOneOf("100", "400", "403", "404", "405", "408", "411", "413", "414", "417", "431", "505");
        }
    });

    [Fact]
    public Task A_signed_payload_with_any_headers_and_name_is_taken_or_refused_as_AWS_does() => new Fuzzer("payload").RunAsync(2_000, async input =>
    {
        var header = Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 2_000)));
        var printable = new string([.. input.Where(b => b is > 0x20 and < 0x7f).Take(600).Select(b => (char)b)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(lambent.Endpoint, "/2015-03-31/functions/fuzzed/invocations"));
        request.Headers.Add("X-Amz-Invocation-Type", "DryRun");
        request.Headers.TryAddWithoutValidation("X-Amz-Client-Context", header);
        request.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", $"Root={printable}");
        await AsAwsAsync(request, input);

        using var named = new HttpRequestMessage(HttpMethod.Post, new Uri(lambent.Endpoint, $"/2015-03-31/functions/{Uri.EscapeDataString(printable)}/invocations?Qualifier={Uri.EscapeDataString(printable)}"));
        await AsAwsAsync(named, []);
    });

    [Fact]
    public Task A_signed_request_of_the_control_plane_is_taken_or_refused_as_AWS_does() => new Fuzzer("create").RunAsync(1_500, async input =>
    {
        using var create = new HttpRequestMessage(HttpMethod.Post, new Uri(lambent.Endpoint, "/2015-03-31/functions"));
        await AsAwsAsync(create, input);
        using var update = new HttpRequestMessage(HttpMethod.Put, new Uri(lambent.Endpoint, "/2015-03-31/functions/fuzzed/configuration"));
        await AsAwsAsync(update, input);
    });

    [Fact]
    public Task A_signed_package_is_taken_or_refused_as_AWS_does() => new Fuzzer("package").RunAsync(1_000, async input =>
    {
        var body = new JsonObject { ["DryRun"] = true, ["ZipFile"] = Convert.ToBase64String(input) };
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(lambent.Endpoint, "/2015-03-31/functions/fuzzed/code"));
        await AsAwsAsync(request, Encoding.UTF8.GetBytes(body.ToJsonString()));
    });

    private async Task AsAwsAsync(HttpRequestMessage request, byte[] body)
    {
        using var answer = await lambent.SendAsync(request, body);
        var status = (int)answer.StatusCode;
        var text = await answer.Content.ReadAsStringAsync();
        status.ShouldBeInRange(200, 499, text);
        answer.Headers.Contains("x-amzn-RequestId").ShouldBeTrue($"{status}: {text}");
        if (status >= 400)
        {
            answer.Headers.Contains("x-amzn-ErrorType").ShouldBeTrue($"{status}: {text}");
            using var json = JsonDocument.Parse(text);
            json.RootElement.EnumerateObject().ShouldContain(p => string.Equals(p.Name, "message", StringComparison.OrdinalIgnoreCase), text);
        }
    }
}
