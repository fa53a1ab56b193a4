using System.Text;
using Lambent.Contracts;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>The function's answer on its way out.</summary>
public sealed class UrlAnswerTests
{
    private static readonly FunctionUrlCors Cors = new(true, ["content-type", "authorization"], ["GET", "POST"], ["https://localhost:8080"], ["x-seen"], 300);

    private readonly UrlFixture fixture = new();

    /// <summary>Recorded on AWS, 24 November 2025 (LocalStack, <c>test_lambda_url_invocation</c>).</summary>
    [Theory]
    [InlineData("""{"hello": "world"}""", """{"hello":"world"}""")]
    [InlineData("""{"statusCode": 200, "body": "body123"}""", "body123")]
    [InlineData("""{"statusCode": 200, "body": "{\"hello\": \"world\"}"}""", """{"hello": "world"}""")]
    [InlineData("""["hello", 3, true]""", """["hello",3,true]""")]
    [InlineData("\"hello\"", "hello")]
    [InlineData("3", "3")]
    [InlineData("3.1", "3.1")]
    [InlineData("true", "true")]
    public async Task What_a_function_returns_is_inferred_as_on_AWS(string returned, string expected)
    {
        fixture.Road = _ => UrlFixture.Answer(returned);
        var (status, headers, body) = await fixture.GetAsync();
        (status, headers.ContentType.ToString(), headers.ContentLength, body).ShouldBe((200, "application/json", expected.Length, expected));
    }

