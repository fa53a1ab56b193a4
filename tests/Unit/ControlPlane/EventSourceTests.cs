using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>What each kind of event source can be told, and what it answers.</summary>
public class EventSourceTests
{
    private const string Mappings = "/2015-03-31/event-source-mappings", Account = "us-east-1:123456789012";
    private const string Queue = $"arn:aws:sqs:{Account}:q", Stream = $"arn:aws:kinesis:{Account}:stream/s";
    private const string Table = $"arn:aws:dynamodb:{Account}:table/t/stream/l", Kafka = $"arn:aws:kafka:{Account}:cluster/c/1";
    private const string Broker = $"arn:aws:mq:{Account}:broker:b:1", Cluster = $"arn:aws:rds:{Account}:cluster:c";
    private const string Secret = """[{"Type":"BASIC_AUTH","URI":"arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}]""";

    [Theory]
    [InlineData(Queue, "", "ParallelizationFactor", "1")]
    [InlineData(Queue, "", "BisectBatchOnFunctionError", "false")]
    [InlineData(Queue, "", "MaximumRetryAttempts", "1")]
    [InlineData(Queue, "", "TumblingWindowInSeconds", "1")]
    [InlineData(Queue, "", "DestinationConfig", """{"OnSuccess":{"Destination":"x"}}""")]
    [InlineData(Queue, "", "Topics", """["topic"]""")]
    [InlineData(Stream, "\"StartingPosition\":\"LATEST\",", "ScalingConfig", """{"MaximumConcurrency":2}""")]
    [InlineData(Stream, "\"StartingPosition\":\"LATEST\",", "DestinationConfig", """{"OnSuccess":{"Destination":"x"}}""")]
    [InlineData(Kafka, "\"Topics\":[\"topic\"],", "'parallelizationFactor'", "1")]
    [InlineData(Kafka, "\"Topics\":[\"topic\"],", "'selfManagedKafkaEventSourceConfig'", """{"ConsumerGroupId":"g"}""")]
    [InlineData(Broker, "\"Queues\":[\"q\"],", "'startingPosition'", "\"LATEST\"")]
    [InlineData(Broker, "\"Queues\":[\"q\"],", "'functionResponseTypes'", """["ReportBatchItemFailures"]""")]
    [InlineData(Cluster, "\"StartingPosition\":\"LATEST\",", "'destinationConfig'", """{"OnFailure":{"Destination":"x"}}""")]
    public async Task A_setting_that_a_source_does_not_have_is_refused(string source, string needed, string member, string value)
    {
        var name = member.Trim('\'');
        await AssertRefusedAsync(
            $$"""{"FunctionName":"f","EventSourceArn":"{{source}}",{{needed}}"{{char.ToUpperInvariant(name[0])}}{{name[1..]}}":{{value}}}""",
            $"Unsupported {member} parameter for given event source mapping type.");
    }

    [Theory]
    [InlineData(Queue, "\"LATEST\"", "1739809968", "StartingPosition is not valid for SQS event sources.")]
    [InlineData(Stream, "\"LATEST\"", "1739809968", "Timestamp only valid with StartingPosition AT_TIMESTAMP")]
    [InlineData(Table, "\"TRIM_HORIZON\"", "1739809968", "Timestamp only valid with StartingPosition AT_TIMESTAMP")]
    [InlineData(Stream, "\"AT_TIMESTAMP\"", "null", "Need to specify a timestamp")]
    [InlineData(Stream, "\"AT_TIMESTAMP\"", "-1739809968",
        "Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp")]
    [InlineData(Table, "\"AT_TIMESTAMP\"", "-1739809968", "Unsupported starting position for arn type: " + Table)]
    public Task Where_to_begin_must_fit_the_source(string source, string position, string timestamp, string message) => AssertRefusedAsync(
        $$"""{"FunctionName":"f","EventSourceArn":"{{source}}","StartingPosition":{{position}},"StartingPositionTimestamp":{{timestamp}}}""", message);

