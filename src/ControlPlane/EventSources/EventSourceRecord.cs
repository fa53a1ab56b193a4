namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// A mapping as it is stored. It is a record only: nothing polls its source yet, which is what its
/// <c>StateTransitionReason</c> says.
/// </summary>
internal sealed record EventSourceRecord
{
    /// <summary>What every answer says instead of AWS's <c>USER_INITIATED</c>, as long as it is true.</summary>
    public const string NotPolled = "Lambent keeps this mapping, but does not poll event sources yet.";

    public required string Account { get; init; }

    public required string Uuid { get; init; }

    public required string FunctionArn { get; init; }

    public required bool Enabled { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary>With every default filled in, and without what is above.</summary>
    public required EventSourceRequest Settings { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>As the API answers it.</summary>
    /// <param name="region">Of the ARN.</param>
    /// <param name="transition">The state on the way, as the answers of changes have it; null for the state that it leads to.</param>
    public EventSourceMapping Answer(string region, string? transition = null) => new()
    {
        UUID = Uuid,
        StartingPosition = Settings.StartingPosition,
        StartingPositionTimestamp = Settings.StartingPositionTimestamp,
        BatchSize = Settings.BatchSize,
        MaximumBatchingWindowInSeconds = Settings.MaximumBatchingWindowInSeconds,
        ParallelizationFactor = Settings.ParallelizationFactor,
        EventSourceArn = Settings.EventSourceArn,
        FilterCriteria = Settings.FilterCriteria is { Filters: null or { Count: 0 } } ? null : Settings.FilterCriteria,
        FunctionArn = FunctionArn,
        LastModified = LastModified.ToUnixTimeMilliseconds() / 1_000.0,
        LastProcessingResult = SourceKind.Of(Settings).IsStream ? "No records processed" : null,
        State = transition ?? (Enabled ? "Enabled" : "Disabled"),
        StateTransitionReason = NotPolled,
        DestinationConfig = Settings.DestinationConfig,
        Topics = Settings.Topics,
        Queues = Settings.Queues,
        SourceAccessConfigurations = Settings.SourceAccessConfigurations,
        SelfManagedEventSource = Settings.SelfManagedEventSource,
        MaximumRecordAgeInSeconds = Settings.MaximumRecordAgeInSeconds,
        BisectBatchOnFunctionError = Settings.BisectBatchOnFunctionError,
        MaximumRetryAttempts = Settings.MaximumRetryAttempts,
        TumblingWindowInSeconds = Settings.TumblingWindowInSeconds,
        FunctionResponseTypes = Settings.FunctionResponseTypes,
        AmazonManagedKafkaEventSourceConfig = Settings.AmazonManagedKafkaEventSourceConfig,
        SelfManagedKafkaEventSourceConfig = Settings.SelfManagedKafkaEventSourceConfig,
        ScalingConfig = Settings.ScalingConfig is { MaximumConcurrency: null } ? null : Settings.ScalingConfig,
        DocumentDBEventSourceConfig = Settings.DocumentDBEventSourceConfig,
        KMSKeyArn = Settings.KMSKeyArn,
        EventSourceMappingArn = $"arn:aws:lambda:{region}:{Account}:event-source-mapping:{Uuid}",
        MetricsConfig = Settings.MetricsConfig,
        LoggingConfig = Settings.LoggingConfig,
        ProvisionedPollerConfig = Settings.ProvisionedPollerConfig is { MinimumPollers: null, MaximumPollers: null } ? null : Settings.ProvisionedPollerConfig,
    };

    /// <summary>The mapping with what a request gives; what it does not give stays, and what it empties has its default.</summary>
    public EventSourceRecord With(EventSourceRequest update, string functionArn, DateTimeOffset now) => this with
    {
        FunctionArn = functionArn,
        Enabled = update.Enabled ?? Enabled,
        LastModified = now,
        Settings = SourceKind.Of(Settings).WithDefaults(Uuid, Settings with
        {
            BatchSize = update.BatchSize ?? Settings.BatchSize,
            FilterCriteria = update.FilterCriteria ?? Settings.FilterCriteria,
            MaximumBatchingWindowInSeconds = update.MaximumBatchingWindowInSeconds ?? Settings.MaximumBatchingWindowInSeconds,
            ParallelizationFactor = update.ParallelizationFactor ?? Settings.ParallelizationFactor,
            DestinationConfig = update.DestinationConfig ?? Settings.DestinationConfig,
            MaximumRecordAgeInSeconds = update.MaximumRecordAgeInSeconds ?? Settings.MaximumRecordAgeInSeconds,
            BisectBatchOnFunctionError = update.BisectBatchOnFunctionError ?? Settings.BisectBatchOnFunctionError,
            MaximumRetryAttempts = update.MaximumRetryAttempts ?? Settings.MaximumRetryAttempts,
            TumblingWindowInSeconds = update.TumblingWindowInSeconds ?? Settings.TumblingWindowInSeconds,
            SourceAccessConfigurations = update.SourceAccessConfigurations ?? Settings.SourceAccessConfigurations,
            FunctionResponseTypes = update.FunctionResponseTypes ?? Settings.FunctionResponseTypes,
            ScalingConfig = update.ScalingConfig ?? Settings.ScalingConfig,
            AmazonManagedKafkaEventSourceConfig = update.AmazonManagedKafkaEventSourceConfig ?? Settings.AmazonManagedKafkaEventSourceConfig,
            SelfManagedKafkaEventSourceConfig = update.SelfManagedKafkaEventSourceConfig ?? Settings.SelfManagedKafkaEventSourceConfig,
            DocumentDBEventSourceConfig = update.DocumentDBEventSourceConfig ?? Settings.DocumentDBEventSourceConfig,
            KMSKeyArn = update.KMSKeyArn ?? Settings.KMSKeyArn,
            MetricsConfig = update.MetricsConfig ?? Settings.MetricsConfig,
            LoggingConfig = update.LoggingConfig ?? Settings.LoggingConfig,
            ProvisionedPollerConfig = update.ProvisionedPollerConfig ?? Settings.ProvisionedPollerConfig,
        }),
    };
}
