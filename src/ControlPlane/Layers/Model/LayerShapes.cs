using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Layers.Model;

// Requests and answers, members in AWS's order; a null member was not given, or has no value.

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html</summary>
internal sealed record PublishLayerVersionRequest
{
    public string? Description { get; init; }

    public FunctionCode? Content { get; init; }

    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }

    public string? LicenseInfo { get; init; }

    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html</summary>
internal sealed record AddLayerVersionPermissionRequest
{
    public string? StatementId { get; init; }

    public string? Action { get; init; }

    public string? Principal { get; init; }

    public string? OrganizationId { get; init; }
}

/// <summary>The answer of PublishLayerVersion and of both ways to get a version.</summary>
internal sealed record LayerVersionResponse(
    LayerContent Content, string LayerArn, string LayerVersionArn, string Description, string CreatedDate, long Version,
    IReadOnlyList<string>? CompatibleRuntimes, string? LicenseInfo, IReadOnlyList<string>? CompatibleArchitectures);

/// <summary>Where the package can be downloaded for ten minutes, and what it is.</summary>
internal sealed record LayerContent(
    string Location, string CodeSha256, long CodeSize, string? SigningProfileVersionArn = null, string? SigningJobArn = null);

/// <summary>A version in a list.</summary>
internal sealed record LayerVersionElement(
    string LayerVersionArn, long Version, string Description, string CreatedDate, IReadOnlyList<string>? CompatibleRuntimes,
    string? LicenseInfo, IReadOnlyList<string>? CompatibleArchitectures);

/// <summary>A layer in a list, with its newest version that passed the filters.</summary>
internal sealed record LayerElement(string LayerName, string LayerArn, LayerVersionElement LatestMatchingVersion);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html</summary>
internal sealed record ListLayersResponse(string? NextMarker, IReadOnlyList<LayerElement> Layers);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html</summary>
internal sealed record ListLayerVersionsResponse(string? NextMarker, IReadOnlyList<LayerVersionElement> LayerVersions);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html</summary>
internal sealed record AddLayerVersionPermissionResponse(string Statement, string RevisionId);
