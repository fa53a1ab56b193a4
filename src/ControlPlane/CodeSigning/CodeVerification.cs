using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Wire;
using Microsoft.Extensions.Logging;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// Whether code may be deployed to a function with a code signing configuration: 1. the integrity of package and layers, whose failure
/// blocks whatever the policy is, 2. an allowed publisher, not expired and not revoked, which the policy enforces or warns of.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
/// </summary>
/// <param name="plane">Knows the configurations.</param>
/// <param name="profiles">Knows the certificates.</param>
/// <param name="log">Hears of what was deployed with a warning.</param>
internal sealed partial class CodeVerification(LambdaControlPlane plane, SigningProfiles profiles, ILogger log)
{
    /// <summary>The definition with who signed its code, or why it may not be deployed.</summary>
    /// <param name="function">The function.</param>
    /// <param name="configArn">Its code signing configuration; null verifies nothing.</param>
    /// <param name="definition">What it is to be.</param>
    /// <param name="zip">Its package; null for the one that it has and that was verified when it came.</param>
    public Result<FunctionDefinition> Verify(FunctionArn function, string? configArn, FunctionDefinition definition, byte[]? zip)
    {
        if (configArn is null)
        {
            return zip is null ? definition : definition with { SigningProfileVersionArn = null, SigningJobArn = null };
        }

        if (CodeSigningConfigs.Find(plane, configArn, function.Account) is not { } config)
        {
            return CodeSigningConfigs.NoSuchConfig(configArn);
        }

        foreach (var layer in definition.Layers ?? [])
        {
            using var content = plane.Packages.Open(layer.CodeSha256Hex);
            if (!Judge(config, layer.Arn, function, Check(config, content)).Is(out _, out var refused))
            {
                return refused;
            }
        }

        if (zip is null)
        {
            return definition;
        }

        using var code = new MemoryStream(zip, writable: false);
        return Judge(config, function.Name, function, Check(config, code)).Select(verdict => verdict is SignatureVerdict.Trusted by
            ? definition with { SigningProfileVersionArn = by.ProfileVersionArn, SigningJobArn = by.JobArn }
            : definition with { SigningProfileVersionArn = null, SigningJobArn = null });
    }

    private SignatureVerdict Check(CodeSigningRecord config, Stream zip)
    {
        var allowed = config.AllowedPublishers.SigningProfileVersionArns ?? [];
        return PackageSignature.Verify(zip, arn => allowed.Contains(arn) ? profiles.Find(arn) : null, plane.Surroundings.Clock.GetUtcNow());
    }

    private Result<SignatureVerdict> Judge(CodeSigningRecord config, string what, FunctionArn function, SignatureVerdict verdict)
    {
        switch (verdict)
        {
            case SignatureVerdict.Broken:
                return AwsError.User(
                    400, "InvalidCodeSignatureException",
                    $"Lambda cannot deploy the function. The code signature failed the integrity check. Check the provided signature for {what}.", "Message");
            case SignatureVerdict.Untrusted when config.UntrustedArtifactOnDeployment == "Enforce":
                return AwsError.User(
                    400, "CodeVerificationFailedException",
                    "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. "
                    + $"Check the provided signature for {what}.", "Message");
            case SignatureVerdict.Untrusted untrusted:
                Log.Untrusted(log, what, function.Name, untrusted.Why);
                return verdict;
            default:
                return verdict;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Untrusted code {What} was deployed to {Function}, as its code signing policy allows: {Why}.")]
        public static partial void Untrusted(ILogger logger, string what, string function, string why);
    }
}
