using System.Collections.Immutable;
using System.Text.Json;
using Lambent.Aws;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Destinations;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Telemetry;
using Lambent.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>Events through the real queue and poller to a server that stands in for SQS, SNS, EventBridge and S3.</summary>
public sealed class DestinationSenderTests : IAsyncLifetime
{
    private const string Home = "us-east-1:123456789012";
    private static readonly InvokeOutcome Failed = new InvokeOutcome.FunctionError("Unhandled", """{"errorMessage":"oh"}"""u8.ToArray());

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-unit-");
    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly FunctionCatalog catalog = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<InvokeRequest> ran = new();
    private Database database = null!;
    private StandInServer server = null!;
    private AwsClient client = null!;
    private EventQueue queue = null!;
    private EventPoller? poller;

    public async ValueTask InitializeAsync()
    {
        database = Database.Open(Path.Combine(folder.FullName, "events.db"), EventStore.Migrations);
        server = await StandInServer.StartAsync(TimeProvider.System);
        client = server.Client("sqs", "sns", "events", "s3");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        client.Dispose();
        await server.DisposeAsync();
        await database.DisposeAsync();
        telemetry.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_queue_gets_the_record_and_a_dead_letter_queue_the_event()
    {
        Publish(onFailure: $"arn:aws:sqs:eu-west-1:999999999999:records", deadLetters: $"arn:aws:sqs:{Home}:dead");
        await SendAsync(Failed);

        await EmptyAsync();
        var (record, dead) = (server.Asked[0], server.Asked[1]);
        (record.Service, record.Region, record.Target, record.Form("Action")).ShouldBe(("sqs", "eu-west-1", "/999999999999/records", "SendMessage"));
        record.Form("QueueUrl").ShouldBe(server.Address.ToString().TrimEnd('/') + "/999999999999/records");
        using var json = JsonDocument.Parse(record.Form("MessageBody")!);
        json.RootElement.GetProperty("requestContext").GetProperty("condition").GetString().ShouldBe("RetriesExhausted");
        (dead.Region, dead.Target, dead.Form("MessageBody")).ShouldBe(("us-east-1", "/123456789012/dead", """{"a":1}"""));
        dead.Form("MessageAttribute.3.Value.StringValue").ShouldBe("oh");
        dead.Form("MessageAttribute.2.Name").ShouldBe("ErrorCode");
        dead.Form("MessageAttribute.2.Value.DataType").ShouldBe("Number");
    }

    [Fact]
    public async Task Topic_bus_and_bucket_get_the_record_in_their_forms()
    {
        Publish(onSuccess: $"arn:aws:sns:{Home}:topic");
        await SendAsync(new InvokeOutcome.Succeeded("1"u8.ToArray()));
        await EmptyAsync();
        Publish(onSuccess: $"arn:aws:events:{Home}:event-bus/default");
        await queue.AcceptAsync(Event("b"));
        await EmptyAsync();
        await StopAsync();
        Publish(onFailure: "arn:aws:s3:::bucket");
        await SendAsync(Failed);
        await EmptyAsync();

        var (topic, bus, bucket) = (server.Asked[0], server.Asked[1], server.Asked[2]);
        (topic.Service, topic.Form("TopicArn"), topic.Form("Action")).ShouldBe(("sns", $"arn:aws:sns:{Home}:topic", "Publish"));
        topic.Form("Message")!.ShouldContain("\"condition\":\"Success\"");
        using var put = JsonDocument.Parse(bus.Body);
        var entry = put.RootElement.GetProperty("Entries")[0];
        (entry.GetProperty("Source").GetString(), entry.GetProperty("DetailType").GetString()).ShouldBe(("lambda", "Lambda Function Invocation Result - Success"));
        entry.GetProperty("Resources").EnumerateArray().Select(r => r.GetString()).ShouldBe([$"arn:aws:events:{Home}:event-bus/default", $"{Samples.Arn.Unqualified}:$LATEST"]);
        JsonDocument.Parse(entry.GetProperty("Detail").GetString()!).RootElement.GetProperty("responsePayload").GetInt32().ShouldBe(1);
        (bucket.Service, bucket.Method).ShouldBe(("s3", "PUT"));
        bucket.Target.ShouldMatch(@"^/bucket/aws/lambda/async/f/\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$");
        bucket.Body.ShouldContain("\"functionError\":\"Unhandled\"");
    }

    [Fact]
    public async Task A_large_record_goes_to_a_topic_without_its_payloads()
    {
        Publish(onSuccess: $"arn:aws:sns:{Home}:topic");
        await SendAsync(new InvokeOutcome.Succeeded(System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 262_144)}\"")));
        await EmptyAsync();
        server.Asked[0].Form("Message").ShouldEndWith("""},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"}}""");
    }

    [Fact]
    public async Task A_function_gets_the_record_as_an_event_of_the_same_chain()
    {
        catalog.Publish(FunctionEntry.Of(Samples.Function() with { Arn = Samples.Arn with { Name = "next", Qualifier = "$LATEST" } }));
        Publish(onSuccess: $"arn:aws:lambda:{Home}:function:next");
        await SendAsync(new InvokeOutcome.Succeeded("{}"u8.ToArray()));
        await UntilAsync(() => ran.Count == 2);
        await EmptyAsync();

        var (first, second) = (ran.First(), ran.Last());
        second.Function.Arn.Name.ShouldBe("next");
        second.RequestId.ShouldNotBe(first.RequestId);
        System.Text.Encoding.UTF8.GetString(second.Payload.Span).ShouldContain($"\"requestId\":\"{first.RequestId}\"");
        second.TraceId.ShouldContain("Lineage=2:", customMessage: "loops through destinations are counted");
    }

    [Fact]
    public async Task An_event_of_a_function_that_is_switched_off_ends_at_once()
    {
        Publish(onFailure: $"arn:aws:sqs:{Home}:records", reserved: 0);
        await SendAsync(Failed);
        await EmptyAsync();
        ran.ShouldBeEmpty();
        server.Asked.Single().Form("MessageBody")!.ShouldContain("\"condition\":\"ZeroReservedConcurrency\",\"approximateInvokeCount\":0}");
    }

    [Fact]
    public async Task What_may_pass_is_tried_again_and_what_will_not_is_given_up_and_counted()
    {
        using var failures = new Failures(telemetry);
        Publish(onFailure: $"arn:aws:sqs:{Home}:records", deadLetters: $"arn:aws:sns:{Home}:dead");
        server.Answer = asked => asked.Service == "sns" ? (404, "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>")
            : server.Asked.Count(a => a.Service == "sqs") < 2 ? (503, "")
            : (200, "");
        await SendAsync(Failed);
        await EmptyAsync();
        server.Asked.Select(a => a.Service).ShouldBe(["sqs", "sns", "sqs"]);
        failures.Of("DestinationDeliveryFailures").ShouldBe(1);
        failures.Of("DeadLetterErrors").ShouldBe(1);
    }

    [Theory]
    [InlineData("arn:aws:sqs:us-east-1:123456789012:queue.fifo")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:gone")]
    [InlineData("arn:aws:dynamodb:us-east-1:123456789012:table/t")]
    [InlineData("no arn")]
    public async Task What_no_record_can_go_to_is_refused_at_once(string arn)
    {
        using var failures = new Failures(telemetry);
        Publish(onFailure: arn);
        await SendAsync(Failed);
        await EmptyAsync();
        server.Asked.ShouldBeEmpty();
        failures.Of("DestinationDeliveryFailures").ShouldBe(1);
    }

    [Fact]
    public async Task A_service_that_nobody_speaks_for_is_refused_at_once()
    {
        using var nobody = server.Client();
        (await new DestinationSender(nobody, Open(), catalog, Limits.OfAws, telemetry, TimeProvider.System).DeliverAsync(
            Event("a") with { Ending = EventEnding.Of(Event("a"), new EventAttempt(new EventFate.Done()), null, default) }, new($"arn:aws:sns:{Home}:t", false)))
            .ShouldBe(new DeliveryOutcome.Refused("no server for sns is named (--endpoint sns=URL)"));
    }

    [Fact]
    public async Task An_event_that_EventBridge_did_not_take_is_not_delivered()
    {
        Publish(onFailure: $"arn:aws:events:{Home}:event-bus/b");
        using var failures = new Failures(telemetry);
        server.Answer = _ => (200, """{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForSourceException","ErrorMessage":"m"}]}""");
        await SendAsync(Failed);
        await EmptyAsync();
        failures.Of("DestinationDeliveryFailures").ShouldBe(1);
    }

    [Fact]
    public async Task What_was_not_delivered_before_a_stop_is_delivered_after_it_and_the_event_does_not_run_again()
    {
        Publish(onFailure: $"arn:aws:sqs:{Home}:records");
        server.Answer = _ => (503, "");
        await SendAsync(Failed);
        await UntilAsync(() => server.Asked.Count > 0);
        await StopAsync();

        server.Answer = _ => (200, "");
        Start(new InvokeOutcome.Succeeded(default));
        await EmptyAsync();
        ran.Count.ShouldBe(1);
        server.Asked[^1].Form("MessageBody")!.ShouldContain("\"responsePayload\":{\"errorMessage\":\"oh\"}}");
    }

    [Fact]
    public async Task Targets_that_hang_keep_no_event_from_running()
    {
        const int Events = 200;
        Publish(onSuccess: $"arn:aws:sns:{Home}:topic");
        queue = Open();
        var hung = new TaskCompletionSource();
        poller = new EventPoller(queue, catalog, RunAsync, HangAsync, () => 1, telemetry, TimeProvider.System, NullLogger<EventPoller>.Instance);
        poller.Start();
        for (var i = 0; i < Events; i++)
        {
            await queue.AcceptAsync(Event($"{i}"));
        }

        await UntilAsync(() => ran.Count == Events);
        hung.SetResult();
        await EmptyAsync();

        async Task<DeliveryOutcome> HangAsync(QueuedEvent ended, DeliveryTarget target)
        {
            await hung.Task;
            return new DeliveryOutcome.Delivered();
        }

        Task<InvokeOutcome> RunAsync(InvokeRequest request)
        {
            ran.Enqueue(request);
            return Task.FromResult<InvokeOutcome>(new InvokeOutcome.Succeeded(default));
        }
    }

    private void Publish(string? onSuccess = null, string? onFailure = null, string? deadLetters = null, int? reserved = null) =>
        catalog.Publish(Samples.Entry(deadLetters) with
        {
            ReservedConcurrency = reserved,
            EventInvoke = ImmutableDictionary<string, EventInvokeSettings>.Empty.Add(FunctionEntry.Latest, new(0, null, onSuccess, onFailure)),
        });

    private async Task SendAsync(InvokeOutcome outcome)
    {
        Start(outcome);
        await queue.AcceptAsync(Event("a"));
    }

    private void Start(InvokeOutcome outcome)
    {
        queue = Open();
        var sender = new DestinationSender(client, queue, catalog, Limits.OfAws, telemetry, TimeProvider.System);
        poller = new EventPoller(queue, catalog, InvokeAsync, sender.DeliverAsync, () => 1, telemetry, TimeProvider.System, NullLogger<EventPoller>.Instance);
        poller.Start();

        Task<InvokeOutcome> InvokeAsync(InvokeRequest request)
        {
            ran.Enqueue(request);
            return Task.FromResult(outcome);
        }
    }

    private EventQueue Open() => new(new EventStore(database), TimeProvider.System);

    private async Task StopAsync()
    {
        if (poller is not null)
        {
            await poller.DisposeAsync();
            poller = null;
        }
    }

    private Task EmptyAsync() => UntilAsync(() => new EventStore(database).All().Count == 0);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource late = new(TimeSpan.FromMinutes(2));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, late.Token);
        }
    }

    private static QueuedEvent Event(string id) => new(id, Samples.Arn, """{"a":1}"""u8.ToArray(), null, "Root=1-5759e988-bd862e3fe1be46a994272793", TimeProvider.System.GetUtcNow());

    /// <summary>Counts what the meter counts.</summary>
    private sealed class Failures : IDisposable
    {
        private readonly System.Diagnostics.Metrics.MeterListener listener = new();
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> counts = new();

        public Failures(RoadTelemetry telemetry)
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter == telemetry.Meter && instrument is System.Diagnostics.Metrics.Counter<long>)
                {
                    l.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
            listener.Start();
        }

        public long Of(string name) => counts.GetValueOrDefault(name);

        public void Dispose() => listener.Dispose();
    }
}
