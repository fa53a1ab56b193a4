using System.Text;
using Lambent.Contracts;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>URLs whose mode is <c>RESPONSE_STREAM</c>.</summary>
public sealed class UrlStreamTests
{
    private const string Integration = "application/vnd.awslambda.http-integration-response";
    private const string Prelude = """{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}""";

    private readonly UrlFixture fixture = new(mode: "RESPONSE_STREAM");

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(60)]
    [InlineData(1000)]
    public async Task The_prelude_is_found_however_it_is_cut(int size)
    {
        fixture.Road = r => StreamAsync(r, Integration, $"{Prelude}\0\0\0\0\0\0\0\0body", size);
        var (status, headers, body) = await fixture.GetAsync();
        (status, headers["a"].ToString(), headers.SetCookie.ToString(), headers.ContentType.ToString(), body).ShouldBe((201, "b", "c=d", "application/octet-stream", "body"));
        headers["X-Amzn-Trace-Id"].ToString().ShouldBe(fixture.Invoked!.TraceId);
    }

    [Fact]
    public async Task Any_other_answer_goes_through_as_it_is()
    {
        fixture.Road = r => StreamAsync(r, "application/json", Prelude, 10);
        var (status, headers, body) = await fixture.GetAsync();
        (status, headers.ContentType.ToString(), body).ShouldBe((200, "application/json", Prelude));
        fixture.Road = r => StreamAsync(r, "text/event-stream", "", 10);
        (await fixture.GetAsync()).Headers.ContentType.ToString().ShouldBe("text/event-stream");
    }

    [Theory]
    [InlineData("no json\0\0\0\0\0\0\0\0body")]
    [InlineData("[]\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":7}\0\0\0\0\0\0\0\0")]
    [InlineData("{}")]
    [InlineData("")]
    public async Task A_prelude_that_is_none_is_a_bad_gateway(string answer)
    {
        fixture.Road = r => StreamAsync(r, Integration, answer, 3);
        (await fixture.GetAsync()).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(502), a => a.Body.ShouldBe("Internal Server Error"));
    }

    [Fact]
    public async Task A_prelude_without_end_is_not_kept()
    {
        fixture.Road = r => StreamAsync(r, Integration, new string('a', 10_000_000), 65_536);
        (await fixture.GetAsync()).Status.ShouldBe(502);
    }

    [Fact]
    public async Task An_error_is_a_bad_gateway_before_the_first_byte_and_after_it_the_end()
    {
        var failed = new InvokeOutcome.FunctionError("Error", "{}"u8.ToArray());
        fixture.Road = r => StreamAsync(r, "text/plain", "", 1, failed);
        (await fixture.GetAsync()).Status.ShouldBe(502);
        fixture.Road = r => StreamAsync(r, "text/plain", "half", 1, failed);
        (await fixture.GetAsync()).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(200), a => a.Body.ShouldBe("half"));
        fixture.Road = _ => Task.FromResult<InvokeOutcome>(new InvokeOutcome.Throttled("x"));
        (await fixture.GetAsync()).Status.ShouldBe(429);
    }

    [Fact]
    public async Task For_a_client_that_has_gone_the_function_runs_on()
    {
        using var gone = new CancellationTokenSource();
        var ended = false;
        fixture.Road = async r =>
        {
            await gone.CancelAsync();
            var outcome = await StreamAsync(r, "text/plain", "for nobody", 1);
            ended = true;
            return outcome;
        };
        var context = UrlFixture.Request("GET", "/");
        context.RequestAborted = gone.Token;
        await fixture.SendAsync(context);
        ended.ShouldBeTrue();
    }

    private static async Task<InvokeOutcome> StreamAsync(InvokeRequest request, string type, string answer, int size, InvokeOutcome? outcome = null)
    {
        var stream = request.ResponseStream.ShouldNotBeNull();
        await stream.BeginAsync(type, CancellationToken.None);
        foreach (var piece in Encoding.UTF8.GetBytes(answer).Chunk(size))
        {
            await stream.WriteAsync(piece, CancellationToken.None);
        }

        return outcome ?? new InvokeOutcome.Succeeded(ReadOnlyMemory<byte>.Empty);
    }
}
