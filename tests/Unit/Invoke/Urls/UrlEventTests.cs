using System.Text;
using System.Text.Json.Nodes;
using Lambent.Aws;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>The request on its way in: which function, as what event, and who may.</summary>
public sealed class UrlEventTests
{
    /// <summary>Recorded on AWS, 10 July 2026 (hotsock/voker), without what only TLS has.</summary>
    private const string Recorded = """
        {"version":"2.0","routeKey":"$default","rawPath":"/capture/space%20value",
        "rawQueryString":"repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
        "cookies":["session=abc123","theme=dark"],
        "headers":{"accept":"*/*","content-length":"66","content-type":"application/json","cookie":"session=abc123; theme=dark",
        "host":"2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-east-1.on.aws","user-agent":"curl/8.7.1",
        "x-amzn-trace-id":"Root=1-6a5145aa-290a323a5de9a2e0636377d4","x-forwarded-for":"68.8.83.18","x-forwarded-port":"9400","x-forwarded-proto":"http",
        "x-voker-probe":"first,second"},
        "queryStringParameters":{"empty":"","encodedPlus":"a+b","literalPlus":"a b","redirect":"https://example.com/a/b","repeat":"one,two"},
        "requestContext":{"accountId":"anonymous","apiId":"2cxn22odiwguak4feg4jtt7cwm0ziblr",
        "domainName":"2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-east-1.on.aws","domainPrefix":"2cxn22odiwguak4feg4jtt7cwm0ziblr",
        "http":{"method":"POST","path":"/capture/space value","protocol":"HTTP/1.1","sourceIp":"68.8.83.18","userAgent":"curl/8.7.1"},
        "requestId":"","routeKey":"$default","stage":"$default","time":"10/Jul/2026:19:19:06 +0000","timeEpoch":1783711146671},
        "body":"{\"message\":\"hello from the public internet\",\"unicode\":\"lambda-λ\"}","isBase64Encoded":false}
        """;

    [Fact]
    public async Task A_request_becomes_the_event_that_AWS_made_of_it()
    {
        var fixture = new UrlFixture();
        var recorded = JsonNode.Parse(Recorded)!;
        var context = UrlFixture.Request(
            "POST", $"{recorded["rawPath"]}?{recorded["rawQueryString"]}", recorded["body"]!.ToString(), UrlFixture.Host,
            ("Accept", "*/*"), ("Content-Type", "application/json"), ("Cookie", "session=abc123; theme=dark"), ("User-Agent", "curl/8.7.1"),
            ("X-Amzn-Trace-Id", "Root=1-6a5145aa-290a323a5de9a2e0636377d4;Sampled=0"), ("X-Voker-Probe", "first"), ("X-Voker-Probe", "second"),
            ("Connection", "keep-alive"), ("Keep-Alive", "timeout=5"), ("TE", "trailers"));

        var (_, headers, _) = await fixture.SendAsync(context);

        var sent = JsonNode.Parse(fixture.Invoked!.Payload.Span)!;
        sent["requestContext"]!["requestId"]!.ToString().ShouldBe(fixture.Invoked.RequestId);
        headers["x-amzn-RequestId"].ToString().ShouldBe(fixture.Invoked.RequestId);
        sent["requestContext"]!["requestId"] = "";
        JsonNode.DeepEquals(Sorted(sent), Sorted(recorded)).ShouldBeTrue(sent.ToJsonString());
        fixture.Invoked.InvokedFunctionArn.ShouldBe("arn:aws:lambda:us-east-1:123456789012:function:f");
    }

    [Fact]
    public async Task What_is_empty_is_absent()
    {
        var sent = await EventOfAsync(UrlFixture.Request("GET", "/"));
        sent.ShouldNotContainKey("body");
        sent.ShouldNotContainKey("cookies");
        sent.ShouldNotContainKey("queryStringParameters");
        sent["rawQueryString"]!.ToString().ShouldBe("");
        ((bool)sent["isBase64Encoded"]!).ShouldBeFalse();
        sent["requestContext"]!.AsObject().ShouldNotContainKey("authorizer");
    }

    [Theory]
    [InlineData("text/plain", "a", "a")]
    [InlineData("application/vnd.api+json; charset=utf-8", "é", "é")]
    [InlineData("multipart/form-data; boundary=x", "a", null)]
    [InlineData("application/x-www-form-urlencoded", "a=b", null)]
    [InlineData(null, "a", null)]
    public async Task A_body_that_is_no_text_comes_as_base64(string? type, string body, string? text)
    {
        var context = UrlFixture.Request("POST", "/", body);
        context.Request.ContentType = type;
        var sent = await EventOfAsync(context);
        sent["body"]!.ToString().ShouldBe(text ?? Convert.ToBase64String(Encoding.UTF8.GetBytes(body)));
        ((bool)sent["isBase64Encoded"]!).ShouldBe(text is null);
    }

