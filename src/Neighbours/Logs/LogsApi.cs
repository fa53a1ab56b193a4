using System.Text.Encodings.Web;
using System.Text.Json;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Storage.Logs;
using Microsoft.AspNetCore.Http;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// The part of CloudWatch Logs that one reads a function's log with, and writes one's own: groups, streams, events, retention and
/// tags, in its JSON 1.1 protocol. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
/// </summary>
public sealed class LogsApi
{
    private const string TargetPrefix = "Logs_20140328.";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, Func<LogsRequest, LogsReply>> operations;
    private readonly LogsAccess access;

    /// <param name="store">What it serves.</param>
    /// <param name="region">For ARNs.</param>
    /// <param name="account">For ARNs.</param>
    /// <param name="authorizer">Who may do what.</param>
    /// <param name="clock">Time.</param>
    public LogsApi(LogStore store, string region, string account, Authorizer authorizer, TimeProvider clock)
    {
        access = new LogsAccess(authorizer, $"arn:aws:logs:{region}:{account}:log-group:");
        var groups = new LogGroupOperations(store, $"arn:aws:logs:{region}:{account}:log-group:", clock);
        var streams = new LogStreamOperations(store, $"arn:aws:logs:{region}:{account}:log-group:", clock);
        var events = new LogEventOperations(store, clock);
        operations = new(StringComparer.Ordinal)
        {
            ["CreateLogGroup"] = groups.Create,
            ["DeleteLogGroup"] = groups.Delete,
            ["DescribeLogGroups"] = groups.Describe,
            ["PutRetentionPolicy"] = groups.PutRetention,
            ["DeleteRetentionPolicy"] = groups.DeleteRetention,
            ["ListTagsForResource"] = groups.ListTags,
            ["ListTagsLogGroup"] = groups.ListTags,
            ["TagResource"] = groups.Tag,
            ["TagLogGroup"] = groups.Tag,
            ["UntagResource"] = groups.Untag,
            ["CreateLogStream"] = streams.Create,
            ["DeleteLogStream"] = streams.Delete,
            ["DescribeLogStreams"] = streams.Describe,
            ["PutLogEvents"] = events.Put,
            ["GetLogEvents"] = events.Get,
            ["FilterLogEvents"] = events.Filter,
        };
    }

    /// <summary>Whether a request to the path <c>/</c> is for this service.</summary>
    public static bool IsFor(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers["X-Amz-Target"].ToString().StartsWith(TargetPrefix, StringComparison.Ordinal);
    }

    /// <summary>Answers one request.</summary>
    /// <remarks>The context must have its <see cref="AwsRequest"/>.</remarks>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var signed = AwsRequest.Of(context);
        var operation = context.Request.Headers["X-Amz-Target"].ToString()[TargetPrefix.Length..];
        var reply = await Task.Run(() => Answer(operation, signed)); // it reads files
        if (reply.Error is { } error)
        {
            await AwsJsonError.WriteAsync(context.Response, error, signed.RequestId, context.RequestAborted);
            return;
        }

        var body = reply.Body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(reply.Body, Plain);
        context.Response.ContentType = AwsJsonError.ContentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers[RestJsonError.RequestIdHeader] = signed.RequestId;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    internal LogsReply Answer(string operation, AwsRequest signed)
    {
        if (!operations.TryGetValue(operation, out var run))
        {
            return new AwsError(400, "UnknownOperationException", $"Lambent has no operation {operation} of CloudWatch Logs yet.");
        }

        var (request, error) = LogsRequest.Parse(signed.Body);
        error ??= access.Refuse(signed, operation, request!);
        return error ?? run(request!);
    }
}
