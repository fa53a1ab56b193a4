using Lambent.Aws.Tests;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Sources of mappings are asked for where another server speaks for them; the words were recorded on AWS.</summary>
public sealed class SourceLookupTests
{
    private const string Queue = "arn:aws:sqs:eu-west-1:123456789012:jobs", Stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
        Table = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-11-21T12:00:00.000";

    private const string NoQueue = "<ErrorResponse><Error><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist.</Message></Error></ErrorResponse>",
        NoStream = """{"__type":"ResourceNotFoundException","message":"none"}""", NotAllowed = """{"__type":"AccessDeniedException","message":"no"}""";

    [Theory]
    [InlineData("sqs", Queue, NoQueue, "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")]
    [InlineData("kinesis", Stream, NoStream, $"Stream not found: {Stream}")]
    [InlineData("dynamodb", Table, NoStream, $"Stream not found: {Table}")]
    [InlineData("kinesis", Stream, NotAllowed, $"Cannot access stream {Stream}. AccessDeniedException: no")]
    public async Task A_source_that_is_not_there_is_refused(string service, string arn, string answer, string words)
    {
        await using var server = await StandInServer.StartAsync(new ManualClock());
        server.Answer = _ => (400, answer);
        using var client = server.Client(service);
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        await plane.CreateAsync("f");

        var (status, text) = await MapAsync(plane, arn);

        status.ShouldBe(400);
        text.ShouldContain(words);
        var asked = server.Asked.ShouldHaveSingleItem();
        (asked.Service, asked.Region).ShouldBe((service, "eu-west-1"));
        (asked.Body + asked.Headers["X-Amz-Target"]).ShouldContain(service switch { "sqs" => "Action=GetQueueUrl", "kinesis" => "DescribeStreamSummary", _ => "DescribeStream" });
    }

    [Theory]
    [InlineData("sqs", Queue)]
    [InlineData("sns", Queue)] // nobody to ask
    [InlineData("dynamodb", Table)]
    public async Task A_source_that_is_there_or_cannot_be_asked_for_is_taken(string service, string arn)
    {
        await using var server = await StandInServer.StartAsync(new ManualClock());
        server.Answer = _ => (200, "{}");
        using var client = server.Client(service);
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        await plane.CreateAsync("f");

        (await MapAsync(plane, arn)).Status.ShouldBe(202);
    }

    [Fact]
    public async Task For_a_consumer_its_stream_is_asked_for()
    {
        await using var server = await StandInServer.StartAsync(new ManualClock());
        server.Answer = _ => (200, "{}");
        using var client = server.Client("kinesis");
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Neighbours = client });
        await plane.CreateAsync("f");

        (await MapAsync(plane, $"{Stream}/consumer/c:1700000000")).Status.ShouldBe(202);

        server.Asked.ShouldHaveSingleItem().Body.ShouldBe("""{"StreamName":"clicks"}""");
    }

    private static async Task<(int Status, string Text)> MapAsync(TestPlane plane, string arn)
    {
        var position = arn == Queue ? "" : ""","StartingPosition":"LATEST" """;
        var answer = await plane.SendAsync("POST", "/2015-03-31/event-source-mappings/", $$"""{"FunctionName":"f","EventSourceArn":"{{arn}}"{{position}}}""");
        return (answer.Status, answer.Text);
    }
}
