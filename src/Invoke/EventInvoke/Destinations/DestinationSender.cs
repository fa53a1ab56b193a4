using System.Text;
using System.Text.Json;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;

namespace Lambent.Invoke.EventInvoke.Destinations;

/// <summary>
/// Delivers: to a function through the event queue, to everything else by the servers that speak for SQS, SNS, EventBridge and S3.
/// Source: "Capturing records of Lambda asynchronous invocations", Lambda Developer Guide.
/// </summary>
/// <param name="neighbours">Who speaks for the services.</param>
/// <param name="events">Where the events of functions wait.</param>
/// <param name="catalog">The functions.</param>
/// <param name="limits">What is too large for an event.</param>
/// <param name="telemetry">Hears of events.</param>
/// <param name="clock">The time.</param>
public sealed class DestinationSender(
    AwsClient neighbours, EventQueue events, FunctionCatalog catalog, Limits limits, RoadTelemetry telemetry, TimeProvider clock)
{
    /// <summary>256 KB. Source: "OnFailure", Lambda API Reference: a record that is larger goes to SNS without its payloads.</summary>
    private const int SnsAtMost = 262_144;

    /// <summary>Delivers to one target.</summary>
    public async Task<DeliveryOutcome> DeliverAsync(QueuedEvent ended, DeliveryTarget target)
    {
        if (target.Arn.Split(':', 6) is not [_, _, var service, var region, var account, var resource])
        {
            return new DeliveryOutcome.Refused("its ARN is none");
        }

        try
        {
            return service switch
            {
                "lambda" => await ToFunctionAsync(ended, target.Arn),
                _ when resource.EndsWith(".fifo", StringComparison.Ordinal) => new DeliveryOutcome.Refused("FIFO queues and topics are not supported"),
                "sqs" => Verdict(await neighbours.SendAsync(ToQueue(ended, target, account, resource) with { Region = region })),
                "sns" => Verdict(await neighbours.SendAsync(ToTopic(ended, target) with { Region = region })),
                "events" => Verdict(await neighbours.SendAsync(ToBus(ended, target.Arn) with { Region = region }), FailedEntry),
                "s3" => Verdict(await neighbours.SendAsync(ToBucket(ended, resource))),
                _ => new DeliveryOutcome.Refused($"{service} is no service that takes records"),
            };
        }
        catch (AwsUnreachableException e)
        {
            return neighbours.Find(service) is null ? new DeliveryOutcome.Refused(e.Message) : new DeliveryOutcome.Unavailable(e.Message);
        }
    }

    private async Task<DeliveryOutcome> ToFunctionAsync(QueuedEvent ended, string arn)
    {
        var record = InvocationRecord.Write(ended);
        var target = FunctionArn.Parse(arn, ended.FunctionArn);
        if (target is null || !catalog.TryFind(target, out var function))
        {
            return new DeliveryOutcome.Refused("there is no such function");
        }

        if (record.Length > limits.MaxEventBytes)
        {
            return new DeliveryOutcome.Refused($"the record has {record.Length} bytes, and an event may have {limits.MaxEventBytes}");
        }

        await events.AcceptAsync(new QueuedEvent(AwsRequestId.New(), target, record, null, ended.Ending!.TraceId, clock.GetUtcNow()));
        telemetry.EventReceived(function);
        return new DeliveryOutcome.Delivered();
    }

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html</summary>
    private AwsCall ToQueue(QueuedEvent ended, DeliveryTarget target, string account, string name)
    {
        var path = $"/{account}/{name}";
        var url = neighbours.Find("sqs")?.ToString().TrimEnd('/') + path;
        return AwsCall.Query("sqs", "2012-11-05", "SendMessage",
            [new("QueueUrl", url), new("MessageBody", TextFor(ended, target)), .. Attributes(ended, target, "MessageAttribute")]) with { Path = path };
    }

    /// <summary>https://docs.aws.amazon.com/sns/latest/api/API_Publish.html</summary>
    private static AwsCall ToTopic(QueuedEvent ended, DeliveryTarget target)
    {
        var text = TextFor(ended, target);
        if (!target.IsDeadLetter && Encoding.UTF8.GetByteCount(text) > SnsAtMost)
        {
            text = Encoding.UTF8.GetString(InvocationRecord.Write(ended, withPayloads: false).Span);
        }

        return AwsCall.Query("sns", "2010-03-31", "Publish",
            [new("TopicArn", target.Arn), new("Message", text), .. Attributes(ended, target, "MessageAttributes.entry")]);
    }

    /// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html</summary>
    private static AwsCall ToBus(QueuedEvent ended, string bus) => AwsCall.Json("events", "1.1", "AWSEvents.PutEvents", json =>
    {
        json.WriteStartArray("Entries");
        json.WriteStartObject();
        json.WriteString("Source", "lambda");
        json.WriteString("DetailType", $"Lambda Function Invocation Result - {(ended.Ending!.Condition == EventEnding.Success ? "Success" : "Failure")}");
        json.WriteString("Detail", InvocationRecord.Write(ended).Span);
        json.WriteStartArray("Resources");
        json.WriteStringValue(bus);
        json.WriteStringValue(ended.FunctionArn.Qualified.ToString());
        json.WriteEndArray();
        json.WriteString("EventBusName", bus);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html</summary>
    private static AwsCall ToBucket(QueuedEvent ended, string bucket) =>
        new("s3", HttpMethod.Put, $"/{bucket}/{InvocationRecord.ObjectKey(ended, AwsRequestId.New())}")
        {
            Body = InvocationRecord.Write(ended),
            ContentType = "application/json",
        };

    private static string TextFor(QueuedEvent ended, DeliveryTarget target) =>
        Encoding.UTF8.GetString((target.IsDeadLetter ? ended.Payload : InvocationRecord.Write(ended)).Span);

    private static IEnumerable<KeyValuePair<string, string>> Attributes(QueuedEvent ended, DeliveryTarget target, string prefix) => target.IsDeadLetter
        ? InvocationRecord.DeadLetterAttributes(ended)
            .Where(a => a.Value.Length > 0) // SQS refuses an empty one
            .Index()
            .SelectMany(a => (KeyValuePair<string, string>[])
            [
                new($"{prefix}.{a.Index + 1}.Name", a.Item.Name),
                new($"{prefix}.{a.Index + 1}.Value.DataType", a.Item.Type),
                new($"{prefix}.{a.Index + 1}.Value.StringValue", a.Item.Value),
            ])
        : [];

    private static DeliveryOutcome Verdict(AwsReply reply, Func<AwsReply, string?>? failure = null)
    {
        var (code, message) = reply.IsSuccess ? (failure?.Invoke(reply) ?? "", "") : reply.Error;
        return (reply.IsSuccess, code) switch
        {
            (true, "") => new DeliveryOutcome.Delivered(),
            _ when MayPass(reply.Status, code) => new DeliveryOutcome.Unavailable($"{code} {message}".TrimEnd()),
            _ => new DeliveryOutcome.Refused($"{code} {message}".TrimEnd()),
        };
    }

    /// <summary>Errors that SDKs retry too.</summary>
    private static bool MayPass(int status, string code) =>
        status is >= 500 or 429 or 408 || code.Contains("Throttl", StringComparison.Ordinal) || code is "InternalFailure" or "RequestLimitExceeded" or "SlowDown";

    /// <summary>PutEvents answers 200 for entries that it did not take.</summary>
    private static string? FailedEntry(AwsReply reply)
    {
        try
        {
            using var json = JsonDocument.Parse(reply.Body);
            return json.RootElement.TryGetProperty("FailedEntryCount", out var failed) && failed.TryGetInt32(out var count) && count > 0
                ? json.RootElement.GetProperty("Entries")[0].GetProperty("ErrorCode").GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return "the answer is no JSON of PutEvents";
        }
    }
}
