using System.Collections.Immutable;
using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>What the road may run of a record.</summary>
internal static class FunctionPublication
{
    /// <summary>The version that serves: the last one that was ready, or the first while it is being made.</summary>
    public static FunctionSnapshot Published(FunctionRecord record, string region) =>
        Snapshot(record, record.Serving ?? record.Definition, region);

    /// <summary>The version that a background step makes ready.</summary>
    public static FunctionSnapshot Wanted(FunctionRecord record, string region) => Snapshot(record, record.Definition, region);

    private static FunctionSnapshot Snapshot(FunctionRecord record, FunctionDefinition definition, string region) => new()
    {
        Arn = record.Arn(region) with { Qualifier = record.Version },
        Revision = definition.Revision(record.Incarnation),
        Runtime = definition.Runtime,
        Handler = definition.Handler,
        CodeSha256Hex = definition.CodeSha256Hex,
        ImageUri = definition.ImageUri,
        LayerSha256Hexes = [.. definition.Layers?.Select(l => l.CodeSha256Hex) ?? []],
        MemoryMb = definition.MemorySize,
        TimeoutMs = definition.Timeout * 1_000,
        EphemeralStorageMb = definition.EphemeralStorageSize,
        Environment = definition.Variables?.ToImmutableDictionary(StringComparer.Ordinal)
            ?? ImmutableDictionary<string, string>.Empty,
        LogGroup = definition.LogGroup,
        LogFormat = definition.LogFormat,
        ApplicationLogLevel = definition.ApplicationLogLevel,
        SystemLogLevel = definition.SystemLogLevel,
        State = record.State,
        Role = definition.Role,
        DeadLetterTarget = definition.DeadLetterTargetArn,
    };
}
