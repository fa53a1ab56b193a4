using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// Whose signatures code must have, as it is stored. <see cref="CodeVerification"/> holds code to it.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
/// </summary>
internal sealed record CodeSigningRecord
{
    public required string Account { get; init; }

    /// <summary><c>csc-</c> and 17 letters and digits.</summary>
    public required string Id { get; init; }

    public string? Description { get; init; }

    public required AllowedPublishers AllowedPublishers { get; init; }

    /// <summary><c>Warn</c> or <c>Enforce</c>.</summary>
    public string UntrustedArtifactOnDeployment { get; init; } = "Warn";

    public required DateTimeOffset LastModified { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public string Arn(string region) => $"arn:aws:lambda:{region}:{Account}:code-signing-config:{Id}";

    /// <summary>As the API answers it.</summary>
    public CodeSigningConfig Answer(string region) => new(
        Id, Arn(region), Description, AllowedPublishers, new CodeSigningPolicies { UntrustedArtifactOnDeployment = UntrustedArtifactOnDeployment },
        LambdaTime.Text(LastModified));
}

/// <summary>Members in AWS's order.</summary>
internal sealed record CodeSigningConfig(
    string CodeSigningConfigId, string CodeSigningConfigArn, string? Description, AllowedPublishers AllowedPublishers,
    CodeSigningPolicies CodeSigningPolicies, string LastModified);

/// <summary>1 to 20 signing profile versions.</summary>
internal sealed record AllowedPublishers
{
    public IReadOnlyList<string>? SigningProfileVersionArns { get; init; }
}

/// <summary>What happens to code without a valid signature.</summary>
internal sealed record CodeSigningPolicies
{
    public string? UntrustedArtifactOnDeployment { get; init; }
}

/// <summary>Of Create and Update.</summary>
internal sealed record CodeSigningRequest
{
    public string? Description { get; init; }

    public AllowedPublishers? AllowedPublishers { get; init; }

    public CodeSigningPolicies? CodeSigningPolicies { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>The answer of Create, Get and Update.</summary>
internal sealed record CodeSigningResponse(CodeSigningConfig CodeSigningConfig);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html</summary>
internal sealed record ListCodeSigningResponse(IReadOnlyList<CodeSigningConfig> CodeSigningConfigs, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html</summary>
internal sealed record ListFunctionsByCodeSigningResponse(IReadOnlyList<string> FunctionArns, string? NextMarker);

/// <summary>Request of Put, answer of Put and Get: both are null for a function without a configuration.</summary>
internal sealed record FunctionCodeSigning(string? CodeSigningConfigArn, string? FunctionName);
