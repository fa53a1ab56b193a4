using System.Text.Json;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>What CreateFunction and UpdateFunctionConfiguration have in common: null means that it was not given.</summary>
internal abstract record FunctionSettings
{
    public string? Runtime { get; init; }

    public string? Role { get; init; }

    public string? Handler { get; init; }

    public string? Description { get; init; }

    public int? Timeout { get; init; }

    public int? MemorySize { get; init; }

    public VpcConfig? VpcConfig { get; init; }

    public DeadLetterConfig? DeadLetterConfig { get; init; }

    public EnvironmentVariables? Environment { get; init; }

    public string? KMSKeyArn { get; init; }

    public TracingConfig? TracingConfig { get; init; }

    public IReadOnlyList<string>? Layers { get; init; }

    public IReadOnlyList<FileSystemConfig>? FileSystemConfigs { get; init; }

    public ImageConfig? ImageConfig { get; init; }

    public EphemeralStorage? EphemeralStorage { get; init; }

    public SnapStart? SnapStart { get; init; }

    public LoggingConfig? LoggingConfig { get; init; }

    /// <summary>Null, or refused: there are no durable executions.</summary>
    public JsonElement? DurableConfig { get; init; }

    /// <summary>Null, or refused: there are no capacity providers.</summary>
    public JsonElement? CapacityProviderConfig { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html</summary>
internal sealed record CreateFunctionRequest : FunctionSettings
{
    public string? FunctionName { get; init; }

    public FunctionCode? Code { get; init; }

    public string? PackageType { get; init; }

    public IReadOnlyList<string>? Architectures { get; init; }

    public bool? Publish { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public string? CodeSigningConfigArn { get; init; }

    /// <summary>Null, or refused: environments are not kept apart by tenants.</summary>
    public JsonElement? TenancyConfig { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html</summary>
internal sealed record UpdateFunctionConfigurationRequest : FunctionSettings
{
    public string? RevisionId { get; init; }
}

/// <summary>Where code comes from: exactly one of a zip, an object in S3, an image.</summary>
internal record FunctionCode
{
    public byte[]? ZipFile { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3Key { get; init; }

    public string? S3ObjectVersion { get; init; }

    public string? ImageUri { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html</summary>
internal sealed record UpdateFunctionCodeRequest : FunctionCode
{
    public IReadOnlyList<string>? Architectures { get; init; }

    public bool? Publish { get; init; }

    public bool? DryRun { get; init; }

    public string? RevisionId { get; init; }
}
