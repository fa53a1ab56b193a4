using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Urls;

/// <summary>A function URL as it is stored, for <c>$LATEST</c> or an alias.</summary>
internal sealed record UrlRecord
{
    /// <summary>The first label of its host: 32 letters and digits.</summary>
    public required string Id { get; init; }

    public required string AuthType { get; init; }

    /// <summary>As it was given last; null if it never was.</summary>
    public string? InvokeMode { get; init; }

    /// <summary>The mode that it is served in.</summary>
    [JsonIgnore]
    public string Mode => InvokeMode ?? "BUFFERED";

    public CorsSettings? Cors { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary>The URLs of a control plane.</summary>
    public static FunctionPart<UrlRecord> Part(FunctionStore store) => new(
        store, "url", json => json.UrlRecord,
        (entry, urls) => entry with { Urls = urls.ToImmutableDictionary(u => u.Key, u => u.Value.Published()) });

    private FunctionUrlSettings Published() => new(Id, AuthType, Mode, Cors is null ? null : new FunctionUrlCors(
        Cors.AllowCredentials ?? false, [.. Cors.AllowHeaders ?? []], [.. Cors.AllowMethods ?? []], [.. Cors.AllowOrigins ?? []],
        [.. Cors.ExposeHeaders ?? []], Cors.MaxAge ?? 0));
}
