using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Lambent.Contracts;

namespace Lambent.Worker.Logs;

/// <content>Every kind of event, in the order of a sandbox's life.</content>
internal abstract partial record PlatformEvent
{
    /// <summary>An Init phase begins.</summary>
    internal sealed record InitStart : PlatformEvent
    {
        internal string InitializationType { get; init; } = StartRequest.OnDemand;

        /// <summary><c>init</c>, or <c>invoke</c> for the second try.</summary>
        internal required string Phase { get; init; }

        internal required string RuntimeVersion { get; init; }

        internal required string RuntimeVersionArn { get; init; }

        internal required string FunctionName { get; init; }

        internal required string FunctionVersion { get; init; }

        /// <summary>The name of the log stream (AWS's emulator, <c>telemetry_events.go</c>).</summary>
        internal required string InstanceId { get; init; }

        internal required long InstanceMaxMemoryBytes { get; init; }

        internal override string Type => "platform.initStart";

        internal override SystemLogLevel? Level => SystemLogLevel.Info; // DEBUG only without a runtime version

        internal override string Text => $"INIT_START Runtime Version: {RuntimeVersion}\tRuntime Version ARN: {RuntimeVersionArn}\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("initializationType", InitializationType);
            json.WriteString("phase", Phase);
            json.WriteString("runtimeVersion", RuntimeVersion);
            json.WriteString("runtimeVersionArn", RuntimeVersionArn);
            json.WriteString("functionName", FunctionName);
            json.WriteString("functionVersion", FunctionVersion);
            json.WriteString("instanceId", InstanceId);
            json.WriteNumber("instanceMaxMemory", InstanceMaxMemoryBytes);
            json.WriteEndObject();
        }
    }

    /// <summary>The runtime has initialised, or failed to.</summary>
    internal sealed record InitRuntimeDone(string InitializationType, string Phase, PhaseStatus Status) : PlatformEvent
    {
        internal override string Type => "platform.initRuntimeDone";

        internal override SystemLogLevel? Level => Status.IsSuccess ? SystemLogLevel.Debug : SystemLogLevel.Warn;

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("initializationType", InitializationType);
            json.WriteString("phase", Phase);
            Status.Write(json);
            json.WriteEndObject();
        }
    }

    /// <summary>The Init phase is over, extensions included.</summary>
    internal sealed record InitReport(string InitializationType, string Phase, PhaseStatus Status, double DurationMs) : PlatformEvent
    {
        internal override string Type => "platform.initReport";

        internal override SystemLogLevel? Level => !Status.IsSuccess ? SystemLogLevel.Warn : IsOnDemand ? SystemLogLevel.Debug : SystemLogLevel.Info;

        /// <summary>What went well on demand is in the REPORT of the first event.</summary>
        internal override string? Text => Status.IsSuccess && IsOnDemand
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"INIT_REPORT Init Duration: {DurationMs:F2} ms\tPhase: {Phase}\t{Status.Text}\n");

        private bool IsOnDemand => InitializationType == StartRequest.OnDemand;

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("initializationType", InitializationType);
            json.WriteString("phase", Phase);
            Status.Write(json);
            json.WriteStartObject("metrics");
            WriteMs(json, "durationMs", DurationMs);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>An event begins.</summary>
    internal sealed record Start(string RequestId, string Version, string TraceId) : PlatformEvent
    {
        internal override string Type => "platform.start";

        internal override SystemLogLevel? Level => SystemLogLevel.Info;

        internal override string Text => $"START RequestId: {RequestId} Version: {Version}\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("requestId", RequestId);
            json.WriteString("version", Version);
            PlatformTrace.Write(json, TraceId);
            json.WriteEndObject();
        }
    }

    /// <summary>The runtime is done with an event. In text it is the END line.</summary>
    internal sealed record RuntimeDone(string RequestId, PhaseStatus Status, string TraceId, double DurationMs) : PlatformEvent
    {
        /// <summary>Bytes of the response; null if there is none.</summary>
        internal long? ProducedBytes { get; init; }

        internal ImmutableArray<PlatformSpan> Spans { get; init; } = [];

        internal override string Type => "platform.runtimeDone";

        internal override SystemLogLevel? Level => Status.IsSuccess ? SystemLogLevel.Debug : SystemLogLevel.Warn;

        internal override string Text => $"END RequestId: {RequestId}\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("requestId", RequestId);
            Status.Write(json);
            PlatformTrace.Write(json, TraceId);
            WriteSpans(json);
            json.WriteStartObject("metrics");
            WriteMs(json, "durationMs", DurationMs);
            if (ProducedBytes is { } bytes)
            {
                json.WriteNumber("producedBytes", bytes);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        private void WriteSpans(Utf8JsonWriter json)
        {
            if (Spans.IsEmpty)
            {
                return;
            }

            json.WriteStartArray("spans");
            foreach (var span in Spans)
            {
                json.WriteStartObject();
                json.WriteString("name", span.Name);
                json.WriteString("start", FormatTime(span.Start));
                WriteMs(json, "durationMs", span.DurationMs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    /// <summary>The numbers of an event.</summary>
    /// <param name="RequestId">Of the event.</param>
    /// <param name="Status">How it ended.</param>
    /// <param name="TraceId">The <c>X-Amzn-Trace-Id</c> header.</param>
    /// <param name="DurationMs">From the runtime's getting the event to its answer.</param>
    /// <param name="InitMs">Only for the first event of a sandbox.</param>
    /// <param name="MemoryMb">The limit.</param>
    /// <param name="MaxMemoryUsedMb">The peak.</param>
    internal sealed record Report(
        string RequestId, PhaseStatus Status, string TraceId, double DurationMs, double? InitMs, int MemoryMb, int MaxMemoryUsedMb) : PlatformEvent
    {
        internal override string Type => "platform.report";

        internal override SystemLogLevel? Level => Status.IsSuccess ? SystemLogLevel.Info : SystemLogLevel.Warn;

        internal override string Text
        {
            get
            {
                var init = InitMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"Init Duration: {ms:F2} ms\t") : "";
                var status = Status.IsSuccess || Status.IsHandled ? "" : Status.Text;
                var trace = PlatformTrace.SampledRoot(TraceId) is { } root ? $"XRAY TraceId: {root}\tSampled: true\t\n" : "";
                return string.Create(CultureInfo.InvariantCulture, $"REPORT RequestId: {RequestId}\tDuration: {DurationMs:F2} ms\tBilled Duration: {BilledMs:F0} ms\tMemory Size: {MemoryMb} MB\tMax Memory Used: {MaxMemoryUsedMb} MB\t{init}{status}\n{trace}");
            }
        }

        /// <summary>Init is billed since August 2025, hence in the sum.</summary>
        private double BilledMs => Math.Ceiling(DurationMs + (InitMs ?? 0));

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("requestId", RequestId);
            json.WriteStartObject("metrics");
            WriteMs(json, "durationMs", DurationMs);
            json.WriteNumber("billedDurationMs", BilledMs);
            json.WriteNumber("memorySizeMB", MemoryMb);
            json.WriteNumber("maxMemoryUsedMB", MaxMemoryUsedMb);
            if (InitMs is { } init)
            {
                WriteMs(json, "initDurationMs", init);
            }

            json.WriteEndObject();
            Status.Write(json);
            PlatformTrace.Write(json, TraceId);
            json.WriteEndObject();
        }
    }

    /// <summary>Why an event failed, as AWS's emulator words it. The Logs API of 2020 has it; logs keep the report instead.</summary>
    internal sealed record Fault(string RequestId, string Message, string ErrorType) : PlatformEvent
    {
        internal override string Type => "platform.fault";

        internal override SystemLogLevel? Level => null;

        internal override void WriteRecord(Utf8JsonWriter json) => json.WriteStringValue($"RequestId: {RequestId} Error: {Message}\n{ErrorType}\n");
    }

    /// <summary>An extension is ready, or has failed.</summary>
    internal sealed record Extension(string Name, string State, ImmutableArray<string> Events, string? ErrorType = null) : PlatformEvent
    {
        internal override string Type => "platform.extension";

        internal override SystemLogLevel? Level => ErrorType is null ? SystemLogLevel.Info : SystemLogLevel.Warn;

        internal override string Text =>
            $"EXTENSION\tName: {Name}\tState: {State}\tEvents: [{string.Join(", ", Events)}]{(ErrorType is null ? "" : $"\tError Type: {ErrorType}")}\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("name", Name);
            json.WriteString("state", State);
            WriteList(json, "events", Events);
            if (ErrorType is not null)
            {
                json.WriteString("errorType", ErrorType);
            }

            json.WriteEndObject();
        }
    }

    /// <summary>An extension subscribed, by the Telemetry API or by the older Logs API.</summary>
    /// <param name="Name">Of the extension.</param>
    /// <param name="State"><c>Subscribed</c> or <c>Already subscribed</c>.</param>
    /// <param name="Types"><c>platform</c>, <c>function</c>, <c>extension</c>.</param>
    /// <param name="ByLogsApi">Then the event is <c>platform.logsSubscription</c>.</param>
    internal sealed record TelemetrySubscription(string Name, string State, ImmutableArray<string> Types, bool ByLogsApi = false) : PlatformEvent
    {
        internal override string Type => ByLogsApi ? "platform.logsSubscription" : "platform.telemetrySubscription";

        internal override SystemLogLevel? Level => SystemLogLevel.Info;

        internal override string Text =>
            $"{(ByLogsApi ? "LOGS" : "TELEMETRY")}\tName: {Name}\tState: {State}\tTypes: [{string.Join(", ", Types.Select(Capital))}]\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("name", Name);
            json.WriteString("state", State);
            WriteList(json, "types", Types);
            json.WriteEndObject();
        }

        private static string Capital(string word) => word.Length == 0 ? word : $"{char.ToUpperInvariant(word[0])}{word[1..]}";
    }

    /// <summary>A consumer of the log was too slow for what the function writes.</summary>
    internal sealed record LogsDropped(long DroppedRecords, long DroppedBytes) : PlatformEvent
    {
        private const string Reason = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

        internal override string Type => "platform.logsDropped";

        internal override SystemLogLevel? Level => SystemLogLevel.Warn;

        internal override string Text => $"Lambent: {DroppedRecords} records of this log were dropped\n";

        internal override void WriteRecord(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("droppedBytes", DroppedBytes);
            json.WriteNumber("droppedRecords", DroppedRecords);
            json.WriteString("reason", Reason);
            json.WriteEndObject();
        }
    }
}
