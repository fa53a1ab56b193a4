using Lambent.ControlPlane.EventInvoke;

namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// What CreateEventSourceMapping and UpdateEventSourceMapping take.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
/// </summary>
internal sealed record EventSourceRequest
{
    public string? EventSourceArn { get; init; }

    public string? FunctionName { get; init; }

    public bool? Enabled { get; init; }

    public int? BatchSize { get; init; }

    public FilterCriteria? FilterCriteria { get; init; }

    public int? MaximumBatchingWindowInSeconds { get; init; }

    public int? ParallelizationFactor { get; init; }

    public string? StartingPosition { get; init; }

    /// <summary>In seconds since 1970.</summary>
    public double? StartingPositionTimestamp { get; init; }

    public DestinationConfig? DestinationConfig { get; init; }

    public int? MaximumRecordAgeInSeconds { get; init; }

    public bool? BisectBatchOnFunctionError { get; init; }

    public int? MaximumRetryAttempts { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public int? TumblingWindowInSeconds { get; init; }

    public IReadOnlyList<string>? Topics { get; init; }

    public IReadOnlyList<string>? Queues { get; init; }

    public IReadOnlyList<SourceAccessConfiguration>? SourceAccessConfigurations { get; init; }

    public SelfManagedEventSource? SelfManagedEventSource { get; init; }

    public IReadOnlyList<string>? FunctionResponseTypes { get; init; }

    public KafkaConfig? AmazonManagedKafkaEventSourceConfig { get; init; }

    public KafkaConfig? SelfManagedKafkaEventSourceConfig { get; init; }

    public ScalingConfig? ScalingConfig { get; init; }

    public DocumentDBEventSourceConfig? DocumentDBEventSourceConfig { get; init; }

    public string? KMSKeyArn { get; init; }

    public EventSourceMetrics? MetricsConfig { get; init; }

    public EventSourceLogging? LoggingConfig { get; init; }

    public ProvisionedPollerConfig? ProvisionedPollerConfig { get; init; }

    /// <summary>What UpdateEventSourceMapping knows of it: where a source is and begins is said once, at the creation.</summary>
    public EventSourceRequest Changeable() => this with
    {
        EventSourceArn = null,
        StartingPosition = null,
        StartingPositionTimestamp = null,
        Topics = null,
        Queues = null,
        SelfManagedEventSource = null,
        Tags = null,
    };
}

/// <summary>Which records reach the function.</summary>
internal sealed record FilterCriteria
{
    public IReadOnlyList<Filter>? Filters { get; init; }
}

/// <summary>A pattern in JSON, as text.</summary>
internal sealed record Filter
{
    public string? Pattern { get; init; }
}

/// <summary>2 to 1,000 concurrent invokes.</summary>
internal sealed record ScalingConfig
{
    public int? MaximumConcurrency { get; init; }
}

/// <summary>A Kafka cluster that is not AWS's.</summary>
internal sealed record SelfManagedEventSource
{
    /// <summary>Its brokers, under <c>KAFKA_BOOTSTRAP_SERVERS</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Endpoints { get; init; }
}

/// <summary>How Lambda would reach and read a Kafka cluster.</summary>
internal sealed record KafkaConfig
{
    public string? ConsumerGroupId { get; init; }

    public SchemaRegistryConfig? SchemaRegistryConfig { get; init; }
}

/// <summary>Where the schemas of a topic's records are.</summary>
internal sealed record SchemaRegistryConfig
{
    public string? SchemaRegistryURI { get; init; }

    public string? EventRecordFormat { get; init; }

    public IReadOnlyList<SourceAccessConfiguration>? AccessConfigs { get; init; }

    public IReadOnlyList<SchemaValidationConfig>? SchemaValidationConfigs { get; init; }
}

/// <summary>Which part of a record is held to its schema.</summary>
internal sealed record SchemaValidationConfig
{
    public string? Attribute { get; init; }
}

/// <summary>A secret, network or virtual host that is needed to reach a source.</summary>
internal sealed record SourceAccessConfiguration
{
    public string? Type { get; init; }

    public string? URI { get; init; }
}

/// <summary>What of a DocumentDB cluster is read.</summary>
internal sealed record DocumentDBEventSourceConfig
{
    public string? DatabaseName { get; init; }

    public string? CollectionName { get; init; }

    public string? FullDocument { get; init; }
}

/// <summary>What is counted of a source.</summary>
internal sealed record EventSourceMetrics
{
    public IReadOnlyList<string>? Metrics { get; init; }
}

/// <summary>What is logged of a source.</summary>
internal sealed record EventSourceLogging
{
    public string? SystemLogLevel { get; init; }
}

/// <summary>1 to 200 pollers at least, 1 to 2,000 at most.</summary>
internal sealed record ProvisionedPollerConfig
{
    public int? MinimumPollers { get; init; }

    public int? MaximumPollers { get; init; }

    public string? PollerGroupName { get; init; }
}

/// <summary>
/// A mapping as every operation answers it; members that a kind of source does not have are null.
/// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
/// </summary>
internal sealed record EventSourceMapping
{
    public required string UUID { get; init; }

    public string? StartingPosition { get; init; }

    public double? StartingPositionTimestamp { get; init; }

    public int? BatchSize { get; init; }

    public int? MaximumBatchingWindowInSeconds { get; init; }

    public int? ParallelizationFactor { get; init; }

    public string? EventSourceArn { get; init; }

    public FilterCriteria? FilterCriteria { get; init; }

    public required string FunctionArn { get; init; }

    /// <summary>In seconds since 1970, with milliseconds.</summary>
    public double LastModified { get; init; }

    public string? LastProcessingResult { get; init; }

    public required string State { get; init; }

    public required string StateTransitionReason { get; init; }

    public DestinationConfig? DestinationConfig { get; init; }

    public IReadOnlyList<string>? Topics { get; init; }

    public IReadOnlyList<string>? Queues { get; init; }

    public IReadOnlyList<SourceAccessConfiguration>? SourceAccessConfigurations { get; init; }

    public SelfManagedEventSource? SelfManagedEventSource { get; init; }

    public int? MaximumRecordAgeInSeconds { get; init; }

    public bool? BisectBatchOnFunctionError { get; init; }

    public int? MaximumRetryAttempts { get; init; }

    public int? TumblingWindowInSeconds { get; init; }

    public IReadOnlyList<string>? FunctionResponseTypes { get; init; }

    public KafkaConfig? AmazonManagedKafkaEventSourceConfig { get; init; }

    public KafkaConfig? SelfManagedKafkaEventSourceConfig { get; init; }

    public ScalingConfig? ScalingConfig { get; init; }

    public DocumentDBEventSourceConfig? DocumentDBEventSourceConfig { get; init; }

    public string? KMSKeyArn { get; init; }

    public required string EventSourceMappingArn { get; init; }

    public EventSourceMetrics? MetricsConfig { get; init; }

    public EventSourceLogging? LoggingConfig { get; init; }

    public ProvisionedPollerConfig? ProvisionedPollerConfig { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html</summary>
internal sealed record ListEventSourceMappingsResponse(string? NextMarker, IReadOnlyList<EventSourceMapping> EventSourceMappings);
