using Lambent.Aws;
using Lambent.ControlPlane.Functions;

namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// Whether a queue or stream is there: asked of the server that speaks for its service, if one is named (<c>--endpoint</c>). The words are
/// those that were recorded on AWS.
/// </summary>
internal sealed class SourceLookup(AwsClient? neighbours)
{
    private const string Sqs = "sqs", Kinesis = "kinesis", DynamoDb = "dynamodb", SqsVersion = "2012-11-05";
    private const int RegionPart = 3, AccountPart = 4, ResourcePart = 5, Parts = 6;

    /// <summary>Null if it is there, or if nobody can be asked.</summary>
    public async Task<AwsError?> CheckAsync(SourceKind kind, string? arn)
    {
        if (arn?.Split(':', Parts) is not { Length: Parts } parts || CallFor(kind, arn, parts) is not { } call || neighbours?.Find(call.Service) is null)
        {
            return null;
        }

        try
        {
            var reply = await neighbours.SendAsync(call with { Region = parts[RegionPart] });
            return reply.IsSuccess ? null : Refused(call.Service, arn, reply.Error.Code, reply.Error.Message);
        }
        catch (AwsUnreachableException e)
        {
            return AwsError.Service(e.Message);
        }
    }

    private static AwsCall? CallFor(SourceKind kind, string arn, string[] parts) => kind.Source switch
    {
        Sources.Sqs => AwsCall.Query(
            Sqs, SqsVersion, "GetQueueUrl",
            KeyValuePair.Create("QueueName", parts[ResourcePart]), KeyValuePair.Create("QueueOwnerAWSAccountId", parts[AccountPart])),
        Sources.Kinesis => AwsCall.Json(
            Kinesis, "1.1", "Kinesis_20131202.DescribeStreamSummary", json => json.WriteString("StreamName", StreamOf(parts[ResourcePart]))),
        Sources.DynamoDb => AwsCall.Json(DynamoDb, "1.0", "DynamoDBStreams_20120810.DescribeStream", json => json.WriteString("StreamArn", arn)),
        _ => null,
    };

    /// <summary>Of <c>stream/NAME</c>, or of a consumer's <c>stream/NAME/consumer/…</c>.</summary>
    private static string StreamOf(string resource) => resource.Split('/') is [_, var name, ..] ? name : resource;

    private static AwsError Refused(string service, string arn, string code, string message) => FunctionErrors.Invalid(
        service == Sqs ? $"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {message}"
        : code == "ResourceNotFoundException" ? $"Stream not found: {arn}"
        : $"Cannot access stream {arn}. {code}: {message}");
}
