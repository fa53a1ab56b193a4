using System.Text;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

public sealed class ErrorWriterTests
{
    private static readonly AwsError Throttled =
        AwsError.User(429, "TooManyRequestsException", "Rate Exceeded.")
            .With("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded")
            .WithHeader("Retry-After", "1");

    [Fact]
    public async Task A_JSON_error_names_itself_in_its_headers()
    {
        var (response, body) = await Write(http => RestJsonError.WriteAsync(http, Throttled, "id-1"));
        body.ShouldBe(
            """{"Type":"User","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}""");
        response.StatusCode.ShouldBe(429);
        response.ContentType.ShouldBe("application/json");
        response.ContentLength.ShouldBe(body.Length);
        response.Headers["x-amzn-ErrorType"].ToString().ShouldBe("TooManyRequestsException");
        response.Headers["x-amzn-RequestId"].ToString().ShouldBe("id-1");
        response.Headers.RetryAfter.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task The_message_has_the_name_that_the_error_gives_it()
    {
        var error = AwsError.User(404, "ResourceNotFoundException", "Function not found: 'a<b>\"c\"'", "Message");
        var (_, body) = await Write(http => RestJsonError.WriteAsync(http, error, "id"));
        body.ShouldBe("""{"Type":"User","Message":"Function not found: 'a<b>\"c\"'"}""");
    }

    [Fact]
    public async Task A_front_door_error_is_a_message_alone()
    {
        var error = new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        var (_, body) = await Write(http => RestJsonError.WriteAsync(http, error, "id"));
        body.ShouldBe("""{"message":"Missing Authentication Token"}""");
    }

    [Fact]
    public async Task A_query_error_is_XML_as_STS_writes_it()
    {
        var error = new AwsError(403, "InvalidClientTokenId", "a <b> & 'c'");
        var (response, body) = await Write(http => QueryError.WriteAsync(http, error, "id-2"));
        body.ShouldBe("""
            <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <Error>
                <Type>Sender</Type>
                <Code>InvalidClientTokenId</Code>
                <Message>a &lt;b&gt; &amp; 'c'</Message>
              </Error>
              <RequestId>id-2</RequestId>
            </ErrorResponse>

            """);
        response.StatusCode.ShouldBe(403);
        response.ContentType.ShouldBe("text/xml");
        response.Headers["x-amzn-RequestId"].ToString().ShouldBe("id-2");
    }

    [Fact]
    public void A_query_error_of_the_server_has_a_receiver_and_another_namespace() =>
        Encoding.UTF8.GetString(QueryError.Body(new(500, "InternalFailure", ""), "id", "urn:x").Span)
            .ShouldStartWith("<ErrorResponse xmlns=\"urn:x\">\n  <Error>\n    <Type>Receiver</Type>");

    [Fact]
    public void What_XML_cannot_say_is_replaced() =>
        Encoding.UTF8.GetString(QueryError.Body(new(400, "X", "\0a\uD800b\uFFFF\uD83D\uDE00\u0001"), "id").Span)
            .ShouldContain("<Message>\uFFFDa\uFFFDb\uFFFD\uD83D\uDE00\uFFFD</Message>");

    [Fact]
    public void Errors_are_equal_by_value()
    {
        Throttled.ShouldBe(Throttled with { Members = [.. Throttled.Members] });
        Throttled.ShouldNotBe(Throttled.With("a", "b"));
        Throttled.GetHashCode().ShouldBe((Throttled with { Members = [.. Throttled.Members] }).GetHashCode());
    }

    [Fact]
    public void A_key_does_not_show_its_secrets()
    {
        var text = TestKeys.Temporary.ToString() + new SigV4Result.Verified(TestKeys.Temporary, "lambda");
        text.ShouldContain("ASIDEXAMPLE");
        text.ShouldNotContain(TestKeys.Secret);
        text.ShouldNotContain(TestKeys.Token);
    }

    [Fact]
    public void A_request_id_is_a_UUID_and_replays_from_its_seed()
    {
        var id = AwsRequestId.New(new Random(1));
        id.ShouldBe(AwsRequestId.New(new Random(1)));
        id.ShouldMatch("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
        AwsRequestId.New().ShouldNotBe(AwsRequestId.New());
    }

    private static async Task<(HttpResponse Response, string Body)> Write(Func<HttpResponse, Task> write)
    {
        var context = new DefaultHttpContext();
        using var stream = new MemoryStream();
        context.Response.Body = stream;
        await write(context.Response);
        return (context.Response, Encoding.UTF8.GetString(stream.ToArray()));
    }
}
