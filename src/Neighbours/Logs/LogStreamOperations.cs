using System.Text.Json.Nodes;
using Lambent.Aws;
using Lambent.Storage.Logs;

namespace Lambent.Neighbours.Logs;

/// <summary>CreateLogStream, DeleteLogStream and DescribeLogStreams.</summary>
internal sealed class LogStreamOperations(LogStore store, string arnPrefix, TimeProvider clock)
{
    private const int StreamsAtMost = 50;

    internal LogsReply Create(LogsRequest request)
    {
        var name = request.Text("logStreamName");
        AwsError? error = name switch
        {
            null => LogsErrors.Constraint(null, "logStreamName", "not be null"),
            { Length: < 1 } => LogsErrors.Constraint(name, "logStreamName", "have length greater than or equal to 1"),
            { Length: > 512 } => LogsErrors.Constraint(name, "logStreamName", "have length less than or equal to 512"),
            _ when name.AsSpan().ContainsAny(':', '*') => LogsErrors.Constraint(name, "logStreamName", "satisfy regular expression pattern: [^:*]*"),
            _ => null,
        };
        return error is not null ? error
            : Group(request) is not { } group ? LogsErrors.NoGroup
            : group.TryCreate(name!, clock.GetUtcNow()) ? LogsReply.Done : LogsErrors.StreamExists;
    }

    internal LogsReply Delete(LogsRequest request) =>
        request.Text("logStreamName") is not { } name ? LogsErrors.Constraint(null, "logStreamName", "not be null")
        : Group(request) is not { } group ? LogsErrors.NoGroup
        : group.Delete(name) ? LogsReply.Done : LogsErrors.NoStream;

    internal LogsReply Describe(LogsRequest request)
    {
        var (prefix, orderBy) = (request.Text("logStreamNamePrefix"), request.Text("orderBy") ?? "LogStreamName");
        var limit = request.Number("limit") ?? StreamsAtMost;
        if (Refusal(request, prefix, orderBy, limit) is { } refusal)
        {
            return refusal;
        }

        if (Group(request) is not { } group)
        {
            return LogsErrors.NoGroup;
        }

        var position = LogsPaging.Position(request.Text("nextToken"));
        if (position is null || (position.Length > 0 && !position.Contains(' ', StringComparison.Ordinal)))
        {
            return LogsErrors.BadToken;
        }

        var found = Sorted(group, prefix, orderBy == "LastEventTime", request.Flag("descending"), position).Take((int)limit + 1).ToList();
        var page = found.Take((int)limit).ToList();
        var answer = new JsonObject { ["logStreams"] = new JsonArray([.. page.Select(s => View(group, s))]) };
        if (found.Count > page.Count)
        {
            answer["nextToken"] = LogsPaging.Token($"{page[^1].LastEventTime ?? 0} {page[^1].Name}");
        }

        return answer;
    }

    private static AwsError? Refusal(LogsRequest request, string? prefix, string orderBy, long limit) =>
        request.Text("logGroupName") is not null && request.Text("logGroupIdentifier") is not null
            ? new AwsError(400, "ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
        : request.Group is null ? LogsErrors.Constraint(null, "logGroupName", "not be null")
        : orderBy is not ("LogStreamName" or "LastEventTime")
            ? LogsErrors.Constraint(orderBy, "orderBy", "satisfy enum value set: [LogStreamName, LastEventTime]")
        : orderBy == "LastEventTime" && prefix is not null ? LogsErrors.Invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        : limit is < 1 or > StreamsAtMost ? LogsPaging.LimitError(limit, StreamsAtMost)
        : null;

    /// <summary>The streams behind a position, which is the time and name of the last one that was shown.</summary>
    private static IEnumerable<LogStream> Sorted(LogGroup group, string? prefix, bool byTime, bool descending, string position)
    {
        var streams = group.Streams().Where(s => s.Name.StartsWith(prefix ?? "", StringComparison.Ordinal)).ToList();
        streams.ForEach(s => s.Learn());
        var order = Comparer<(long Time, string Name)>.Create((a, b) =>
        {
            var result = byTime ? a.Time.CompareTo(b.Time) : 0;
            result = result != 0 ? result : string.CompareOrdinal(a.Name, b.Name);
            return descending ? -result : result;
        });
        var sorted = streams.Select(s => (Key: (s.LastEventTime ?? 0, s.Name), Stream: s)).OrderBy(s => s.Key, order);
        var space = position.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? sorted.Select(s => s.Stream)
            : sorted.Where(s => order.Compare(s.Key, (long.TryParse(position[..space], out var time) ? time : 0, position[(space + 1)..])) > 0).Select(s => s.Stream);
    }

    private LogGroup? Group(LogsRequest request) => request.Group is { } name ? store.Find(name) : null;

    private JsonNode View(LogGroup group, LogStream stream)
    {
        var view = new JsonObject { ["logStreamName"] = stream.Name, ["creationTime"] = stream.CreationTime };
        if (stream.LastEventTime is not null)
        {
            view["firstEventTimestamp"] = stream.FirstEventTime;
            view["lastEventTimestamp"] = stream.LastEventTime;
            view["lastIngestionTime"] = stream.LastIngestionTime;
            view["uploadSequenceToken"] = new string('0', 55) + "1";
        }

        view["arn"] = $"{arnPrefix}{group.Settings.Name}:log-stream:{stream.Name}";
        view["storedBytes"] = 0; // AWS has answered 0 since June 2019
        return view;
    }
}
