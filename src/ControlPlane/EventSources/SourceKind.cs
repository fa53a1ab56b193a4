using Lambent.ControlPlane.EventInvoke;

namespace Lambent.ControlPlane.EventSources;

/// <summary>What Lambda can poll.</summary>
[Flags]
internal enum Sources
{
    None = 0,
    Sqs = 1,
    Kinesis = 2,
    DynamoDb = 4,
    ManagedKafka = 8,
    SelfManagedKafka = 16,
    Mq = 32,
    DocumentDb = 64,
    Streams = Kinesis | DynamoDb,
    Kafka = ManagedKafka | SelfManagedKafka,
}

/// <summary>What kind of source a mapping has: it decides defaults and what may be set.</summary>
/// <param name="Source">One of them; none for what Lambda does not know.</param>
internal sealed record SourceKind(Sources Source)
{
    private const int ServicePart = 2;

    /// <summary>A stream of shards, which remembers its position.</summary>
    public bool IsStream => Is(Sources.Streams);

    /// <summary>Amazon SQS.</summary>
    public bool IsQueue => Is(Sources.Sqs);

    public static SourceKind Of(EventSourceRequest request) => new(request.SelfManagedEventSource is not null
        ? Sources.SelfManagedKafka
        : (request.EventSourceArn?.Split(':') is { Length: > ServicePart } parts ? parts[ServicePart] : null) switch
        {
            "sqs" => Sources.Sqs,
            "kinesis" => Sources.Kinesis,
            "dynamodb" => Sources.DynamoDb,
            "kafka" => Sources.ManagedKafka,
            "mq" => Sources.Mq,
            "rds" => Sources.DocumentDb,
            _ => Sources.None,
        });

    /// <summary>True if it is one of these.</summary>
    public bool Is(Sources any) => (Source & any) != Sources.None;

    /// <summary>
    /// The settings with AWS's defaults for this kind: those of queues and streams were recorded on AWS. Of Kafka it was recorded
    /// that no position need be given, and it is documented that the consumer group is a unique one; that they are the
    /// beginning and the mapping's own id is inferred.
    /// </summary>
    /// <param name="uuid">Of the mapping.</param>
    /// <param name="given">What the request says.</param>
    public EventSourceRequest WithDefaults(string uuid, EventSourceRequest given) => Source switch
    {
        Sources.Kinesis or Sources.DynamoDb => given with
        {
            BatchSize = given.BatchSize ?? 100,
            MaximumBatchingWindowInSeconds = given.MaximumBatchingWindowInSeconds ?? 0,
            ParallelizationFactor = given.ParallelizationFactor ?? 1,
            DestinationConfig = new DestinationConfig { OnFailure = given.DestinationConfig?.OnFailure ?? new() },
            MaximumRecordAgeInSeconds = given.MaximumRecordAgeInSeconds ?? -1,
            BisectBatchOnFunctionError = given.BisectBatchOnFunctionError ?? false,
            MaximumRetryAttempts = given.MaximumRetryAttempts ?? -1,
            TumblingWindowInSeconds = given.TumblingWindowInSeconds ?? 0,
            FunctionResponseTypes = given.FunctionResponseTypes ?? [],
        },
        Sources.Sqs => given with
        {
            BatchSize = given.BatchSize ?? 10,
            MaximumBatchingWindowInSeconds = given.MaximumBatchingWindowInSeconds ?? 0,
            FunctionResponseTypes = given.FunctionResponseTypes ?? [],
        },
        Sources.ManagedKafka => given with
        {
            BatchSize = given.BatchSize ?? 100,
            StartingPosition = given.StartingPosition ?? "TRIM_HORIZON",
            AmazonManagedKafkaEventSourceConfig = InGroup(given.AmazonManagedKafkaEventSourceConfig, uuid),
        },
        Sources.SelfManagedKafka => given with
        {
            BatchSize = given.BatchSize ?? 100,
            StartingPosition = given.StartingPosition ?? "TRIM_HORIZON",
            SelfManagedKafkaEventSourceConfig = InGroup(given.SelfManagedKafkaEventSourceConfig, uuid),
        },
        _ => given with { BatchSize = given.BatchSize ?? 100 },
    };

    private static KafkaConfig InGroup(KafkaConfig? given, string uuid) =>
        (given ?? new()) with { ConsumerGroupId = given?.ConsumerGroupId ?? uuid };
}
