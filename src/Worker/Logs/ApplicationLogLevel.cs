using System.Globalization;
using System.Text.Json;

namespace Lambent.Worker.Logs;

/// <summary>
/// The level of a line that no runtime has filtered: the member <c>level</c> of a JSON object that also has a valid time.
/// Everything else has the level INFO. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
/// </summary>
internal static class ApplicationLogLevel
{
    private const int Info = 2;

    private static readonly string[] Names = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

    /// <summary>The page says "most common naming conventions used by the managed runtimes", and no more.</summary>
    private static readonly string[] TimeMembers = ["timestamp", "time", "@timestamp", "ts"];

    /// <summary>The rank of a level's name; that of INFO for no level.</summary>
    internal static int Rank(string? name)
    {
        var rank = Array.FindIndex(Names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        return rank < 0 ? Info : rank;
    }

    /// <summary>The rank of a line.</summary>
    internal static int RankOf(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != '{')
        {
            return Info;
        }

        try
        {
            var reader = new Utf8JsonReader(line);
            using var parsed = JsonDocument.ParseValue(ref reader);
            var root = parsed.RootElement;
            return TimeMembers.Any(m => IsTime(root, m)) && root.TryGetProperty("level", out var level) && level.ValueKind == JsonValueKind.String
                ? Rank(level.GetString())
                : Info;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Info; // no JSON, or a text that is no Unicode
        }
    }

    private static bool IsTime(JsonElement root, string member) =>
        root.TryGetProperty(member, out var time) && time.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(time.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _);
}
