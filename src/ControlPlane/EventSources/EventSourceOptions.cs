using System.Text.Json;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;

namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// Which settings a source has at all. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html says
/// it of each, and each source's page of the developer guide has a table.
/// </summary>
internal static class EventSourceOptions
{
    private static readonly (string Member, Sources Of, Func<EventSourceRequest, bool> IsGiven)[] Options =
    [
        ("ParallelizationFactor", Sources.Streams, r => r.ParallelizationFactor is not null),
        ("TumblingWindowInSeconds", Sources.Streams, r => r.TumblingWindowInSeconds is not null),
        ("DestinationConfig", Sources.Streams | Sources.Kafka, r => r.DestinationConfig is not null),
        ("MaximumRecordAgeInSeconds", Sources.Streams | Sources.Kafka, r => r.MaximumRecordAgeInSeconds is not null),
        ("BisectBatchOnFunctionError", Sources.Streams | Sources.Kafka, r => r.BisectBatchOnFunctionError is not null),
        ("MaximumRetryAttempts", Sources.Streams | Sources.Kafka, r => r.MaximumRetryAttempts is not null),
        ("FunctionResponseTypes", Sources.Sqs | Sources.Streams | Sources.Kafka, r => r.FunctionResponseTypes is { Count: > 0 }),
        ("ScalingConfig", Sources.Sqs, r => r.ScalingConfig?.MaximumConcurrency is not null),
        ("ProvisionedPollerConfig", Sources.Sqs | Sources.Kafka, r => r.ProvisionedPollerConfig is not null),
        ("StartingPosition", ~Sources.Mq, r => r.StartingPosition is not null),
        ("Topics", Sources.Kafka, r => r.Topics is not null),
        ("Queues", Sources.Mq, r => r.Queues is not null),
        ("SourceAccessConfigurations", Sources.Kafka | Sources.Mq | Sources.DocumentDb, r => r.SourceAccessConfigurations is { Count: > 0 }),
        ("AmazonManagedKafkaEventSourceConfig", Sources.ManagedKafka, r => r.AmazonManagedKafkaEventSourceConfig is not null),
        ("SelfManagedKafkaEventSourceConfig", Sources.SelfManagedKafka, r => r.SelfManagedKafkaEventSourceConfig is not null),
        ("DocumentDBEventSourceConfig", Sources.DocumentDb, r => r.DocumentDBEventSourceConfig is not null),
        ("LoggingConfig", Sources.Kafka, r => r.LoggingConfig is not null),
    ];

    /// <summary>Null if the source has every setting that the request gives.</summary>
    public static AwsError? Check(SourceKind kind, EventSourceRequest request)
    {
        var stray = Options.FirstOrDefault(o => !kind.Is(o.Of) && o.IsGiven(request)).Member;
        return stray is not null ? Unsupported(kind, stray)
            : request.DestinationConfig?.OnSuccess is not null ? Unsupported(kind, "DestinationConfig")
            : null;
    }

    /// <summary>
    /// A setting that the source does not have. Recorded on AWS for the destination of a queue; users reported the same form
    /// for a stream, and the one with quotes for Kafka. Which of them other settings and brokers get is inferred.
    /// </summary>
    public static AwsError Unsupported(SourceKind kind, string member) => FunctionErrors.Invalid(
        $"Unsupported {(kind.Is(Sources.Sqs | Sources.Streams) ? member : $"'{Quoted(member)}'")} parameter for given event source mapping type.");

    /// <summary>A setting that the source cannot be without.</summary>
    public static AwsError Missing(string member) => FunctionErrors.Invalid($"Required '{Quoted(member)}' parameter is missing.");

    private static string Quoted(string member) => JsonNamingPolicy.CamelCase.ConvertName(member);
}
