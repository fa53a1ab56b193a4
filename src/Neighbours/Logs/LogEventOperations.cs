using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lambent.Aws;
using Lambent.Storage.Logs;

namespace Lambent.Neighbours.Logs;

/// <summary>PutLogEvents, GetLogEvents and FilterLogEvents.</summary>
internal sealed class LogEventOperations(LogStore store, TimeProvider clock)
{
    private const int BatchEventsAtMost = 10_000, BatchBytesAtMost = 1_048_576, BytesOfEvent = 26, StreamNamesAtMost = 100;

    private static readonly TimeSpan OldestTaken = TimeSpan.FromDays(14), NewestTaken = TimeSpan.FromHours(2), BatchSpansAtMost = TimeSpan.FromHours(24);

    internal LogsReply Put(LogsRequest request)
    {
        if (Find(request, out var stream, out _) is { } missing)
        {
            return missing;
        }

        if (ReadBatch(request, out var batch) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        var (oldest, newest) = ((now - OldestTaken).ToUnixTimeMilliseconds(), (now + NewestTaken).ToUnixTimeMilliseconds());
        foreach (var (time, message) in batch.Where(e => e.Time >= oldest && e.Time <= newest))
        {
            if (!stream!.TryAppend(time, now.ToUnixTimeMilliseconds(), message))
            {
                return new AwsError(503, "ServiceUnavailableException", "The log stream is full, or its events come faster than the disk takes them.");
            }
        }

        stream!.Learn();
        var answer = new JsonObject { ["nextSequenceToken"] = new string('0', 55) + "1" };
        var (tooOld, tooNew) = (batch.Count(e => e.Time < oldest), batch.FindIndex(e => e.Time > newest));
        if (tooOld > 0 || tooNew >= 0)
        {
            var rejected = new JsonObject();
            answer["rejectedLogEventsInfo"] = rejected;
            if (tooNew >= 0)
            {
                rejected["tooNewLogEventStartIndex"] = tooNew;
            }

            if (tooOld > 0)
            {
                rejected["tooOldLogEventEndIndex"] = tooOld;
            }
        }

        return answer;
    }

    internal LogsReply Get(LogsRequest request)
    {
        var limit = request.Number("limit") ?? EventPage.EventsAtMost;
        if (limit is < 1 or > EventPage.EventsAtMost)
        {
            return LogsPaging.LimitError(limit, EventPage.EventsAtMost);
        }

        if (Find(request, out var stream, out var group) is { } missing)
        {
            return missing;
        }

        var forward = request.Flag("startFromHead");
        EventKey? position = null;
        if (request.Text("nextToken") is { } token)
        {
            position = ReadToken(token, out forward);
            if (position is null)
            {
                return LogsErrors.BadToken;
            }
        }

        var (from, to) = Range(request, group!);
        var page = new EventPage((int)limit, fromEnd: !forward);
        foreach (var found in stream!.Read(from, to).Where(e => e.Time >= from && e.Time < to))
        {
            var key = new EventKey(found.Time, "", found.Index);
            if (position is not { } p || (forward ? key.CompareTo(p) >= 0 : key.CompareTo(p) < 0))
            {
                page.Add(key, found);
            }
        }

        var events = page.Sorted();
        var first = events.Count > 0 ? events[0].Key : position ?? default;
        var next = events.Count > 0 ? events[^1].Key with { Index = events[^1].Key.Index + 1 } : position ?? default;
        return new JsonObject
        {
            ["events"] = new JsonArray([.. events.Select(e => (JsonNode)new JsonObject
            {
                ["timestamp"] = e.Event.Time, ["message"] = e.Event.Message, ["ingestionTime"] = e.Event.Ingestion,
            })]),
            ["nextForwardToken"] = WriteToken('f', next),
            ["nextBackwardToken"] = WriteToken('b', first),
        };
    }

    internal LogsReply Filter(LogsRequest request)
    {
        var limit = request.Number("limit") ?? EventPage.EventsAtMost;
        var names = request.List("logStreamNames")?.Select(n => n?.GetValueKind() == JsonValueKind.String ? (string?)n : null).ToHashSet();
        var prefix = request.Text("logStreamNamePrefix");
        var matches = FilterPattern.Parse(request.Text("filterPattern") ?? "");
        var group = request.Group is { } name ? store.Find(name) : null;
        var position = LogsPaging.Position(request.Text("nextToken"));
        AwsError? refusal =
            request.Group is null ? LogsErrors.Constraint(null, "logGroupName", "not be null")
            : limit is < 1 or > EventPage.EventsAtMost ? LogsPaging.LimitError(limit, EventPage.EventsAtMost)
            : names is { Count: > StreamNamesAtMost } ? LogsErrors.Constraint($"{names.Count} names", "logStreamNames", $"have length less than or equal to {StreamNamesAtMost}")
            : names is not null && prefix is not null ? LogsErrors.Invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
            : matches is null ? LogsErrors.Invalid("Invalid filter pattern")
            : position is null || (position.Length > 0 && ReadPosition(position) is null) ? LogsErrors.BadToken
            : group is null ? LogsErrors.NoGroup
            : names is not null && names.Any(n => n is null || group.Find(n) is null) ? LogsErrors.NoStream
            : null;
        return refusal is not null ? refusal
            : Search(
                group!, group!.Streams().Where(s => names?.Contains(s.Name) ?? s.Name.StartsWith(prefix ?? "", StringComparison.Ordinal)),
                Range(request, group), position!.Length > 0 ? ReadPosition(position) : null, matches!, (int)limit);
    }

    private static JsonObject Search(
        LogGroup group, IEnumerable<LogStream> streams, (long From, long To) range, EventKey? position, Predicate<string> matches, int limit)
    {
        var from = Math.Max(range.From, position?.Time ?? long.MinValue);
        var page = new EventPage(limit, fromEnd: false);
        foreach (var stream in streams)
        {
            stream.Learn();
            if (stream.LastEventTime is not { } last || last < from || stream.FirstEventTime >= range.To)
            {
                continue;
            }

            foreach (var found in stream.Read(from, range.To).Where(e => e.Time >= from && e.Time < range.To))
            {
                var key = new EventKey(found.Time, stream.Name, found.Index);
                if ((position is not { } p || key.CompareTo(p) > 0) && matches(found.Message))
                {
                    page.Add(key, found);
                }
            }
        }

        var events = page.Sorted();
        var answer = new JsonObject
        {
            ["events"] = new JsonArray([.. events.Select(e => (JsonNode)new JsonObject
            {
                ["logStreamName"] = e.Key.Stream,
                ["timestamp"] = e.Event.Time,
                ["message"] = e.Event.Message,
                ["ingestionTime"] = e.Event.Ingestion,
                ["eventId"] = EventId(group.Settings.Name, e.Key),
            })]),
            ["searchedLogStreams"] = new JsonArray(), // empty on AWS since 2022
        };
        if (page.HasMore)
        {
            var key = events[^1].Key;
            answer["nextToken"] = LogsPaging.Token(string.Create(CultureInfo.InvariantCulture, $"{key.Time} {key.Index} {key.Stream}"));
        }

        return answer;
    }

    private (long From, long To) Range(LogsRequest request, LogGroup group) =>
        (Math.Max(request.Number("startTime") ?? long.MinValue, store.OldestKept(group)), request.Number("endTime") ?? long.MaxValue);

    private AwsError? Find(LogsRequest request, out LogStream? stream, out LogGroup? group)
    {
        var name = request.Text("logStreamName");
        group = request.Group is { } groupName ? store.Find(groupName) : null;
        stream = name is null ? null : group?.Find(name);
        return request.Group is null ? LogsErrors.Constraint(null, "logGroupName", "not be null")
            : name is null ? LogsErrors.Constraint(null, "logStreamName", "not be null")
            : group is null ? LogsErrors.NoGroup
            : stream is null ? LogsErrors.NoStream
            : null;
    }

    /// <summary>Reads and checks a batch. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html</summary>
    private static AwsError? ReadBatch(LogsRequest request, out List<(long Time, byte[] Message)> batch)
    {
        batch = [];
        foreach (var node in request.List("logEvents") ?? [])
        {
            if (node is not JsonObject e || e["timestamp"] is not JsonValue at || !at.TryGetValue(out long time)
                || e["message"]?.GetValueKind() != JsonValueKind.String)
            {
                return LogsErrors.Serialization;
            }

            batch.Add((time, Encoding.UTF8.GetBytes((string)e["message"]!)));
        }

        var events = batch;
        var bytes = events.Sum(e => (long)e.Message.Length + BytesOfEvent);
        return events.Count == 0 ? LogsErrors.Constraint("[]", "logEvents", "have length greater than or equal to 1")
            : events.Count > BatchEventsAtMost ? LogsErrors.Constraint($"{events.Count} events", "logEvents", $"have length less than or equal to {BatchEventsAtMost}")
            : events.Exists(e => e.Message.Length == 0) ? LogsErrors.Constraint("", "logEvents.1.member.message", "have length greater than or equal to 1")
            : events.Exists(e => e.Time is < 0 or > 253_402_300_799_999) ? LogsErrors.Constraint("timestamp", "logEvents", "be a time of this era")
            : bytes > BatchBytesAtMost ? LogsErrors.Invalid($"Upload too large: {bytes} bytes exceeds limit of {BatchBytesAtMost}")
            : events.Zip(events.Skip(1)).Any(p => p.First.Time > p.Second.Time)
                ? LogsErrors.Invalid("Log events in a single PutLogEvents request must be in chronological order.")
            : events[^1].Time - events[0].Time > BatchSpansAtMost.TotalMilliseconds
                ? LogsErrors.Invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
            : null;
    }

    /// <summary>56 digits, as on AWS: the same for the same event in every answer.</summary>
    private static string EventId(string group, EventKey key) => string.Create(
        CultureInfo.InvariantCulture, $"{key.Time:D14}{BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{group}:{key.Stream}"))):D20}{key.Index:D22}");

    private static string WriteToken(char direction, EventKey position) =>
        string.Create(CultureInfo.InvariantCulture, $"{direction}/{position.Time:D28}{position.Index:D28}");

    private static EventKey? ReadToken(string token, out bool forward)
    {
        forward = token.StartsWith("f/", StringComparison.Ordinal);
        return token.Length == 58 && (forward || token.StartsWith("b/", StringComparison.Ordinal))
            && long.TryParse(token.AsSpan(2, 28), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            && long.TryParse(token.AsSpan(30), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new EventKey(time, "", index)
            : null;
    }

    private static EventKey? ReadPosition(string position)
    {
        var parts = position.Split(' ', 3);
        return parts.Length == 3 && long.TryParse(parts[0], out var time) && long.TryParse(parts[1], out var index) ? new EventKey(time, parts[2], index) : null;
    }
}
