using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Writes an error in the form of AWS's REST-JSON protocol: the name in <c>x-amzn-ErrorType</c>, the rest in a JSON object.
/// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
/// </summary>
public static class RestJsonError
{
    /// <summary>The header that names the request in every answer of a JSON service.</summary>
    public const string RequestIdHeader = "x-amzn-RequestId";

    /// <summary>The header that names the error.</summary>
    public const string ErrorTypeHeader = "x-amzn-ErrorType";

    // AWS escapes only what JSON requires: an apostrophe in a message stays an apostrophe.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes status, headers and body. The response must not have started.</summary>
    public static async Task WriteAsync(
        HttpResponse response, AwsError error, string requestId, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(error);
        var body = Body(error);
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers[RequestIdHeader] = requestId;
        response.Headers[ErrorTypeHeader] = error.Type;
        foreach (var header in error.Headers)
        {
            response.Headers[header.Name] = header.Value;
        }

        await response.Body.WriteAsync(body, cancellation);
    }

    /// <summary>The JSON object alone: the members in their order, then the message.</summary>
    public static ReadOnlyMemory<byte> Body(AwsError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        foreach (var member in error.Members)
        {
            json.WriteString(member.Name, member.Value);
        }

        json.WriteString(error.MessageName, error.Message);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