    [Theory]
    [InlineData("\"StartingPositionTimestamp\":\"abc\"")]
    [InlineData("\"StartingPositionTimestamp\":1e999")]
    [InlineData("\"StartingPositionTimestamp\":{}")]
    public async Task A_time_is_a_number(string member)
    {
        await using var plane = await StartAsync();
        var refused = await plane.SendAsync(
            "POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{Stream}}","StartingPosition":"AT_TIMESTAMP",{{member}}}""");
        (refused.Status, refused.Json["Type"]?.ToString()).ShouldBe((400, null));
    }

    [Theory]
    [InlineData(Queue + ".fifo", "\"BatchSize\":100,\"MaximumBatchingWindowInSeconds\":5", "Batching window is not supported for FIFO queues")]
    [InlineData(Stream, "\"StartingPosition\":\"LATEST\",\"MaximumRecordAgeInSeconds\":59",
        "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)")]
    [InlineData(Queue, "\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"a\\\":\\\"b\\\"}\"}]}", "Invalid filter pattern definition.")]
    [InlineData(Kafka, "\"StartingPosition\":\"LATEST\"", "Required 'topics' parameter is missing.")]
    [InlineData(Queue, "\"MetricsConfig\":{\"Metrics\":[\"Count\"]}",
        "1 validation error detected: Value '[Count]' at 'metricsConfig.metrics' failed to satisfy constraint: Member must satisfy constraint: "
        + "[Member must satisfy enum value set: [EventCount, ErrorCount, KafkaMetrics], Member must not be null]")]
    [InlineData(Broker, "\"SourceAccessConfigurations\":[{\"Type\":\"BASIC_AUTH\"},{\"Type\":\"KEY\"}]",
        "1 validation error detected: Value 'KEY' at 'sourceAccessConfigurations.2.member.type' failed to satisfy constraint: Member must satisfy enum "
        + "value set: [BASIC_AUTH, VPC_SUBNET, VPC_SECURITY_GROUP, SASL_SCRAM_512_AUTH, SASL_SCRAM_256_AUTH, VIRTUAL_HOST, CLIENT_CERTIFICATE_TLS_AUTH, "
        + "SERVER_ROOT_CA_CERTIFICATE]")]
    [InlineData(Kafka, "\"Topics\":[\".\"]",
        "1 validation error detected: Value '[.]' at 'topics' failed to satisfy constraint: Member must satisfy constraint: [Member must have length "
        + "less than or equal to 249, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
        + @"[^.]([a-zA-Z0-9\-_.]+), Member must not be null]")]
    public Task Values_out_of_bounds_are_refused(string source, string settings, string message) =>
        AssertRefusedAsync($$"""{"FunctionName":"f","EventSourceArn":"{{source}}",{{settings}}}""", message);

    [Fact]
    public async Task More_filters_than_the_quota_are_refused()
    {
        var filters = new JsonArray([.. Enumerable.Range(0, 6).Select(_ => new JsonObject { ["Pattern"] = """{"a":["b"]}""" })]);
        await using var plane = await StartAsync();
        var body = new JsonObject { ["FunctionName"] = "f", ["EventSourceArn"] = Queue, ["FilterCriteria"] = new JsonObject { ["Filters"] = filters } };
        (await plane.SendAsync("POST", Mappings, body.ToJsonString())).Status.ShouldBe(400);
        filters.RemoveAt(5);
        (await plane.SendAsync("POST", Mappings, body.ToJsonString())).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_disabled_queue_is_disabled_at_once_and_a_stream_after_its_creation()
    {
        await using var plane = await StartAsync();
        foreach (var (source, state) in new[] { (Queue, "Disabled"), (Stream, "Creating") })
        {
            var position = source == Stream ? "\"LATEST\"" : "null";
            var made = await plane.SendAsync(
                "POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{source}}","StartingPosition":{{position}},"Enabled":false}""");
            made.Json["State"]!.ToString().ShouldBe(state);
            (await plane.SendAsync("GET", $"{Mappings}/{made.Json["UUID"]}")).Json["State"]!.ToString().ShouldBe("Disabled");
        }
    }

    [Theory]
    [InlineData("""{"Enabled":true}""", "Updating")]
    [InlineData("""{"BatchSize":5}""", "Updating")]
    [InlineData("""{"Enabled":false,"BatchSize":5}""", "Disabling")]
    public async Task An_update_says_what_it_changes(string update, string state)
    {
        await using var plane = await StartAsync();
        var made = await plane.SendAsync("POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{Queue}}"}""");
        (await plane.SendAsync("PUT", $"{Mappings}/{made.Json["UUID"]}", update)).Json["State"]!.ToString().ShouldBe(state);
    }

    [Fact]
    public async Task An_update_empties_and_ignores_what_is_said_only_once()
    {
        await using var plane = await StartAsync();
        var made = await plane.SendAsync("POST", Mappings, $$$"""
            {"FunctionName":"f","EventSourceArn":"{{{Stream}}}","StartingPosition":"LATEST","DestinationConfig":{"OnFailure":{"Destination":"{{{Queue}}}"} } }
            """);
        var updated = await plane.SendAsync(
            "PUT", $"{Mappings}/{made.Json["UUID"]}", """{"DestinationConfig":{},"StartingPosition":"AT_TIMESTAMP","Queues":["q"]}""");
        updated.Status.ShouldBe(202, updated.Text);
        (updated.Json["DestinationConfig"]!["OnFailure"]!["Destination"], updated.Json["StartingPosition"]!.ToString(), updated.Json["Queues"])
            .ShouldBe((null, "LATEST", null));
    }

    [Fact]
    public async Task A_Kafka_cluster_is_read_from_its_beginning_in_a_group_of_the_mappings_own()
    {
        await using var plane = await StartAsync();
        var made = (await plane.SendAsync("POST", Mappings, Brokers("kafka:1000"))).Json;
        (made["StartingPosition"]!.ToString(), made["SelfManagedKafkaEventSourceConfig"]!["ConsumerGroupId"]!.ToString())
            .ShouldBe(("TRIM_HORIZON", made["UUID"]!.ToString()));
        var managed = (await plane.SendAsync("POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{Kafka}}","Topics":["topic"]}""")).Json;
        managed["AmazonManagedKafkaEventSourceConfig"]!["ConsumerGroupId"]!.ToString().ShouldBe(managed["UUID"]!.ToString());
    }

    [Fact]
    public async Task Clusters_with_a_broker_in_common_are_the_same_source()
    {
        await using var plane = await StartAsync();
        var made = (await plane.SendAsync("POST", Mappings, Brokers("kafka:1000"))).Json;
        (await plane.SendAsync("POST", Mappings, Brokers("kafka:1000", "kafka:2000"))).Message.ShouldBe(
            "An event source mapping with event source (\"kafka:1000,kafka:2000\"), function (\"arn:aws:lambda:us-east-1:123456789012:function:f\"), "
            + $"topics (\"topic\") already exists. Please update or delete the existing mapping with UUID {made["UUID"]}");
        (await plane.SendAsync("POST", Mappings, Brokers("kafka:3000"))).Status.ShouldBe(202);
    }

    private static string Brokers(params string[] servers) => $$$"""
        {"FunctionName":"f","Topics":["topic"],"SourceAccessConfigurations":{{{Secret}}},
         "SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["{{{string.Join("\",\"", servers)}}}"]} } }
        """;

    private static async Task<TestPlane> StartAsync()
    {
        var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        return plane;
    }

    private static async Task AssertRefusedAsync(string body, string message)
    {
        await using var plane = await StartAsync();
        var refused = await plane.SendAsync("POST", Mappings, body);
        (refused.Status, refused.Message).ShouldBe((400, message));
    }
}
