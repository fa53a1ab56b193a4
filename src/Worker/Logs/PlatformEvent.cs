using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lambent.Worker.Logs;

/// <summary>Levels of the platform's own events; a function's SystemLogLevel names the least that its log keeps.</summary>
internal enum SystemLogLevel
{
    Debug,
    Info,
    Warn,
}

/// <summary>
/// What the platform says of one sandbox. In JSON it is an event of AWS's Telemetry API; in text it is the line of the log,
/// if it has one. Names, fields: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
/// Levels: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html, "system log level event mapping".
/// </summary>
internal abstract partial record PlatformEvent
{
    /// <summary>AWS's TimeFormat: ISO 8601 with milliseconds, UTC.</summary>
    internal const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private PlatformEvent()
    {
    }

    /// <summary>When the platform said it; set by <see cref="SandboxLog.Emit"/>.</summary>
    internal DateTimeOffset Time { get; init; }

    /// <summary>For example <c>platform.start</c>.</summary>
    internal abstract string Type { get; }

    /// <summary>Null for what subscribers hear, but no log keeps.</summary>
    internal abstract SystemLogLevel? Level { get; }

    /// <summary>The line, or lines, of a log in the text format, each with its newline; null if it has none.</summary>
    internal virtual string? Text => null;

    /// <summary>Writes the value of <c>record</c>.</summary>
    internal abstract void WriteRecord(Utf8JsonWriter json);

    /// <summary><c>{"time":…,"type":…,"record":…}</c>, as a log in the JSON format and the Telemetry API have it.</summary>
    internal ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Plain);
        json.WriteStartObject();
        json.WriteString("time", FormatTime(Time));
        json.WriteString("type", Type);
        json.WritePropertyName("record");
        WriteRecord(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Milliseconds with the three decimals that AWS gives.</summary>
    private static void WriteMs(Utf8JsonWriter json, string name, double ms) => json.WriteNumber(name, Math.Round(ms, 3));

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}

/// <summary>How a phase ended: <c>success</c>, <c>error</c> or <c>timeout</c>.</summary>
/// <param name="Status">AWS's word.</param>
/// <param name="ErrorType">For example <c>Runtime.ExitError</c>; null unless it is an error.</param>
/// <param name="IsHandled">The runtime reported it: a REPORT line does not mention it.</param>
internal sealed record PhaseStatus(string Status, string? ErrorType = null, bool IsHandled = false)
{
    internal static readonly PhaseStatus Success = new("success");
    internal static readonly PhaseStatus Timeout = new("timeout");

    internal bool IsSuccess => Status == "success";

    /// <summary>As INIT_REPORT and REPORT have it.</summary>
    internal string Text => ErrorType is null ? $"Status: {Status}" : $"Status: {Status}\tError Type: {ErrorType}";

    internal static PhaseStatus Error(string type, bool isHandled = false) => new("error", type, isHandled);

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteString("status", Status);
        if (ErrorType is not null)
        {
            json.WriteString("errorType", ErrorType);
        }
    }
}

/// <summary>A part of an invocation: <c>responseLatency</c> or <c>responseDuration</c>.</summary>
internal readonly record struct PlatformSpan(string Name, DateTimeOffset Start, double DurationMs);
