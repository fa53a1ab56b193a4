using Lambent.Contracts;

namespace Lambent.Invoke.Telemetry;

/// <summary>The tags of one function version, in every combination that is used: recording allocates nothing.</summary>
/// <param name="function">AWS's dimension <c>FunctionName</c>.</param>
/// <param name="version">The version that runs; AWS's dimension <c>ExecutedVersion</c>.</param>
internal sealed class VersionTags(string function, string version)
{
    internal KeyValuePair<string, object?> Function { get; } = new("function_name", function);

    internal KeyValuePair<string, object?> Qualifier { get; } = new("version", version);

    internal KeyValuePair<string, object?>[] Version => field ??= [Function, Qualifier];

    internal KeyValuePair<string, object?>[] FromStock => field ??= [Function, Qualifier, new("from_stock", "true"), new("init_type", StartRequest.OnDemand)];

    internal KeyValuePair<string, object?>[] New => field ??= [Function, Qualifier, new("from_stock", "false"), new("init_type", StartRequest.OnDemand)];
}

/// <summary>The tag of each stage.</summary>
internal static class StageTags
{
    private static readonly KeyValuePair<string, object?>[][] All =
        [.. Enum.GetValues<InvokeStage>().Select(s => new KeyValuePair<string, object?>[] { new("stage", s.ToString()) })];

    internal static ReadOnlySpan<KeyValuePair<string, object?>> Of(InvokeStage stage) => All[(int)stage];
}

/// <summary>Where the buckets of histograms end, in milliseconds: close where the times of a healthy system lie.</summary>
internal static class Buckets
{
    /// <summary>Up to the longest timeout that AWS allows.</summary>
    internal static readonly double[] Run = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000];

    /// <summary>Up to the longest Init phase.</summary>
    internal static readonly double[] Start = [5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 5_000, 10_000];

    /// <summary>From the microseconds of a count to the minutes of a run.</summary>
    internal static readonly double[] Stage = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 10_000, 60_000, 900_000];

    /// <summary>Up to the six hours that an event may wait.</summary>
    internal static readonly double[] Age = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 60_000, 300_000, 1_800_000, 3_600_000, 21_600_000];
}
