using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lambent.Storage.Logs;

namespace Lambent.Neighbours.Logs;

/// <summary>CreateLogGroup, DeleteLogGroup, DescribeLogGroups, the retention policy, and tags.</summary>
internal sealed partial class LogGroupOperations(LogStore store, string arnPrefix, TimeProvider clock)
{
    private const int GroupsAtMost = 50, TagsAtMost = 50;

    private static readonly int[] RetentionDays =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    internal LogsReply Create(LogsRequest request)
    {
        if (NameError(request) is { } error)
        {
            return error;
        }

        var tags = request.Object("tags") is { } given ? Strings(given) : null;
        if (tags is { Count: 0 or > TagsAtMost } || (request.Object("tags") is not null && tags is null))
        {
            return LogsErrors.Invalid("A log group has 1 to 50 tags, and their values are texts.");
        }

        var settings = new LogGroupSettings(request.Group!, clock.GetUtcNow().ToUnixTimeMilliseconds(), null, tags);
        return store.TryCreate(settings) ? LogsReply.Done : LogsErrors.GroupExists;
    }

    internal LogsReply Delete(LogsRequest request) => NameError(request) is { } error ? error
        : store.Delete(request.Group!) ? LogsReply.Done : LogsErrors.NoGroup;

    internal LogsReply Describe(LogsRequest request)
    {
        var (prefix, pattern) = (request.Text("logGroupNamePrefix"), request.Text("logGroupNamePattern"));
        var limit = request.Number("limit") ?? GroupsAtMost;
        if (prefix is not null && pattern is not null)
        {
            return LogsErrors.Invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        }

        if (limit is < 1 or > GroupsAtMost)
        {
            return LogsPaging.LimitError(limit, GroupsAtMost);
        }

        var after = LogsPaging.Position(request.Text("nextToken"));
        if (after is null)
        {
            return LogsErrors.BadToken;
        }

        var found = store.Groups()
            .Where(g => string.CompareOrdinal(g.Settings.Name, after) > 0)
            .Where(g => g.Settings.Name.StartsWith(prefix ?? "", StringComparison.Ordinal))
            .Where(g => g.Settings.Name.Contains(pattern ?? "", StringComparison.OrdinalIgnoreCase))
            .Take((int)limit + 1).ToList();
        var page = found.Take((int)limit).ToList();
        var answer = new JsonObject { ["logGroups"] = new JsonArray([.. page.Select(View)]) };
        if (found.Count > page.Count)
        {
            answer["nextToken"] = LogsPaging.Token(page[^1].Settings.Name);
        }

        return answer;
    }

    internal LogsReply PutRetention(LogsRequest request)
    {
        var days = request.Number("retentionInDays");
        if (days is null || !RetentionDays.Contains((int)Math.Clamp(days.Value, 0, int.MaxValue)))
        {
            return LogsErrors.Constraint(
                days?.ToString(CultureInfo.InvariantCulture), "retentionInDays",
                days is null ? "not be null" : $"satisfy enum value set: [{string.Join(", ", RetentionDays)}]");
        }

        return Change(request, s => s with { RetentionInDays = (int)days });
    }

    internal LogsReply DeleteRetention(LogsRequest request) => Change(request, s => s with { RetentionInDays = null });

    internal LogsReply ListTags(LogsRequest request) => Find(request, out var group) is { } error
        ? error
        : new JsonObject { ["tags"] = new JsonObject((group!.Settings.Tags ?? ImmutableSortedDictionary<string, string>.Empty).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))) };

    internal LogsReply Tag(LogsRequest request)
    {
        var tags = request.Object("tags") is { } given ? Strings(given) : null;
        return tags is null ? LogsErrors.Constraint(null, "tags", "not be null")
            : Change(request, s => s with { Tags = (s.Tags ?? ImmutableSortedDictionary<string, string>.Empty).SetItems(tags) });
    }

    internal LogsReply Untag(LogsRequest request)
    {
        var keys = request.List("tagKeys")?.Where(k => k?.GetValueKind() == JsonValueKind.String).Select(k => (string)k!).ToList();
        return keys is null ? LogsErrors.Constraint(null, "tagKeys", "not be null") : Change(request, s => s with { Tags = s.Tags?.RemoveRange(keys) });
    }

    private LogsReply Change(LogsRequest request, Func<LogGroupSettings, LogGroupSettings> change)
    {
        var error = Find(request, out var group);
        group?.Change(change);
        return error is null ? LogsReply.Done : error;
    }

    private Aws.AwsError? Find(LogsRequest request, out LogGroup? group)
    {
        group = request.Group is { } name ? store.Find(name) : null;
        return NameError(request) ?? (group is null ? LogsErrors.NoGroup : null);
    }

    private static Aws.AwsError? NameError(LogsRequest request) => request.Group switch
    {
        null => LogsErrors.Constraint(null, "logGroupName", "not be null"),
        { Length: < 1 } name => LogsErrors.Constraint(name, "logGroupName", "have length greater than or equal to 1"),
        { Length: > 512 } name => LogsErrors.Constraint(name, "logGroupName", "have length less than or equal to 512"),
        { } name when !GroupName().IsMatch(name) => LogsErrors.Constraint(name, "logGroupName", @"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"),
        _ => null,
    };

    private JsonNode View(LogGroup group)
    {
        var settings = group.Settings;
        var bytes = group.Streams().Sum(s => File.Exists(s.FilePath) ? new FileInfo(s.FilePath).Length : 0);
        var view = new JsonObject { ["logGroupName"] = settings.Name, ["creationTime"] = settings.CreationTime };
        if (settings.RetentionInDays is { } days)
        {
            view["retentionInDays"] = days;
        }

        view["metricFilterCount"] = 0;
        view["arn"] = $"{arnPrefix}{settings.Name}:*";
        view["storedBytes"] = bytes;
        view["logGroupClass"] = "STANDARD";
        view["logGroupArn"] = arnPrefix + settings.Name;
        return view;
    }

    private static ImmutableSortedDictionary<string, string>? Strings(JsonObject tags) =>
        tags.All(t => t.Value?.GetValueKind() == JsonValueKind.String)
            ? tags.ToImmutableSortedDictionary(t => t.Key, t => (string)t.Value!, StringComparer.Ordinal)
            : null;

    [GeneratedRegex(@"\A[\.\-_/#A-Za-z0-9]+\z")]
    private static partial Regex GroupName();
}
