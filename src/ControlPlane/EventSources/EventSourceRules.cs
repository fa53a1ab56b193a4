using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;

namespace Lambent.ControlPlane.EventSources;

/// <summary>What the model, and then Lambda itself, refuses of a mapping.</summary>
internal static class EventSourceRules
{
    // AWS's default quota of filters, for whose excess no wording is known; the age is -1 or at least a minute.
    private const int MostBatchWithoutWindow = 10, MostFilters = 5, LeastRecordAge = 60, MostRecordAge = 604_800;

    private static readonly Pattern Arn = new(@"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)");

    private static readonly Pattern Topic = new(@"[^.]([a-zA-Z0-9\-_.]+)");

    private static readonly Pattern Group = new(@"[a-zA-Z0-9-\/*:_+=.@-]*");

    private static readonly Pattern Key = new(@"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");

    private static readonly string[] Metrics = ["EventCount", "ErrorCount", "KafkaMetrics"];

    private static readonly string[] AccessTypes =
    [
        "BASIC_AUTH", "VPC_SUBNET", "VPC_SECURITY_GROUP", "SASL_SCRAM_512_AUTH", "SASL_SCRAM_256_AUTH", "VIRTUAL_HOST",
        "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE",
    ];

    /// <summary>The failures of the model.</summary>
    public static IEnumerable<string?> CheckModel(EventSourceRequest request) =>
    [
        Member.LengthAtLeast(request.FunctionName, "functionName", 1),
        .. string.IsNullOrEmpty(request.FunctionName) ? [] : FunctionReference.CheckNamespacedName(request.FunctionName),
        Member.Matching(request.EventSourceArn, "eventSourceArn", Arn),
        Member.Within(request.BatchSize, "batchSize", 1, 10_000),
        Member.Within(request.MaximumBatchingWindowInSeconds, "maximumBatchingWindowInSeconds", 0, 300),
        Member.Within(request.ParallelizationFactor, "parallelizationFactor", 1, 10),
        Member.OneOf(request.StartingPosition, "startingPosition", "LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"),
        Member.Within(request.MaximumRecordAgeInSeconds, "maximumRecordAgeInSeconds", -1, MostRecordAge),
        Member.Within(request.MaximumRetryAttempts, "maximumRetryAttempts", -1, 10_000),
        Member.Within(request.TumblingWindowInSeconds, "tumblingWindowInSeconds", 0, 900),
        Member.CountAtMost(request.Topics, "topics", 1),
        Member.CountAtLeast(request.Topics, "topics", 1),
        Member.Each(request.Topics, "topics", t => t.Length is >= 1 and <= 249 && Topic.Matches(t),
            "Member must have length less than or equal to 249, Member must have length greater than or equal to 1, "
            + $"Member must satisfy regular expression pattern: {Topic.Text}, Member must not be null"),
        Member.CountAtMost(request.Queues, "queues", 1),
        Member.CountAtLeast(request.Queues, "queues", 1),
        Member.CountAtMost(request.FunctionResponseTypes, "functionResponseTypes", 1),
        Member.Each(request.FunctionResponseTypes, "functionResponseTypes", t => t == "ReportBatchItemFailures",
            "Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null"),
        Member.Within(request.ScalingConfig?.MaximumConcurrency, "scalingConfig.maximumConcurrency", 2, 1_000),
        Member.Within(request.ProvisionedPollerConfig?.MinimumPollers, "provisionedPollerConfig.minimumPollers", 1, 200),
        Member.Within(request.ProvisionedPollerConfig?.MaximumPollers, "provisionedPollerConfig.maximumPollers", 1, 2_000),
        Member.Matching(request.KMSKeyArn, "kMSKeyArn", Key),
        Member.CountAtMost(request.MetricsConfig?.Metrics, "metricsConfig.metrics", 3),
        Member.Each(request.MetricsConfig?.Metrics, "metricsConfig.metrics", Metrics.Contains,
            $"Member must satisfy enum value set: {Member.Text(Metrics)}, Member must not be null"),
        Member.OneOf(request.LoggingConfig?.SystemLogLevel, "loggingConfig.systemLogLevel", "DEBUG", "INFO", "WARN"),
        Member.OneOf(request.DocumentDBEventSourceConfig?.FullDocument, "documentDBEventSourceConfig.fullDocument", "UpdateLookup", "Default"),
        .. CheckGroup(request.AmazonManagedKafkaEventSourceConfig, "amazonManagedKafkaEventSourceConfig"),
        .. CheckGroup(request.SelfManagedKafkaEventSourceConfig, "selfManagedKafkaEventSourceConfig"),
        .. (request.FilterCriteria?.Filters ?? []).Select((f, i) =>
            Member.LengthAtMost(f?.Pattern, $"filterCriteria.filters.{i + 1}.member.pattern", 4_096)),
        .. (request.SourceAccessConfigurations ?? []).Select((c, i) =>
            Member.OneOf(c?.Type, $"sourceAccessConfigurations.{i + 1}.member.type", AccessTypes)),
    ];

