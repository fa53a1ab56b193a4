using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Lambent.Aws.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace Lambent.Unit.Aws;

/// <summary>Kestrel on our transport, against real sockets.</summary>
public sealed class EpollTransportTests : IAsyncLifetime
{
    private readonly TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication app = null!;
    private HttpClient http = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IConnectionListenerFactory, EpollTransport>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0);
            k.Limits.MaxRequestBodySize = null;
        });
        app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(Cancellation);
        http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(3_000_001)]
    public async Task A_body_comes_back_as_it_was_sent(int length)
    {
        var body = RandomNumberGenerator.GetBytes(length);

        using var answer = await http.PostAsync("/echo", new ByteArrayContent(body), Cancellation);

        (await answer.Content.ReadAsByteArrayAsync(Cancellation)).ShouldBe(body);
    }

    [Fact]
    public async Task Requests_in_one_write_are_answered_in_their_order()
    {
        using var client = await ConnectAsync();
        var requests = string.Concat(Enumerable.Range(0, 500).Select(i => $"GET /say/{i} HTTP/1.1\r\nHost: x\r\n\r\n"));
        await client.SendAsync(Encoding.ASCII.GetBytes(requests + "GET /say/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Cancellation);

        var said = (await ReadToEndAsync(client)).Split("\r\n").Where(l => l.StartsWith("said ", StringComparison.Ordinal));

        said.Select(l => l.Split("HTTP/")[0]).ShouldBe([.. Enumerable.Range(0, 500).Select(i => $"said {i}"), "said last"]);
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        using var client = await ConnectAsync();
        foreach (var letter in "GET /say/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray())
        {
            await client.SendAsync(new[] { letter }, Cancellation);
        }

        (await ReadToEndAsync(client)).ShouldContain("said hello");
    }

    [Fact]
    public async Task A_slow_reader_gets_everything_and_holds_up_nobody()
    {
        using var slow = await ConnectAsync();
        await slow.SendAsync("GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
        for (var i = 0; i < 20; i++)
        {
            (await http.GetStringAsync(new Uri($"/say/{i}", UriKind.Relative), Cancellation)).ShouldStartWith($"said {i}");
        }

        (await ReadToEndAsync(slow)).Count(c => c == '#').ShouldBe(20_000_000);
    }

    [Fact]
    public async Task A_server_that_takes_nothing_makes_the_sender_wait_and_then_gets_all()
    {
        using var client = await ConnectAsync();
        var body = new byte[8_000_000];
        var sending = SendAllAsync(client, [.. Encoding.ASCII.GetBytes($"POST /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        (await http.GetStringAsync(new Uri("/go", UriKind.Relative), Cancellation)).ShouldBe("gone");

        await sending;

        (await ReadToEndAsync(client)).ShouldContain($"took {body.Length}");
    }

    [Fact]
    public async Task A_client_that_goes_aborts_its_request()
    {
        var client = await ConnectAsync();
        await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);
        client.Close();

        await aborted.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
    }

    [Fact]
    public async Task An_aborted_connection_is_reset()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("GET /abort HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);

        (await Should.ThrowAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], Cancellation)))
            .SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_as_Kestrel_says_it()
    {
        var other = new EpollTransport();
        await Should.ThrowAsync<AddressInUseException>(async () => await other.BindAsync(
            new IPEndPoint(IPAddress.Loopback, new Uri(app.Urls.Single()).Port), Cancellation));
    }

    [Fact]
    public async Task An_answer_that_is_held_leaves_with_the_next_one()
    {
        using var client = await ConnectServedAsync();
        await SendTogetherAsync(client, "/say/first", "/held");
        await entered.Task.WaitAsync(Cancellation);
        await http.GetStringAsync(new Uri("/say/other", UriKind.Relative), Cancellation); // the turn is over
        client.Available.ShouldBe(0);

        (await http.GetStringAsync(new Uri("/go", UriKind.Relative), Cancellation)).ShouldBe("gone");

        (await ReceiveAsync(client)).ShouldContain("said first");
        (await ReceiveAsync(client)).ShouldContain("was held");
    }

    [Fact]
    public async Task An_answer_that_is_not_held_does_not_wait_for_the_next_one()
    {
        using var client = await ConnectServedAsync();
        await SendTogetherAsync(client, "/say/first", "/wait");

        (await ReceiveAsync(client)).ShouldContain("said first");
    }

    [Fact]
    public async Task After_turns_that_took_long_the_next_is_the_pools_and_after_a_short_one_the_threads_again()
    {
        using var client = await ConnectServedAsync();
        await AskAsync(client, "/long"); // may have waited for a processor, so the next is measured
        await AskAsync(client, "/long");
        (await AskAsync(client, "/long")).ShouldContain("on the pool");
        (await AskAsync(client, "/say/short")).ShouldContain("said short");
        for (var i = 0; i < 100; i++)
        {
            if (!(await AskAsync(client, "/where")).Contains("on the pool", StringComparison.Ordinal))
            {
                return; // code that is compiled may make any turn long
            }
        }

        Assert.Fail("It never came back to its thread.");
    }

    [Fact]
    public async Task Many_connections_are_served_at_once_and_end_with_the_server()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => ConnectAsync()));
        foreach (var client in clients)
        {
            await client.SendAsync("GET /say/x HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Cancellation);
        }

        foreach (var client in clients)
        {
            (await client.ReceiveAsync(new byte[1], Cancellation)).ShouldBe(1);
        }

        await app.StopAsync(Cancellation);
        foreach (var client in clients)
        {
            await ReadToEndAsync(client); // ends
            client.Dispose();
        }
    }

    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Path.Value!.Split('/')[1])
        {
            case "echo":
                response.ContentLength = request.ContentLength;
                await request.Body.CopyToAsync(response.Body, context.RequestAborted);
                break;
            case "say":
                await response.WriteAsync($"said {request.Path.Value.Split('/')[2]}\r\n", context.RequestAborted);
                break;
            case "much":
                var much = Enumerable.Repeat((byte)'#', 100_000).ToArray();
                for (var i = 0; i < 200; i++)
                {
                    await response.Body.WriteAsync(much, context.RequestAborted);
                }

                break;
            case "later":
                await go.Task;
                using (var taken = new MemoryStream())
                {
                    await request.Body.CopyToAsync(taken, context.RequestAborted);
                    await response.WriteAsync($"took {taken.Length}", context.RequestAborted);
                }

                break;
            case "held":
                context.Features.Get<IHeldOutput>()!.HoldUntilMore();
                entered.SetResult();
                await go.Task;
                await response.WriteAsync("was held", context.RequestAborted);
                break;
            case "long":
                var began = ThreadUse.Now().CpuTime;
                while (ThreadUse.Now().CpuTime - began < 3 * LongTurns.Limit)
                {
                    Thread.SpinWait(100);
                }

                goto case "where";
            case "where":
                await response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "on the pool" : "on its thread", context.RequestAborted);
                break;
            case "go":
                go.SetResult();
                await response.WriteAsync("gone", context.RequestAborted);
                break;
            case "wait":
                context.RequestAborted.Register(aborted.SetResult);
                await aborted.Task;
                break;
            case "abort":
                context.Abort();
                break;
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port, Cancellation);
        return client;
    }

    /// <summary>Connects, and has requests served until one is in a turn of its thread: the first may be before the first turn, or beside it.</summary>
    private async Task<Socket> ConnectServedAsync()
    {
        var client = await ConnectAsync();
        while ((await AskAsync(client, "/where")).Contains("on the pool", StringComparison.Ordinal))
        {
        }

        return client;
    }

    /// <summary>Two requests in one write.</summary>
    private static ValueTask<int> SendTogetherAsync(Socket client, string first, string second) => client.SendAsync(
        Encoding.ASCII.GetBytes($"GET {first} HTTP/1.1\r\nHost: x\r\n\r\nGET {second} HTTP/1.1\r\nHost: x\r\n\r\n"), Cancellation);

    /// <summary>A whole answer, which may come in many pieces. Nothing of the next is read.</summary>
    private static async Task<string> ReceiveAsync(Socket client)
    {
        var answer = new StringBuilder();
        for (var letter = new byte[1]; !EndsWithLastChunk(answer); answer.Append((char)letter[0]))
        {
            (await client.ReceiveAsync(letter, Cancellation)).ShouldBe(1, $"after {answer}");
        }

        return answer.ToString();
    }

    private static bool EndsWithLastChunk(StringBuilder answer) =>
        answer.Length >= 7 && answer.ToString(answer.Length - 7, 7) == "\r\n0\r\n\r\n";

    private static async Task<string> AskAsync(Socket client, string path)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"), Cancellation);
        return await ReceiveAsync(client);
    }

    private static async Task SendAllAsync(Socket client, byte[] bytes)
    {
        for (ReadOnlyMemory<byte> rest = bytes; rest.Length > 0;)
        {
            rest = rest[await client.SendAsync(rest, Cancellation)..];
        }
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        using var stream = new NetworkStream(client, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
