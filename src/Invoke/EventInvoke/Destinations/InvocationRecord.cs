using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Lambent.Contracts;

namespace Lambent.Invoke.EventInvoke.Destinations;

/// <summary>
/// What a destination and a dead-letter queue are told of an event that has ended, to the letter of AWS. Source: "Capturing records of
/// Lambda asynchronous invocations", Lambda Developer Guide.
/// </summary>
public static class InvocationRecord
{
    private const int MaxDepth = 1_000;

    /// <summary>Source: as above, <c>ErrorMessage</c>: "The first 1 KB of the error message".</summary>
    private const int ErrorMessageAtMost = 1_024;

    /// <summary>The record of a destination.</summary>
    /// <param name="queued">The event, with its ending.</param>
    /// <param name="withPayloads">False leaves out what was sent and answered.</param>
    public static ReadOnlyMemory<byte> Write(QueuedEvent queued, bool withPayloads = true)
    {
        var ending = queued.Ending!;
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteString("timestamp", ending.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            WriteRequestContext(json, queued, ending);
            if (withPayloads)
            {
                WritePayload(json, "requestPayload", queued.Payload);
            }

            if (ending.ExecutedVersion is { } version)
            {
                WriteResponseContext(json, ending, version);
                if (withPayloads)
                {
                    WritePayload(json, "responsePayload", ending.Response);
                }
            }

            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary>The attributes of a message in a dead-letter queue: name, type and value.</summary>
    public static IReadOnlyList<(string Name, string Type, string Value)> DeadLetterAttributes(QueuedEvent queued)
    {
        var ending = queued.Ending!;
        return
        [
            ("RequestID", "String", queued.RequestId),
            ("ErrorCode", "Number", ending.Status.ToString(CultureInfo.InvariantCulture)),
            ("ErrorMessage", "String", Cut(ErrorMessage(ending))),
        ];
    }

    /// <summary>The name of the object that keeps a record in a bucket.</summary>
    public static string ObjectKey(QueuedEvent queued, string id)
    {
        var at = queued.Ending!.At.UtcDateTime;
        return string.Create(CultureInfo.InvariantCulture, $"aws/lambda/async/{queued.FunctionArn.Name}/{at:yyyy/MM/dd}/{at:yyyy-MM-ddTHH.mm.ss}-{id}");
    }

    private static void WriteRequestContext(Utf8JsonWriter json, QueuedEvent queued, EventEnding ending)
    {
        json.WriteStartObject("requestContext");
        json.WriteString("requestId", queued.RequestId);
        json.WriteString("functionArn", queued.FunctionArn.Qualified.ToString());
        json.WriteString("condition", ending.Condition);
        json.WriteNumber("approximateInvokeCount", ending.Runs);
        json.WriteEndObject();
    }

    private static void WriteResponseContext(Utf8JsonWriter json, EventEnding ending, string version)
    {
        json.WriteStartObject("responseContext");
        json.WriteNumber("statusCode", ending.Status);
        json.WriteString("executedVersion", version);
        if (ending.IsFunctionError)
        {
            json.WriteString("functionError", "Unhandled");
        }

        json.WriteEndObject();
    }

    /// <summary>JSON stays as it is; what a runtime answered that is none becomes a string.</summary>
    private static void WritePayload(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> payload)
    {
        json.WritePropertyName(name);
        if (payload.IsEmpty)
        {
            json.WriteNullValue();
        }
        else if (IsJson(payload.Span))
        {
            json.WriteRawValue(payload.Span, skipInputValidation: true);
        }
        else
        {
            json.WriteStringValue(Encoding.UTF8.GetString(payload.Span));
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string ErrorMessage(EventEnding ending) => ending.Status switch
    {
        200 => MessageIn(ending.Response) ?? "",
        429 => "Rate Exceeded.",
        400 => "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
        _ => "Internal Service Exception",
    };

    private static string? MessageIn(ReadOnlyMemory<byte> response)
    {
        try
        {
            using var json = JsonDocument.Parse(response, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errorMessage", out var message)
                && message.ValueKind == JsonValueKind.String
                    ? message.GetString()
                    : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: half of a surrogate pair, which is no text
        {
            return null;
        }
    }

    /// <summary>At most so many bytes of UTF-8, and no half of a letter.</summary>
    private static string Cut(string text)
    {
        var bytes = 0;
        var letters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > ErrorMessageAtMost)
            {
                return text[..letters];
            }

            letters += rune.Utf16SequenceLength;
        }

        return text;
    }
}