    [Theory]
    [InlineData("/lambda-url/" + UrlFixture.Id, "/")]
    [InlineData("/lambda-url/" + UrlFixture.Id + "/a%2Fb/?c", "/a%2Fb/")]
    public async Task Without_DNS_the_path_names_the_url(string target, string rawPath) =>
        (await EventOfAsync(UrlFixture.Request("GET", target, host: "127.0.0.1:9400")))["rawPath"]!.ToString().ShouldBe(rawPath);

    [Theory]
    [InlineData("unknown.lambda-url.us-east-1.on.aws", "/")]
    [InlineData("localhost", "/lambda-url/unknown/")]
    [InlineData("localhost", "/lambda-url/")]
    public async Task A_url_that_is_not_known_is_denied_without_a_word(string host, string target)
    {
        var (status, headers, body) = await new UrlFixture().SendAsync(UrlFixture.Request("GET", target, host: host));
        (status, body, headers["x-amzn-ErrorType"].ToString()).ShouldBe((403, """{"Message":null}""", "AccessDeniedException"));
    }

    [Fact]
    public async Task The_index_follows_the_catalog()
    {
        var fixture = new UrlFixture();
        var settings = fixture.Entry.Urls["$LATEST"];
        fixture.Catalog.Publish(fixture.Entry with
        {
            Urls = fixture.Entry.Urls.SetItem("$LATEST", settings with { Id = "other" }).Add("live", settings with { Id = "live" }),
            Aliases = fixture.Entry.Aliases.Add("live", new AliasRoute("$LATEST")),
            Policies = fixture.Entry.Policies.Add("live", fixture.Entry.Policies["$LATEST"].Replace(":function:f", ":function:f:live", StringComparison.Ordinal)),
        });
        (await fixture.GetAsync()).Status.ShouldBe(403);
        (await fixture.SendAsync(UrlFixture.Request("GET", "/", host: "OTHER.lambda-url.us-east-1.localhost"))).Status.ShouldBe(200);
        (await fixture.SendAsync(UrlFixture.Request("GET", "/lambda-url/live"))).Status.ShouldBe(403); // a host goes before a path
        (await fixture.SendAsync(UrlFixture.Request("GET", "/lambda-url/live", host: "localhost"))).Status.ShouldBe(200);
        fixture.Invoked!.InvokedFunctionArn.ShouldEndWith(":function:f:live");
        fixture.Catalog.Remove(fixture.Entry.Arn);
        (await fixture.SendAsync(UrlFixture.Request("GET", "/", host: "other.lambda-url.us-east-1.localhost"))).Body.ShouldBe("""{"Message":null}""");
    }

    [Fact]
    public async Task The_url_of_an_alias_that_is_gone_is_forbidden()
    {
        var fixture = new UrlFixture();
        fixture.Catalog.Publish(fixture.Entry with { Urls = fixture.Entry.Urls.Clear().Add("gone", fixture.Entry.Urls["$LATEST"]) });
        var (status, _, body) = await fixture.GetAsync();
        (status, body).ShouldBe((403, Forbidden));
    }

    [Fact]
    public async Task A_url_with_IAM_takes_a_signature_and_says_whose()
    {
        var fixture = new UrlFixture("AWS_IAM");
        var key = TestKeys.LongLived;
        fixture.Catalog.Publish(fixture.Entry with
        {
            Arn = fixture.Entry.Arn with { Account = key.AccountId },
            Urls = fixture.Entry.Urls.SetItem("$LATEST", fixture.Entry.Urls["$LATEST"] with { Id = "own" }),
        });
        var context = UrlFixture.Request("POST", "/a?b=c", "{}", "own.lambda-url.us-east-1.on.aws");
        new SigV4Signer(key, new FixedClock(UrlFixture.Now), "us-east-1").Sign(
            "POST", new Uri("http://own.lambda-url.us-east-1.on.aws/a?b=c"), "lambda", context.Request.Headers, "{}"u8);

        (await fixture.SendAsync(context)).Status.ShouldBe(200);

        var caller = JsonNode.Parse(fixture.Invoked!.Payload.Span)!["requestContext"]!;
        caller["accountId"]!.ToString().ShouldBe(key.AccountId);
        caller["authorizer"]!["iam"]!["accessKey"]!.ToString().ShouldBe(key.AccessKeyId);
        caller["authorizer"]!["iam"]!["userArn"]!.ToString().ShouldBe(key.PrincipalArn);
        caller["authorizer"]!["iam"]!.AsObject().ShouldContainKey("cognitoIdentity");
    }

