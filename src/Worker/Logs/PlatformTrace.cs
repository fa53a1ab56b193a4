using System.Buffers;
using System.Text.Json;

namespace Lambent.Worker.Logs;

/// <summary>What a platform event says of an <c>X-Amzn-Trace-Id</c>: nothing unless it is sampled (AWS's emulator, <c>BuildTracingCtx</c>).</summary>
internal static class PlatformTrace
{
    private static readonly SearchValues<string> Sampled = SearchValues.Create(["Sampled=1"], StringComparison.OrdinalIgnoreCase);

    /// <summary>The root of a sampled trace, or null.</summary>
    internal static string? SampledRoot(string traceId) =>
        traceId.AsSpan().ContainsAny(Sampled) ? Part(traceId, "Root=") : null;

    /// <summary>Writes the member <c>tracing</c>, a TraceContext.</summary>
    internal static void Write(Utf8JsonWriter json, string traceId)
    {
        if (SampledRoot(traceId) is null)
        {
            return;
        }

        json.WriteStartObject("tracing");
        if (Part(traceId, "Parent=") is { } parent)
        {
            json.WriteString("spanId", parent);
        }

        json.WriteString("type", "X-Amzn-Trace-Id");
        json.WriteString("value", traceId);
        json.WriteEndObject();
    }

    private static string? Part(string traceId, string name) =>
        traceId.Split(';').FirstOrDefault(p => p.StartsWith(name, StringComparison.OrdinalIgnoreCase))?[name.Length..];
}
