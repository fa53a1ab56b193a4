using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// A function's answer as HTTP: payload format 2.0, or what AWS makes of JSON without a <c>statusCode</c>. Sources: "Invoking
/// Lambda function URLs", response payload format; answers recorded in LocalStack's <c>test_lambda_url_invocation</c>.
/// </summary>
internal sealed record UrlAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    private const int MaxDepth = 1000;

    /// <summary>What the platform says itself, or not at all.</summary>
    private static readonly string[] Dropped =
        ["expect", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "x-amzn-requestid", "x-amzn-trace-id"];

    /// <summary>Sent under another name: <c>x-amzn-Remapped-…</c>. Source: "Amazon API Gateway important notes", whose front this is.</summary>
    private static readonly string[] Remapped =
        ["authorization", "connection", "content-length", "content-md5", "date", "host", "max-forwards", "server", "user-agent", "www-authenticate"];

    private static readonly SearchValues<char> TokenLetters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    /// <summary>Null if it is no valid answer.</summary>
    internal static UrlAnswer? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            var node = JsonNode.Parse(payload, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth });
            return node is JsonObject answer && answer.ContainsKey("statusCode")
                ? OfFormat2(answer, "application/json")
                : new UrlAnswer(200, [("Content-Type", "application/json")], TextOf(node));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException)
        {
            return null; // not JSON, a name twice, or text that is no Unicode
        }
    }

    /// <summary>What comes before a streamed body: the same without the body. Null if it is not valid.</summary>
    internal static UrlAnswer? ParsePrelude(ReadOnlySpan<byte> prelude)
    {
        try
        {
            return JsonNode.Parse(prelude) is JsonObject answer ? OfFormat2(answer, "application/octet-stream") : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Status and headers; the body is the caller's matter.</summary>
    internal void WriteHead(HttpResponse response)
    {
        response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            response.Headers.Append(name, value);
        }
    }

    /// <summary>True where HTTP has no body after this status.</summary>
    internal bool IsBodiless => Status is 204 or 205 or 304;

    private static UrlAnswer? OfFormat2(JsonObject answer, string defaultType)
    {
        List<(string Name, string Value)> headers = [];
        foreach (var (name, value) in answer["headers"] as JsonObject ?? [])
        {
            if (value is not null && !Dropped.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                headers.Add((Remapped.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"x-amzn-Remapped-{name}" : name, ValueOf(value)));
            }
        }

        if (!headers.Exists(h => h.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
        {
            headers.Add(("Content-Type", defaultType));
        }

        headers.AddRange((answer["cookies"] as JsonArray ?? []).Where(c => c is not null).Select(c => ("Set-Cookie", ValueOf(c!))));
        var status = answer.ContainsKey("statusCode") ? StatusOf(answer["statusCode"]) : 200;
        return status is { } code && headers.TrueForAll(IsHeader)
            ? new UrlAnswer(code, headers, BodyOf(answer))
            : null;
    }

    private static byte[] BodyOf(JsonObject answer)
    {
        var text = TextOf(answer["body"] ?? "");
        return answer["isBase64Encoded"] is JsonValue encoded && encoded.TryGetValue(out bool isEncoded) && isEncoded
            ? Convert.FromBase64String(Encoding.UTF8.GetString(text))
            : text;
    }

    /// <summary>A text as it is, anything else as JSON without blanks.</summary>
    private static byte[] TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text)
        ? Encoding.UTF8.GetBytes(text)
        : JsonSerializer.SerializeToUtf8Bytes(node, Compact);

    /// <summary>A number, or one written as text; recorded on AWS.</summary>
    private static int? StatusOf(JsonNode? node) =>
        int.TryParse(Encoding.UTF8.GetString(TextOf(node)), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 200 and <= 599 ? status : null;

    /// <summary>A list comes as Java prints it.</summary>
    private static string ValueOf(JsonNode node) => node is JsonArray list
        ? $"[{string.Join(", ", list.Select(item => Encoding.UTF8.GetString(TextOf(item))))}]"
        : Encoding.UTF8.GetString(TextOf(node));

    private static bool IsHeader((string Name, string Value) header) =>
        header.Name.Length > 0 && !header.Name.AsSpan().ContainsAnyExcept(TokenLetters)
        && header.Value.All(c => c is >= ' ' and <= '~' or '\t')
        && !header.Name.StartsWith("x-amzn-remapped-x-amzn-", StringComparison.OrdinalIgnoreCase);
}
