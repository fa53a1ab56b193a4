using System.Text.Json.Serialization;

namespace Lambent.Worker.SandboxLife.Telemetry;

/// <summary>
/// What an extension subscribes to. Source: "Lambda Telemetry API reference", Lambda Developer Guide; defaults and bounds of the
/// buffering from "Lambda Telemetry API", buffering.
/// </summary>
internal sealed record TelemetrySubscription
{
    public string? SchemaVersion { get; init; }

    public IReadOnlyList<string>? Types { get; init; }

    public TelemetryBuffering? Buffering { get; init; }

    public TelemetryDestination? Destination { get; init; }

    /// <summary>True for a subscription by the older Logs API: it has other platform events.</summary>
    [JsonIgnore]
    public bool ByLogsApi { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    internal string? Problem() =>
        Types is not { Count: > 0 } ? "types: at least one is required"
        : Types.FirstOrDefault(t => t is not ("platform" or "function" or "extension")) is { } unknown ? $"types: unknown type {unknown}"
        : !ByLogsApi && SchemaVersion is not ("2022-07-01" or "2022-12-13" or "2025-01-29") ? $"schemaVersion: unsupported version {SchemaVersion}"
        : Destination is null ? "destination: is required"
        : Destination.Problem() ?? (Buffering ?? new()).Problem();
}

/// <summary>How records are collected before they are sent.</summary>
internal sealed record TelemetryBuffering
{
    /// <summary>1,000 to 10,000.</summary>
    public int MaxItems { get; init; } = 10_000;

    /// <summary>262,144 to 1,048,576.</summary>
    public int MaxBytes { get; init; } = 262_144;

    /// <summary>25 to 30,000.</summary>
    public int TimeoutMs { get; init; } = 1_000;

    internal string? Problem() =>
        MaxItems is < 1_000 or > 10_000 ? "buffering: maxItems must be between 1000 and 10000"
        : MaxBytes is < 262_144 or > 1_048_576 ? "buffering: maxBytes must be between 262144 and 1048576"
        : TimeoutMs is < 25 or > 30_000 ? "buffering: timeoutMs must be between 25 and 30000"
        : null;
}

/// <summary>Where records go: a server that the extension runs in the sandbox.</summary>
internal sealed record TelemetryDestination
{
    /// <summary>The port of the Runtime API, which is no destination.</summary>
    private const int RuntimeApiPort = 9001;

    /// <summary><c>HTTP</c>, the default, or <c>TCP</c>.</summary>
    public string Protocol { get; init; } = "HTTP";

    /// <summary><c>http://sandbox.localdomain:PORT/PATH</c>.</summary>
    [JsonPropertyName("URI")]
    public string? Address { get; init; }

    /// <summary>For <c>TCP</c>.</summary>
    public int? Port { get; init; }

    /// <summary>The port that is connected to.</summary>
    internal int TargetPort => IsTcp ? Port ?? 0 : Uri.TryCreate(Address, UriKind.Absolute, out var uri) ? uri.Port : 0;

    internal bool IsTcp => Protocol == "TCP";

    internal string? Problem() =>
        Protocol is not ("HTTP" or "TCP") ? $"destination: unsupported protocol {Protocol}"
        : !IsTcp && (!Uri.TryCreate(Address, UriKind.Absolute, out var uri) || uri.Scheme != "http" || uri.Host is not ("sandbox.localdomain" or "sandbox"))
            ? "destination: URI must be http://sandbox.localdomain:PORT"
        : TargetPort is <= 0 or > 65_535 or RuntimeApiPort ? $"destination: invalid port {TargetPort}"
        : null;
}

[JsonSerializable(typeof(TelemetrySubscription))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TelemetryJson : JsonSerializerContext;
