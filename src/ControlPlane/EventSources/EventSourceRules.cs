using System.Text.Json;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;

namespace Lambent.ControlPlane.EventSources;

/// <summary>What the model, and then Lambda itself, refuses of a mapping.</summary>
internal static class EventSourceRules
{
    private const int MostBatchWithoutWindow = 10;

    private static readonly Pattern Arn = new(@"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)");

    /// <summary>The failures of the model.</summary>
    public static IEnumerable<string?> CheckModel(EventSourceRequest request) =>
    [
        Member.Matching(request.EventSourceArn, "eventSourceArn", Arn),
        Member.Within(request.BatchSize, "batchSize", 1, 10_000),
        Member.Within(request.MaximumBatchingWindowInSeconds, "maximumBatchingWindowInSeconds", 0, 300),
        Member.Within(request.ParallelizationFactor, "parallelizationFactor", 1, 10),
        Member.OneOf(request.StartingPosition, "startingPosition", "LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"),
        Member.Within(request.MaximumRecordAgeInSeconds, "maximumRecordAgeInSeconds", -1, 604_800),
        Member.Within(request.MaximumRetryAttempts, "maximumRetryAttempts", -1, 10_000),
        Member.Within(request.TumblingWindowInSeconds, "tumblingWindowInSeconds", 0, 900),
        Member.CountAtMost(request.Topics, "topics", 1),
        Member.CountAtLeast(request.Topics, "topics", 1),
        Member.CountAtMost(request.Queues, "queues", 1),
        Member.CountAtLeast(request.Queues, "queues", 1),
        Member.CountAtMost(request.FunctionResponseTypes, "functionResponseTypes", 1),
        Member.Each(request.FunctionResponseTypes, "functionResponseTypes", t => t == "ReportBatchItemFailures",
            "Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null"),
        Member.Within(request.ScalingConfig?.MaximumConcurrency, "scalingConfig.maximumConcurrency", 2, 1_000),
    ];

    /// <summary>Null if Lambda could read this source in this way.</summary>
    /// <param name="kind">Of the source.</param>
    /// <param name="request">What is given.</param>
    /// <param name="settings">The same, with what was there before and the defaults.</param>
    public static AwsError? Check(SourceKind kind, EventSourceRequest request, EventSourceRequest settings)
    {
        if (kind.Service is null)
        {
            return FunctionErrors.Invalid("Unrecognized event source.");
        }

        if (kind.IsStream && settings.StartingPosition is null)
        {
            return FunctionErrors.Invalid(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");
        }

        if (kind.Service == "dynamodb" && settings.StartingPosition == "AT_TIMESTAMP")
        {
            return FunctionErrors.Invalid($"Unsupported starting position for arn type: {settings.EventSourceArn}");
        }

        if (settings.SelfManagedEventSource is not null && settings.SourceAccessConfigurations is null)
        {
            return FunctionErrors.Invalid("Required 'sourceAccessConfigurations' parameter is missing.");
        }

        if (kind.IsQueue && request.DestinationConfig is { ValueKind: not JsonValueKind.Null })
        {
            return FunctionErrors.Invalid("Unsupported DestinationConfig parameter for given event source mapping type.");
        }

        return kind.IsQueue && settings.BatchSize > MostBatchWithoutWindow && settings.MaximumBatchingWindowInSeconds is null or 0
            ? FunctionErrors.Invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
            : CheckFilters(request.FilterCriteria);
    }

    /// <summary>409 for a source that the function has already.</summary>
    public static AwsError AlreadyExists(SourceKind kind, EventSourceRequest settings, string functionName, string functionArn, string uuid) =>
        FunctionErrors.Conflict((kind switch
        {
            { IsQueue: true } => $"An event source mapping with SQS arn (\" {settings.EventSourceArn} \") and function (\" {functionName} \") already exists.",
            { IsStream: true } =>
                $"The event source arn (\" {settings.EventSourceArn} \") and function (\" {functionName} \") provided mapping already exists.",
            _ => $"An event source mapping with event source (\"{settings.EventSourceArn ?? Brokers(settings)}\"), function (\"{functionArn}\"), "
                + $"topics (\"{string.Join(',', settings.Topics ?? [])}\") already exists.",
        }) + $" Please update or delete the existing mapping with UUID {uuid}");

    /// <summary>The brokers of a Kafka of one's own, as AWS prints them.</summary>
    public static string Brokers(EventSourceRequest settings) =>
        settings.SelfManagedEventSource is { ValueKind: JsonValueKind.Object } own
        && own.TryGetProperty("Endpoints", out var endpoints) && endpoints.ValueKind == JsonValueKind.Object
        && endpoints.TryGetProperty("KAFKA_BOOTSTRAP_SERVERS", out var servers) && servers.ValueKind == JsonValueKind.Array
            ? string.Join(',', servers.EnumerateArray())
            : "";

    /// <summary>A pattern is an object in JSON. What is in it, only a poller reads.</summary>
    private static AwsError? CheckFilters(FilterCriteria? criteria) => criteria?.Filters?.All(f => IsObject(f?.Pattern)) == false
        ? FunctionErrors.Invalid("Invalid filter pattern definition.")
        : null;

    private static bool IsObject(string? pattern)
    {
        try
        {
            return pattern is not null && JsonSerializer.Deserialize(pattern, ControlPlaneJson.Default.JsonElement).ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
