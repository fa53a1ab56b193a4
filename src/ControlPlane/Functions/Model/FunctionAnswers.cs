using System.Text.Json.Serialization;
using Lambent.ControlPlane.Concurrency;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>
/// A function as AWS answers it. AWS sends members without a value as null; the order is that of a recorded answer of 2023,
/// newer members last. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
/// </summary>
internal sealed record FunctionConfiguration
{
    public string? Description { get; init; }

    public TracingConfig? TracingConfig { get; init; }

    public VpcConfigResponse? VpcConfig { get; init; }

    public string? SigningJobArn { get; init; }

    public SnapStartResponse? SnapStart { get; init; }

    public string? RevisionId { get; init; }

    public string? LastModified { get; init; }

    public IReadOnlyList<FileSystemConfig>? FileSystemConfigs { get; init; }

    public string? FunctionName { get; init; }

    public string? Runtime { get; init; }

    public string? Version { get; init; }

    public string? PackageType { get; init; }

    public string? LastUpdateStatus { get; init; }

    public IReadOnlyList<LayerAnswer>? Layers { get; init; }

    public string? FunctionArn { get; init; }

    public string? KMSKeyArn { get; init; }

    public int MemorySize { get; init; }

    public ImageConfigResponse? ImageConfigResponse { get; init; }

    public string? LastUpdateStatusReason { get; init; }

    public DeadLetterConfig? DeadLetterConfig { get; init; }

    public int Timeout { get; init; }

    public string? Handler { get; init; }

    public string? CodeSha256 { get; init; }

    public string? Role { get; init; }

    public string? SigningProfileVersionArn { get; init; }

    public string? MasterArn { get; init; }

    public RuntimeVersionConfig? RuntimeVersionConfig { get; init; }

    public long CodeSize { get; init; }

    public string? State { get; init; }

    public string? StateReason { get; init; }

    public EnvironmentResponse? Environment { get; init; }

    public EphemeralStorage? EphemeralStorage { get; init; }

    public string? StateReasonCode { get; init; }

    public string? LastUpdateStatusReasonCode { get; init; }

    public IReadOnlyList<string>? Architectures { get; init; }

    public LoggingConfig? LoggingConfig { get; init; }
}

/// <summary>The network of a function; empty lists once it was taken away.</summary>
internal sealed record VpcConfigResponse(
    string VpcId, IReadOnlyList<string> SecurityGroupIds, IReadOnlyList<string> SubnetIds, bool Ipv6AllowedForDualStack);

/// <summary>The variables, or why they cannot be told.</summary>
internal sealed record EnvironmentResponse(IReadOnlyDictionary<string, string> Variables, string? Error = null);

/// <summary><c>OptimizationStatus</c> is <c>Off</c> for <c>$LATEST</c>.</summary>
internal sealed record SnapStartResponse(string OptimizationStatus, string ApplyOn);

/// <summary>A layer of a function; its size is that of the zip.</summary>
internal sealed record LayerAnswer(string Arn, long CodeSize, string? SigningProfileVersionArn = null, string? SigningJobArn = null);

/// <summary>Which interpreter really runs: <c>arn:aws:lambda:REGION::runtime:python3.11.2</c>.</summary>
internal sealed record RuntimeVersionConfig(string RuntimeVersionArn, string? Error = null);

/// <summary>The image settings as they were given.</summary>
internal sealed record ImageConfigResponse(ImageConfig ImageConfig, string? Error = null);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html</summary>
internal sealed record GetFunctionResponse(
    FunctionConfiguration Configuration, FunctionCodeLocation Code, IReadOnlyDictionary<string, string>? Tags,
    ReservedConcurrency? Concurrency = null);

/// <summary>Where the code can be downloaded for ten minutes, or the image that it is.</summary>
internal sealed record FunctionCodeLocation(
    string RepositoryType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Location = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ImageUri = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ResolvedImageUri = null);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html</summary>
internal sealed record ListFunctionsResponse(IReadOnlyList<FunctionConfiguration> Functions, string? NextMarker);
