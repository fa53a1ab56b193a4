using System.Globalization;
using Lambent.ControlPlane.Policies;

namespace Lambent.ControlPlane.Layers.Model;

/// <summary>
/// A layer as it is stored. It stays when its last version is deleted, since a version number is never given twice.
/// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
/// </summary>
internal sealed record LayerRecord
{
    public required string Account { get; init; }

    public required string Name { get; init; }

    /// <summary>The number that the next version gets.</summary>
    public long NextVersion { get; init; } = 1;

    /// <summary>Those that are not deleted, the newest first.</summary>
    public IReadOnlyList<LayerVersionRecord> Versions { get; init; } = [];

    public LayerVersionRecord? Find(long version) => Versions.FirstOrDefault(v => v.Version == version);

    /// <summary>The layer with this version in place of the one of its number.</summary>
    public LayerRecord With(LayerVersionRecord changed) =>
        this with { Versions = [.. Versions.Select(v => v.Version == changed.Version ? changed : v)] };

    /// <summary>The packages that it refers to, one for each version.</summary>
    public IEnumerable<string> Packages() => Versions.Select(v => v.CodeSha256Hex);
}

/// <summary>One version: it never changes but for its policy.</summary>
internal sealed record LayerVersionRecord
{
    public required long Version { get; init; }

    public required string CodeSha256Hex { get; init; }

    /// <summary>Bytes of the zip.</summary>
    public required long CodeSize { get; init; }

    /// <summary>Bytes of its files.</summary>
    public required long UnzippedSize { get; init; }

    public required DateTimeOffset Created { get; init; }

    public string Description { get; init; } = "";

    public string? LicenseInfo { get; init; }

    /// <summary>Null if it was not given, which is answered differently from an empty list.</summary>
    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }

    /// <summary>The same.</summary>
    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }

    public ResourcePolicy? Policy { get; init; }
}

/// <summary>The name of a layer: <c>arn:aws:lambda:REGION:ACCOUNT:layer:NAME</c>.</summary>
internal sealed record LayerArn(string Region, string Account, string Name)
{
    public string Of(long version) => $"{this}:{version.ToString(CultureInfo.InvariantCulture)}";

    public override string ToString() => $"arn:aws:lambda:{Region}:{Account}:layer:{Name}";
}