    [Theory]
    [InlineData("NONE", "*", "lambda:InvokeFunctionUrl", "Allow", 200)]
    [InlineData("NONE", "*", "lambda:*", "Allow", 200)]
    [InlineData("NONE", "*", "lambda:InvokeFunction", "Allow", 403)]
    [InlineData("NONE", "arn:aws:iam::123456789012:root", "lambda:InvokeFunctionUrl", "Allow", 403)]
    [InlineData("AWS_IAM", "arn:aws:iam::123456789012:user/ann", "lambda:InvokeFunctionUrl", "Allow", 200)]
    [InlineData("AWS_IAM", "*", "lambda:InvokeFunctionUrl", "Allow", 200)]
    [InlineData("AWS_IAM", "arn:aws:iam::123456789012:user/bob", "lambda:InvokeFunctionUrl", "Allow", 403)]
    [InlineData("AWS_IAM", "arn:aws:iam::123456789012:user/ann", "lambda:InvokeFunction", "Allow", 403)]
    [InlineData("AWS_IAM", "*", "lambda:*", "Deny", 403)]
    public async Task Only_whom_the_functions_policy_lets_in_may_use_its_url(string authType, string principal, string action, string effect, int status)
    {
        var fixture = new UrlFixture(authType, policy: UrlFixture.Permission(principal, authType, action, effect));
        var context = UrlFixture.Request("GET", "/");
        new SigV4Signer(TestKeys.LongLived, new FixedClock(UrlFixture.Now), "us-east-1").Sign(
            "GET", new Uri($"http://{UrlFixture.Host}/"), "lambda", context.Request.Headers, []);
        var (found, _, body) = await fixture.SendAsync(context);
        found.ShouldBe(status);
        (status == 403).ShouldBe(body == Forbidden);
        (fixture.Invoked is null).ShouldBe(status == 403);
    }

    [Theory]
    [InlineData("NONE", "AWS_IAM")]
    [InlineData("AWS_IAM", "NONE")]
    public async Task A_permission_for_the_other_kind_of_url_is_none(string authType, string permitted)
    {
        var fixture = new UrlFixture(authType, policy: UrlFixture.Permission("*", permitted));
        (await fixture.GetAsync()).Body.ShouldBe(Forbidden);
    }

    [Fact]
    public async Task Without_one_it_is_forbidden_and_with_a_wrong_one_explained()
    {
        var fixture = new UrlFixture("AWS_IAM");
        (await fixture.GetAsync()).Body.ShouldBe(Forbidden);
        var context = UrlFixture.Request("GET", "/");
        new SigV4Signer(TestKeys.LongLived, new FixedClock(UrlFixture.Now), "us-east-1").Sign(
            "GET", new Uri($"http://{UrlFixture.Host}/other"), "lambda", context.Request.Headers, []);
        var (status, headers, _) = await fixture.SendAsync(context);
        (status, headers["x-amzn-ErrorType"].ToString()).ShouldBe((403, "InvalidSignatureException"));
        fixture.Invoked.ShouldBeNull();
    }

    [Fact]
    public async Task Six_megabytes_are_the_limit_of_body_and_event()
    {
        var fixture = new UrlFixture();
        (await fixture.SendAsync(UrlFixture.Request("POST", "/", new string('a', (6 * 1024 * 1024) + 1)))).Status.ShouldBe(413);
        (await fixture.SendAsync(UrlFixture.Request("POST", "/", new string('a', 5 * 1024 * 1024)))).Status.ShouldBe(413); // as Base64 it is more
        fixture.Invoked.ShouldBeNull();
    }

    private const string Forbidden =
        """{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}""";

    private static async Task<JsonObject> EventOfAsync(HttpContext context)
    {
        var fixture = new UrlFixture();
        await fixture.SendAsync(context);
        return JsonNode.Parse(fixture.Invoked!.Payload.Span)!.AsObject();
    }

    private static JsonNode? Sorted(JsonNode? node) => node is JsonObject all
        ? new JsonObject(all.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value))))
        : node?.DeepClone();
}