    /// <summary>Null if Lambda could read this source in this way.</summary>
    /// <param name="kind">Of the source.</param>
    /// <param name="request">What is given.</param>
    /// <param name="settings">The same, with what was there before and the defaults.</param>
    public static AwsError? Check(SourceKind kind, EventSourceRequest request, EventSourceRequest settings)
    {
        if (kind.Source == Sources.None)
        {
            return FunctionErrors.Invalid("Unrecognized event source.");
        }

        return EventSourceOptions.Check(kind, request)
            ?? (kind.IsQueue ? CheckQueue(settings) : null)
            ?? (request.MaximumRecordAgeInSeconds is >= 0 and < LeastRecordAge
                ? FunctionErrors.Invalid(
                    $"MaximumRecordAgeInSeconds must be either -1 (forever) or between {LeastRecordAge} and {MostRecordAge} (inclusive)")
                : null)
            ?? CheckFilters(request.FilterCriteria);
    }

    /// <summary>
    /// Null if a new mapping says what only it can: where to begin, and what its brokers cannot be reached without. Recorded on
    /// AWS but for the missing timestamp, whose message users reported, and the missing topics, worded like the other.
    /// </summary>
    public static AwsError? CheckNew(SourceKind kind, EventSourceRequest create) =>
        kind.Is(Sources.SelfManagedKafka) && create.SourceAccessConfigurations is null ? EventSourceOptions.Missing("SourceAccessConfigurations")
        : kind.Is(Sources.Kafka) && create.Topics is null ? EventSourceOptions.Missing("Topics")
        : CheckPosition(kind, create) is { } message ? FunctionErrors.Invalid(message)
        : null;

    /// <summary>409 for a source that the function has already.</summary>
    public static AwsError AlreadyExists(SourceKind kind, EventSourceRequest settings, string functionName, string functionArn, string uuid) =>
        FunctionErrors.Conflict((kind switch
        {
            { IsQueue: true } => $"An event source mapping with SQS arn (\" {settings.EventSourceArn} \") and function (\" {functionName} \") already exists.",
            { IsStream: true } =>
                $"The event source arn (\" {settings.EventSourceArn} \") and function (\" {functionName} \") provided mapping already exists.",
            _ => $"An event source mapping with event source (\"{string.Join(',', Addresses(settings))}\"), function (\"{functionArn}\"), "
                + $"topics (\"{string.Join(',', settings.Topics ?? [])}\") already exists.",
        }) + $" Please update or delete the existing mapping with UUID {uuid}");

    /// <summary>The ARN of the source, or the brokers of a Kafka of one's own. Those that share one are the same source.</summary>
    public static IReadOnlyList<string> Addresses(EventSourceRequest settings) =>
        settings.SelfManagedEventSource?.Endpoints?.GetValueOrDefault("KAFKA_BOOTSTRAP_SERVERS") ?? [settings.EventSourceArn ?? ""];

    private static IEnumerable<string?> CheckGroup(KafkaConfig? config, string path) =>
    [
        Member.LengthAtMost(config?.ConsumerGroupId, $"{path}.consumerGroupId", 200),
        Member.LengthAtLeast(config?.ConsumerGroupId, $"{path}.consumerGroupId", 1),
        Member.Matching(config?.ConsumerGroupId, $"{path}.consumerGroupId", Group),
    ];

    private static string? CheckPosition(SourceKind kind, EventSourceRequest create) => (create.StartingPosition, create.StartingPositionTimestamp) switch
    {
        ({ }, _) when kind.IsQueue => "StartingPosition is not valid for SQS event sources.",
        (null, _) when kind.IsStream =>
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ("AT_TIMESTAMP", _) when kind.Is(Sources.DynamoDb) => $"Unsupported starting position for arn type: {create.EventSourceArn}",
        ("AT_TIMESTAMP", null) => "Need to specify a timestamp",
        ("AT_TIMESTAMP", < 0) when kind.Is(Sources.Kinesis) =>
            "Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp",
        (not "AT_TIMESTAMP", { }) => "Timestamp only valid with StartingPosition AT_TIMESTAMP",
        _ => null,
    };

    /// <summary>https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html</summary>
    private static AwsError? CheckQueue(EventSourceRequest settings) =>
        settings.BatchSize > MostBatchWithoutWindow && settings.MaximumBatchingWindowInSeconds is null or 0
            ? FunctionErrors.Invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        : settings.MaximumBatchingWindowInSeconds > 0 && settings.EventSourceArn?.EndsWith(".fifo", StringComparison.Ordinal) == true
            ? FunctionErrors.Invalid("Batching window is not supported for FIFO queues")
        : null;

    private static AwsError? CheckFilters(FilterCriteria? criteria) =>
        criteria?.Filters?.Count > MostFilters
            ? FunctionErrors.Invalid($"An event source mapping can have at most {MostFilters} filters.")
        : criteria?.Filters?.All(f => FilterPatterns.IsPattern(f?.Pattern)) == false
            ? FunctionErrors.Invalid("Invalid filter pattern definition.")
        : null;
}
