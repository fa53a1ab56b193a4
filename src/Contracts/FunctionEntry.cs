using System.Collections.Immutable;

namespace Lambent.Contracts;

/// <summary>
/// One function as the road sees it: its versions, its aliases, and what is set for the function as a whole. Immutable; a change
/// of anything makes a new entry, which the catalog swaps in as one reference.
/// </summary>
public sealed record FunctionEntry
{
    /// <summary>Without a qualifier.</summary>
    public required FunctionArn Arn { get; init; }

    /// <summary>By version: <c>$LATEST</c>, <c>1</c>, <c>2</c>…</summary>
    public ImmutableDictionary<string, FunctionSnapshot> Versions { get; init; } = ImmutableDictionary<string, FunctionSnapshot>.Empty;

    /// <summary>By name.</summary>
    public ImmutableDictionary<string, AliasRoute> Aliases { get; init; } = ImmutableDictionary<string, AliasRoute>.Empty;

    /// <summary>Concurrency that is this function's alone, and its limit: 0 switches it off. Null: it shares the unreserved pool.</summary>
    public int? ReservedConcurrency { get; init; }

    /// <summary>Environments to keep initialised, by the qualifier that they were asked for: a version or an alias.</summary>
    public ImmutableDictionary<string, int> ProvisionedConcurrency { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>How its events are retried, by qualifier.</summary>
    public ImmutableDictionary<string, EventInvokeSettings> EventInvoke { get; init; } = ImmutableDictionary<string, EventInvokeSettings>.Empty;

    /// <summary>Its URLs, by qualifier: <c>$LATEST</c> or an alias.</summary>
    public ImmutableDictionary<string, FunctionUrlSettings> Urls { get; init; } = ImmutableDictionary<string, FunctionUrlSettings>.Empty;

    /// <summary>Its resource policies as JSON, by qualifier: who else may use it.</summary>
    public ImmutableDictionary<string, string> Policies { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Its tags, by key: policies may ask for them.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>False (AWS: <c>Terminate</c>): Lambda stops it when it calls itself about 16 times in a row.</summary>
    public bool AllowsRecursion { get; init; }

    /// <summary>An entry with nothing but this version.</summary>
    public static FunctionEntry Of(FunctionSnapshot only) => new()
    {
        Arn = only.Arn with { Qualifier = null },
        Versions = ImmutableDictionary<string, FunctionSnapshot>.Empty.Add(only.Arn.Qualifier ?? Latest, only),
    };

    /// <summary>The version that a qualifier means; null if there is none.</summary>
    /// <param name="qualifier">A version, an alias, or null for <c>$LATEST</c>.</param>
    /// <param name="draw">0 to 1, at random: decides between the two versions of an alias.</param>
    public FunctionSnapshot? Resolve(string? qualifier, double draw) =>
        Versions.GetValueOrDefault(Aliases.TryGetValue(qualifier ?? Latest, out var alias) ? alias.Version(draw) : qualifier ?? Latest);

    /// <summary>How the events of a qualifier are treated; null if nothing is set for it.</summary>
    /// <param name="qualifier">A version, an alias, or null for <c>$LATEST</c>.</param>
    public EventInvokeSettings? EventInvokeOf(string? qualifier) => EventInvoke.GetValueOrDefault(qualifier ?? Latest);

    /// <summary>The environments to keep initialised, by the version that they run: an alias means its primary version.</summary>
    public IReadOnlyDictionary<string, int> ProvisionedByVersion() => ProvisionedConcurrency
        .Select(p => (Version: Aliases.TryGetValue(p.Key, out var alias) ? alias.Primary : p.Key, Count: p.Value))
        .GroupBy(p => p.Version, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.Sum(p => p.Count), StringComparer.Ordinal);

    /// <summary>The version that can be changed.</summary>
    public const string Latest = "$LATEST";
}

/// <summary>Where an alias leads. Source: "Implement Lambda canary deployments using a weighted alias", Lambda Developer Guide.</summary>
/// <param name="Primary">The version that gets what the other does not.</param>
/// <param name="Additional">A second version, or null.</param>
/// <param name="AdditionalWeight">Its share, 0 to 1.</param>
public sealed record AliasRoute(string Primary, string? Additional = null, double AdditionalWeight = 0)
{
    /// <summary>The version for one invoke.</summary>
    public string Version(double draw) => Additional is not null && draw < AdditionalWeight ? Additional : Primary;
}

/// <summary>How the events of a function are retried and where they end. Source: "PutFunctionEventInvokeConfig", Lambda API Reference.</summary>
/// <param name="MaximumRetryAttempts">0 to 2; null means 2.</param>
/// <param name="MaximumEventAgeInSeconds">60 to 21,600; null means 21,600.</param>
/// <param name="OnSuccess">The ARN of a destination, or null.</param>
/// <param name="OnFailure">The ARN of a destination, or null.</param>
public sealed record EventInvokeSettings(int? MaximumRetryAttempts, int? MaximumEventAgeInSeconds, string? OnSuccess, string? OnFailure);

/// <summary>A function URL. Source: "Lambda function URLs", Lambda Developer Guide.</summary>
/// <param name="Id">The first label of its host name: 32 letters and digits.</param>
/// <param name="AuthType"><c>NONE</c> or <c>AWS_IAM</c>.</param>
/// <param name="InvokeMode"><c>BUFFERED</c> or <c>RESPONSE_STREAM</c>.</param>
/// <param name="Cors">Null: the function itself answers preflight requests.</param>
public sealed record FunctionUrlSettings(string Id, string AuthType, string InvokeMode, FunctionUrlCors? Cors);

/// <summary>Which web pages of other origins may call a function URL.</summary>
public sealed record FunctionUrlCors(
    bool AllowCredentials, ImmutableArray<string> AllowHeaders, ImmutableArray<string> AllowMethods, ImmutableArray<string> AllowOrigins,
    ImmutableArray<string> ExposeHeaders, int MaxAge);
