using System.Collections.Immutable;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Aliases;

/// <summary>An alias as it is stored.</summary>
internal sealed record AliasRecord
{
    public required string Name { get; init; }

    /// <summary>The version that gets what the other does not.</summary>
    public required string FunctionVersion { get; init; }

    public string Description { get; init; } = "";

    /// <summary>A second version, or null.</summary>
    public string? AdditionalVersion { get; init; }

    /// <summary>Its share, 0 to 1.</summary>
    public double AdditionalWeight { get; init; }

    public required string RevisionId { get; init; }

    /// <summary>True if it can lead to this version.</summary>
    public bool PointsTo(string version) => FunctionVersion == version || AdditionalVersion == version;

    /// <summary>The aliases of a control plane: kept by name, published as routes.</summary>
    public static FunctionPart<AliasRecord> Part(FunctionStore store) => new(
        store, "alias", json => json.AliasRecord,
        (entry, aliases) => entry with
        {
            Aliases = aliases.Values.ToImmutableDictionary(
                a => a.Name, a => new AliasRoute(a.FunctionVersion, a.AdditionalVersion, a.AdditionalWeight)),
        });
}
