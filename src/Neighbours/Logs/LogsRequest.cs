using System.Text.Json;
using System.Text.Json.Nodes;
using Lambent.Aws;

namespace Lambent.Neighbours.Logs;

/// <summary>The members of a request. Their JSON types are checked once, so that operations only read.</summary>
internal sealed class LogsRequest
{
    private static readonly string[] Integers = ["startTime", "endTime", "limit", "retentionInDays"];
    private static readonly string[] Booleans = ["startFromHead", "descending", "interleaved", "unmask", "includeLinkedAccounts"];
    private static readonly string[] Lists = ["logStreamNames", "logEvents", "tagKeys", "accountIdentifiers"];

    private readonly JsonObject body;

    private LogsRequest(JsonObject body) => this.body = body;

    /// <summary>The request, or why it cannot be read.</summary>
    internal static (LogsRequest? Request, AwsError? Error) Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var body = json.IsEmpty ? new JsonObject() : JsonNode.Parse(json.Span) as JsonObject;
            return body is not null && body.All(m => m.Value is null || m.Value.GetValueKind() == KindOf(m.Key) || IsTrueOrFalse(m))
                ? (new LogsRequest(body), null)
                : (null, LogsErrors.Serialization);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return (null, LogsErrors.Serialization); // no JSON, or a member twice
        }
    }

    internal string? Text(string name) => (string?)body[name];

    internal bool Flag(string name) => (bool?)body[name] ?? false;

    /// <summary>A whole number; null for one that was not given, or that no 64 bits hold.</summary>
    internal long? Number(string name) => body[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    internal IEnumerable<JsonNode?>? List(string name) => body[name] as JsonArray;

    internal JsonObject? Object(string name) => body[name] as JsonObject;

    /// <summary>The name of the group, given as itself or in an ARN.</summary>
    internal string? Group
    {
        get
        {
            var given = Text("logGroupName") ?? Text("logGroupIdentifier") ?? Text("resourceArn");
            const string Mark = ":log-group:";
            return given is not null && given.StartsWith("arn:", StringComparison.Ordinal) && given.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at
                ? given[(at + Mark.Length)..].Split(':')[0]
                : given;
        }
    }

    private static bool IsTrueOrFalse(KeyValuePair<string, JsonNode?> member) =>
        Booleans.Contains(member.Key) && member.Value!.GetValueKind() is JsonValueKind.True or JsonValueKind.False;

    private static JsonValueKind KindOf(string name) =>
        Integers.Contains(name) ? JsonValueKind.Number
        : Lists.Contains(name) ? JsonValueKind.Array
        : name == "tags" ? JsonValueKind.Object
        : JsonValueKind.String;
}

/// <summary>What an operation answers: members, or an error.</summary>
internal readonly record struct LogsReply(JsonObject? Body, AwsError? Error)
{
    /// <summary>For operations that answer nothing.</summary>
    internal static readonly LogsReply Done = new(null, null);

    public static implicit operator LogsReply(JsonObject body) => new(body, null);

    public static implicit operator LogsReply(AwsError error) => new(null, error);
}
