using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Lambent.Aws;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// A request as the function sees it: payload format 2.0. Sources: "Invoking Lambda function URLs", request payload format; and
/// events recorded on AWS in 2024 to 2026 (hotsock/voker <c>vokerhttp/testdata</c>): <c>rawPath</c> as sent but <c>http.path</c>
/// decoded, cookies in both places, absent what is empty.
/// </summary>
internal static class UrlEvent
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What one connection says to its other end only (RFC 9110, section 7.6.1).</summary>
    private static readonly string[] OfTheConnection =
        ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

    internal static byte[] Of(
        HttpContext context, UrlTarget target, ReadOnlyMemory<byte> body, AccessKey? caller, string requestId, string traceId, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Plain);
        var request = context.Request;
        json.WriteStartObject();
        json.WriteString("version", "2.0");
        json.WriteString("routeKey", "$default");
        json.WriteString("rawPath", target.RawPath);
        json.WriteString("rawQueryString", target.RawQuery);
        WriteCookies(json, request.Headers.Cookie.ToString());
        WriteMap(json, "headers", Headers(context, traceId));
        if (target.RawQuery.Length > 0)
        {
            WriteMap(json, "queryStringParameters", Parameters(target.RawQuery));
        }

        WriteContext(json, context, target, caller, requestId, now);
        WriteBody(json, request.ContentType, body);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteCookies(Utf8JsonWriter json, string cookies)
    {
        if (cookies.Length == 0)
        {
            return;
        }

        json.WriteStartArray("cookies");
        foreach (var cookie in cookies.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            json.WriteStringValue(cookie);
        }

        json.WriteEndArray();
    }

    private static IEnumerable<(string Name, string Value)> Headers(HttpContext context, string traceId)
    {
        var request = context.Request;
        foreach (var (name, values) in request.Headers)
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase)
                && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase) && !name.Equals("x-amzn-trace-id", StringComparison.OrdinalIgnoreCase))
            {
                yield return (name.ToLowerInvariant(), string.Join(',', values.ToArray()));
            }
        }

        var before = request.Headers["X-Forwarded-For"].ToString();
        yield return ("x-amzn-trace-id", traceId.Split(';')[0]);
        yield return ("x-forwarded-for", before.Length == 0 ? SourceIp(context) : $"{before}, {SourceIp(context)}");
        yield return ("x-forwarded-port", context.Connection.LocalPort.ToString(CultureInfo.InvariantCulture));
        yield return ("x-forwarded-proto", request.Scheme);
    }

    private static IEnumerable<(string Name, string Value)> Parameters(string rawQuery) =>
        from pair in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries)
        let parts = pair.Split('=', 2)
        group Decode(parts.Length < 2 ? "" : parts[1]) by Decode(parts[0]) into values
        select (values.Key, string.Join(',', values));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static void WriteMap(Utf8JsonWriter json, string name, IEnumerable<(string Name, string Value)> pairs)
    {
        json.WriteStartObject(name);
        foreach (var pair in pairs)
        {
            json.WriteString(pair.Name, pair.Value);
        }

        json.WriteEndObject();
    }

    private static void WriteContext(
        Utf8JsonWriter json, HttpContext context, UrlTarget target, AccessKey? caller, string requestId, DateTimeOffset now)
    {
        var request = context.Request;
        json.WriteStartObject("requestContext");
        json.WriteString("accountId", caller?.AccountId ?? "anonymous");
        json.WriteString("apiId", target.Id);
        if (caller is { } key)
        {
            WriteAuthorizer(json, key);
        }

        json.WriteString("domainName", request.Host.Host);
        json.WriteString("domainPrefix", target.Id);
        json.WriteStartObject("http");
        json.WriteString("method", request.Method);
        json.WriteString("path", Uri.UnescapeDataString(target.RawPath));
        json.WriteString("protocol", request.Protocol);
        json.WriteString("sourceIp", SourceIp(context));
        json.WriteString("userAgent", request.Headers.UserAgent.ToString());
        json.WriteEndObject();
        json.WriteString("requestId", requestId);
        json.WriteString("routeKey", "$default");
        json.WriteString("stage", "$default");
        json.WriteString("time", now.ToString("dd/MMM/yyyy:HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        json.WriteNumber("timeEpoch", now.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    private static void WriteAuthorizer(Utf8JsonWriter json, AccessKey caller)
    {
        json.WriteStartObject("authorizer");
        json.WriteStartObject("iam");
        json.WriteString("accessKey", caller.AccessKeyId);
        json.WriteString("accountId", caller.AccountId);
        json.WriteString("callerId", caller.PrincipalId);
        json.WriteNull("cognitoIdentity");
        json.WriteNull("principalOrgId");
        json.WriteString("userArn", caller.PrincipalArn);
        json.WriteString("userId", caller.PrincipalId);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, string? contentType, ReadOnlyMemory<byte> body)
    {
        var isText = IsText(contentType) && Utf8.IsValid(body.Span);
        if (isText && !body.IsEmpty)
        {
            json.WriteString("body", body.Span);
        }
        else if (!body.IsEmpty)
        {
            json.WriteBase64String("body", body.Span);
        }

        json.WriteBoolean("isBase64Encoded", !isText && !body.IsEmpty);
    }

    /// <summary>Forms, even those of browsers, count as binary; recorded on AWS.</summary>
    private static bool IsText(string? contentType)
    {
        var type = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml" or "application/javascript"
            || type.EndsWith("+json", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal);
    }

    private static string SourceIp(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";
}
