using System.Text;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

/// <summary>Requests to other servers: what goes over the wire, signed so that a server verifies it, and what comes back.</summary>
public sealed class AwsClientTests
{
    [Fact]
    public async Task A_query_a_JSON_call_and_an_object_are_signed_for_their_service_and_region()
    {
        await using var server = await StandInServer.StartAsync(TimeProvider.System);
        using var client = server.Client("sns", "events", "s3");
        server.Answer = _ => (200, "fine");

        (await client.SendAsync(AwsCall.Query("sns", "2010-03-31", "Publish", new KeyValuePair<string, string>("Message", "ä & b")) with { Region = "eu-west-1" }))
            .Status.ShouldBe(200);
        (await client.SendAsync(AwsCall.Json("events", "1.1", "AWSEvents.PutEvents", _ => { }))).IsSuccess.ShouldBeTrue();
        var put = await client.SendAsync(new AwsCall("s3", HttpMethod.Put, "/bucket/a%20b?x=1") { Body = "text"u8.ToArray(), ContentType = "application/json" });

        Encoding.UTF8.GetString(put.Body.Span).ShouldBe("fine");
        server.Asked.Select(a => (a.Service, a.Region, a.Method, a.Target)).ShouldBe([
            ("sns", "eu-west-1", "POST", "/"), ("events", "us-east-1", "POST", "/"), ("s3", "us-east-1", "PUT", "/bucket/a%20b?x=1")]);
        (server.Asked[0].Form("Action"), server.Asked[0].Form("Version"), server.Asked[0].Form("Message")).ShouldBe(("Publish", "2010-03-31", "ä & b"));
        (server.Asked[1].Headers["X-Amz-Target"].ToString(), server.Asked[1].Headers.ContentType.ToString()).ShouldBe(("AWSEvents.PutEvents", "application/x-amz-json-1.1"));
    }

    [Theory]
    [InlineData("""<?xml version="1.0"?><ErrorResponse xmlns="http://sns"><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>""", "NotFound", "Topic does not exist")]
    [InlineData("<Error><Code>NoSuchBucket</Code><Message>The bucket</Message></Error>", "NoSuchBucket", "The bucket")]
    [InlineData("""{"__type":"com.amazonaws.events#ResourceNotFoundException","message":"Event bus x"}""", "ResourceNotFoundException", "Event bus x")]
    [InlineData("""{"__type":"InternalFailure","Message":"m"}""", "InternalFailure", "m")]
    [InlineData("""[1]""", "404", "")]
    [InlineData("oh no", "404", "")]
    [InlineData("", "404", "")]
    public async Task An_error_is_read_from_XML_and_JSON(string body, string code, string message)
    {
        await using var server = await StandInServer.StartAsync(TimeProvider.System);
        using var client = server.Client("sns");
        server.Answer = _ => (404, body);
        var reply = await client.SendAsync(AwsCall.Query("sns", "2010-03-31", "Publish"));
        (reply.IsSuccess, reply.Error).ShouldBe((false, (code, message)));
    }

    [Fact]
    public async Task No_more_of_an_answer_is_read_than_is_wanted()
    {
        await using var server = await StandInServer.StartAsync(TimeProvider.System);
        using var client = server.Client("s3");
        server.Answer = _ => (200, new string('x', 100_000));
        var reply = await client.SendAsync(new AwsCall("s3", HttpMethod.Get, "/b/k") { AnswerAtMost = 99_999 });
        (reply.Body.Length, reply.IsCut).ShouldBe((99_999, true));
        reply = await client.SendAsync(new AwsCall("s3", HttpMethod.Get, "/b/k") { AnswerAtMost = 100_000 });
        (reply.Body.Length, reply.IsCut).ShouldBe((100_000, false));
    }

    [Fact]
    public async Task A_service_without_a_server_and_a_server_that_is_gone_are_unreachable()
    {
        var server = await StandInServer.StartAsync(TimeProvider.System);
        using var client = server.Client("sqs");
        (await Should.ThrowAsync<AwsUnreachableException>(client.SendAsync(AwsCall.Query("sns", "v", "a")))).Message
            .ShouldBe("no server for sns is named (--endpoint sns=URL)");
        var address = server.Address;
        await server.DisposeAsync();
        (await Should.ThrowAsync<AwsUnreachableException>(client.SendAsync(AwsCall.Query("sqs", "v", "a")))).Message
            .ShouldStartWith($"sqs at {address.GetLeftPart(UriPartial.Authority)} does not answer: ");
    }

    [Theory]
    [InlineData("sqs=http://127.0.0.1:1", true)]
    [InlineData("dynamodb=https://host/prefix?x=y", true)]
    [InlineData("SQS=http://127.0.0.1:1", false)]
    [InlineData("ses=http://127.0.0.1:1", false)]
    [InlineData("sqs=127.0.0.1:1", false)]
    [InlineData("sqs=ftp://host", false)]
    [InlineData("sqs", false)]
    [InlineData("", false)]
    public void An_endpoint_is_a_known_name_and_a_URL(string text, bool isOne) => (AwsServices.Parse(text) is not null).ShouldBe(isOne);
}