    [Fact]
    public async Task Status_headers_and_cookies_are_the_functions()
    {
        fixture.Road = _ => UrlFixture.Answer("""
            {"statusCode":"418","headers":{"Content-Type":"text/html","My-Header":"v","n":1,"Connection":"close","Date":"d","X-Amzn-RequestId":"mine","Set-Cookie":["a","b"],"none":null},
             "cookies":["c1=1; Secure","c2=2"],"body":"AAH/","isBase64Encoded":true}
            """);
        var context = UrlFixture.Request("GET", "/");
        var (status, headers, _) = await fixture.SendAsync(context);
        status.ShouldBe(418);
        headers.ContentType.ToString().ShouldBe("text/html");
        headers["My-Header"].ToString().ShouldBe("v");
        headers["n"].ToString().ShouldBe("1");
        headers["Connection"].ToString().ShouldBe("");
        headers["x-amzn-Remapped-Connection"].ToString().ShouldBe("close");
        headers["x-amzn-Remapped-Date"].ToString().ShouldBe("d");
        headers["x-amzn-RequestId"].ToString().ShouldBe(fixture.Invoked!.RequestId);
        headers["X-Amzn-Trace-Id"].ToString().ShouldBe(fixture.Invoked.TraceId);
        headers.SetCookie.ToArray().ShouldBe(["[a, b]", "c1=1; Secure", "c2=2"]);
        headers.ShouldNotContainKey("none");
        ((MemoryStream)context.Response.Body).ToArray().ShouldBe([0, 1, 255]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("""{"statusCode":"x"}""")]
    [InlineData("""{"statusCode":null}""")]
    [InlineData("""{"statusCode":99}""")]
    [InlineData("""{"statusCode":101}""")]
    [InlineData("""{"statusCode":200,"headers":{"a b":"c"}}""")]
    [InlineData("""{"statusCode":200,"headers":{"a":"b\r\nc: d"}}""")]
    [InlineData("""{"statusCode":200,"headers":{"":"b"}}""")]
    [InlineData("""{"statusCode":200,"cookies":["é"]}""")]
    [InlineData("""{"statusCode":200,"isBase64Encoded":true,"body":"?"}""")]
    [InlineData("""{"statusCode":200,"statusCode":201}""")]
    [InlineData("\"\\ud800\"")]
    public async Task An_answer_that_is_none_is_a_bad_gateway(string returned)
    {
        fixture.Road = _ => UrlFixture.Answer(returned);
        var (status, headers, body) = await fixture.GetAsync();
        (status, headers.ContentType.ToString(), body).ShouldBe((502, "application/json", "Internal Server Error"));
    }

    [Fact]
    public async Task An_error_of_the_function_is_a_bad_gateway_and_too_many_are_429()
    {
        fixture.Road = _ => Task.FromResult<InvokeOutcome>(new InvokeOutcome.FunctionError("Error", """{"secret":1}"""u8.ToArray()));
        (await fixture.GetAsync()).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(502), a => a.Body.ShouldBe("Internal Server Error"));
        fixture.Road = _ => Task.FromResult<InvokeOutcome>(new InvokeOutcome.Throttled("ReservedFunctionConcurrentInvocationLimitExceeded"));
        (await fixture.GetAsync()).ShouldSatisfyAllConditions(
            a => a.Status.ShouldBe(429),
            a => a.Body.ShouldBe("""{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"""));
        fixture.Road = _ => Task.FromResult<InvokeOutcome>(new InvokeOutcome.ServiceFault(InvokeStage.Run, "lost"));
        (await fixture.GetAsync()).Status.ShouldBe(500);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Where_HTTP_has_no_body_there_is_none(int code)
    {
        fixture.Road = _ => UrlFixture.Answer($$"""{"statusCode":{{code}},"body":"x"}""");
        var (status, headers, body) = await fixture.GetAsync();
        (status, headers.ContentLength, body).ShouldBe((code, null, ""));
    }

    [Fact]
    public async Task No_answer_of_random_bytes_does_harm()
    {
        var random = new Random(20260101);
        const string Parts = "{}[]\":,\\u0123456789statusCodeheadersbodycookiesisBase64Encodedtrue \n";
        for (var run = 0; run < 3000; run++)
        {
            var text = "{\"statusCode\":200," + new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => Parts[random.Next(Parts.Length)])]) + "}";
            fixture.Road = _ => UrlFixture.Answer(random.Next(2) == 0 ? text : text[18..]);
            (await fixture.GetAsync()).Status.ShouldBeOneOf(200, 502);
        }
    }

    [Theory]
    [InlineData("https://localhost:8080", "GET", "authorization,Content-Type", true)]
    [InlineData("https://elsewhere", "GET", "", false)]
    [InlineData("https://localhost:8080", "DELETE", "", false)]
    [InlineData("https://localhost:8080", "GET", "x-other", false)]
    public async Task A_preflight_is_answered_without_the_function(string origin, string method, string asked, bool allowed)
    {
        var cors = new UrlFixture("AWS_IAM", cors: Cors);
        var (status, headers, body) = await cors.SendAsync(UrlFixture.Request(
            "OPTIONS", "/", null, UrlFixture.Host, ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", asked)));
        (status, headers.ContentType.ToString(), headers.ContentLength, body).ShouldBe((200, "application/json", 0, ""));
        headers.AccessControlAllowOrigin.ToString().ShouldBe(allowed ? origin : "");
        headers.AccessControlAllowHeaders.ToString().ShouldBe(allowed ? "content-type,authorization" : "");
        headers.AccessControlAllowMethods.ToString().ShouldBe(allowed ? "GET,POST" : "");
        headers.AccessControlAllowCredentials.ToString().ShouldBe(allowed ? "true" : "");
        headers.AccessControlMaxAge.ToString().ShouldBe(allowed ? "300" : "");
        headers.Vary.ToString().ShouldBe(allowed ? "Origin" : "");
        cors.Invoked.ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_gets_the_headers_beside_the_functions_own()
    {
        var cors = new UrlFixture(cors: Cors with { AllowCredentials = false })
        {
            Road = _ => UrlFixture.Answer("""{"statusCode":200,"headers":{"access-control-allow-origin":"*"}}"""),
        };
        var (_, headers, _) = await cors.GetAsync("/", ("Origin", "https://localhost:8080"));
        headers.AccessControlAllowOrigin.ToArray().ShouldBe(["*", "https://localhost:8080"]); // as on AWS, though no browser takes it
        headers.AccessControlExposeHeaders.ToString().ShouldBe("x-seen");
        headers.ShouldNotContainKey("Access-Control-Allow-Credentials");
        (await cors.GetAsync()).Headers.AccessControlExposeHeaders.ToString().ShouldBe("");
    }

    [Fact]
    public async Task Without_settings_the_function_answers_OPTIONS_itself()
    {
        (await fixture.SendAsync(UrlFixture.Request("OPTIONS", "*"))).Status.ShouldBe(200);
        Encoding.UTF8.GetString(fixture.Invoked!.Payload.Span).ShouldContain("\"method\":\"OPTIONS\"");
    }
}
