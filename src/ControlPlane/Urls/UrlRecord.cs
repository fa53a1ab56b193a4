using System.Collections.Immutable;
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

    public string InvokeMode { get; init; } = "BUFFERED";

    public CorsSettings? Cors { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary>The URLs of a control plane.</summary>
    public static FunctionPart<UrlRecord> Part(FunctionStore store) => new(
        store, "url", json => json.UrlRecord,
        (entry, urls) => entry with { Urls = urls.ToImmutableDictionary(u => u.Key, u => u.Value.Published()) });

    private FunctionUrlSettings Published() => new(Id, AuthType, InvokeMode, Cors is null ? null : new FunctionUrlCors(
        Cors.AllowCredentials ?? false, [.. Cors.AllowHeaders ?? []], [.. Cors.AllowMethods ?? []], [.. Cors.AllowOrigins ?? []],
        [.. Cors.ExposeHeaders ?? []], Cors.MaxAge ?? 0));
}
