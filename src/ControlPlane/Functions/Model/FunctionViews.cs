using System.Globalization;
using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>Makes of a record what the API answers and what the road runs.</summary>
/// <param name="region">The region of ARNs.</param>
/// <param name="runtimes">Tells which interpreter serves a runtime now.</param>
internal sealed class FunctionViews(string region, IRuntimeDirectory runtimes)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'+0000'";

    /// <summary>The answer of every operation on one function.</summary>
    /// <param name="record">The function or version.</param>
    /// <param name="qualifier">What the ARN shall end in, as the caller named it; null for none.</param>
    public FunctionConfiguration Configuration(FunctionRecord record, string? qualifier = null) =>
        ListElement(record, qualifier) with
        {
            State = record.State,
            StateReason = record.StateReason,
            StateReasonCode = record.StateReasonCode,
            LastUpdateStatus = record.LastUpdateStatus,
            LastUpdateStatusReason = record.LastUpdateStatusReason,
            LastUpdateStatusReasonCode = record.LastUpdateStatusReasonCode,
            RuntimeVersionConfig = runtimes.Match(record.Definition.Runtime) is { } match
                ? new($"arn:aws:lambda:{region}::runtime:{match.ServedBy}")
                : null,
        };

    /// <summary>The hash of the code as the API writes it: base64 for a zip, hexadecimal for an image.</summary>
    public static string CodeSha256(FunctionDefinition definition) => definition.ImageUri is null
        ? Convert.ToBase64String(Convert.FromHexString(definition.CodeSha256Hex))
        : definition.CodeSha256Hex;

    /// <summary>The form in lists: without state and runtime version.</summary>
    public FunctionConfiguration ListElement(FunctionRecord record, string? qualifier)
    {
        var definition = record.Definition;
        return new()
        {
            Description = definition.Description,
            TracingConfig = new() { Mode = definition.TracingMode },
            VpcConfig = definition.VpcConfig is { } vpc
                ? new("", vpc.SecurityGroupIds ?? [], vpc.SubnetIds ?? [], vpc.Ipv6AllowedForDualStack ?? false)
                : null,
            SigningJobArn = definition.SigningJobArn,
            SigningProfileVersionArn = definition.SigningProfileVersionArn,
            SnapStart = new(
                record.IsVersion() && definition.SnapStartApplyOn == "PublishedVersions" ? "On" : "Off", definition.SnapStartApplyOn),
            RevisionId = record.RevisionId,
            LastModified = record.LastModified.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
            FileSystemConfigs = definition.FileSystemConfigs,
            FunctionName = record.Name,
            Runtime = definition.ImageUri is null ? definition.Runtime : null,
            Version = record.Version,
            PackageType = definition.PackageType,
            Layers = definition.Layers?.Select(l => new LayerAnswer(l.Arn, l.CodeSize)).ToList(),
            FunctionArn = (record.Arn(region) with { Qualifier = qualifier }).ToString(),
            KMSKeyArn = definition.KmsKeyArn,
            MemorySize = definition.MemorySize,
            ImageConfigResponse = definition.ImageConfig is { } image ? new(image) : null,
            DeadLetterConfig = definition.DeadLetterTargetArn is { } target ? new() { TargetArn = target } : null,
            Timeout = definition.Timeout,
            Handler = definition.ImageUri is null ? definition.Handler : null,
            CodeSha256 = CodeSha256(definition),
            Role = definition.Role,
            CodeSize = definition.CodeSize,
            Environment = definition.Variables is { } variables ? new(variables) : null,
            EphemeralStorage = new() { Size = definition.EphemeralStorageSize },
            Architectures = definition.Architectures,
            LoggingConfig = new()
            {
                LogFormat = definition.LogFormat,
                ApplicationLogLevel = definition.ApplicationLogLevel,
                SystemLogLevel = definition.SystemLogLevel,
                LogGroup = definition.LogGroup,
            },
        };
    }
}
