using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>The constraints of the API's model on a function's settings, as the service model of Lambda has them.</summary>
internal static class SettingsConstraints
{
    private const string LayerArn =
        @"(arn:[a-zA-Z0-9-]+:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
        + "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";

    private static readonly Pattern Role = new(@"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");

    private static readonly Pattern Handler = new(@"[^\s]+");

    private static readonly Pattern Resource = new("(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");

    private static readonly Pattern VariableName = new("[a-zA-Z]([a-zA-Z0-9_])+");

    private static readonly Pattern Subnet = new("subnet-[0-9a-z]*");

    private static readonly Pattern SecurityGroup = new("sg-[0-9a-zA-Z]*");

    private static readonly Pattern Layer = new(LayerArn);

    private static readonly Pattern Bucket = new(@"[0-9A-Za-z\.\-_]*(?<!\.)", @"[0-9A-Za-z\.\-_]*", @".*\.");

    private static readonly Pattern MountPath = new("/mnt/[a-zA-Z0-9-_.]+");

    private static readonly Pattern LogGroup = new(@"[\.\-_/#A-Za-z0-9]+");

    private static readonly string[] ArchitectureNames = ["x86_64", "arm64"];

    /// <summary>The failures among the settings that creation and update share.</summary>
    public static IEnumerable<string?> Check(FunctionSettings settings, Limits limits) =>
    [
        Member.Matching(settings.Role, "role", Role),
        Member.LengthAtMost(settings.Handler, "handler", 128),
        Member.Matching(settings.Handler, "handler", Handler),
        Member.LengthAtMost(settings.Description, "description", 256),
        Member.Within(settings.Timeout, "timeout", 1, limits.MaxTimeoutSeconds),
        Member.Within(settings.MemorySize, "memorySize", 128, 10_240),
        .. CheckEnvironment(settings.Environment?.Variables),
        .. CheckNetwork(settings.VpcConfig),
        Member.Matching(settings.DeadLetterConfig?.TargetArn, "deadLetterConfig.targetArn", Resource),
        Member.Matching(settings.KMSKeyArn, "kMSKeyArn", Resource),
        Member.OneOf(settings.TracingConfig?.Mode, "tracingConfig.mode", "Active", "PassThrough"),
        Member.Each(settings.Layers, "layers", l => l.Length is >= 1 and <= 140 && Layer.Matches(l),
            "Member must have length less than or equal to 140, Member must have length greater than or equal to 1, "
            + $"Member must satisfy regular expression pattern: {LayerArn}, Member must not be null"),
        .. CheckFileSystems(settings.FileSystemConfigs),
        Member.LengthAtMost(settings.ImageConfig?.WorkingDirectory, "imageConfig.workingDirectory", 1000),
        settings.EphemeralStorage is { } storage ? Member.Required(storage.Size, "ephemeralStorage.size") : null,
        Member.Within(settings.EphemeralStorage?.Size, "ephemeralStorage.size", 512, 10_240),
        Member.OneOf(settings.SnapStart?.ApplyOn, "snapStart.applyOn", "PublishedVersions", "None"),
        .. CheckLogging(settings.LoggingConfig),
    ];

    /// <summary>The failures of a list of architectures.</summary>
    public static IEnumerable<string?> CheckArchitectures(IReadOnlyList<string>? architectures) =>
    [
        Member.CountAtMost(architectures, "architectures", 1),
        Member.CountAtLeast(architectures, "architectures", 1),
        architectures?.Count > 1 ? null : Member.Each(architectures, "architectures", ArchitectureNames.Contains,
            "Member must satisfy enum value set: [x86_64, arm64], Member must not be null"),
    ];

    /// <summary>400 for what Lambent has not, rather than a function that is not what was asked for.</summary>
    public static AwsError? CheckLater(FunctionSettings settings) =>
        settings.DurableConfig is not null ? FunctionErrors.NotThereYet("Durable executions (DurableConfig) are")
        : settings.CapacityProviderConfig is not null ? FunctionErrors.NotThereYet("Capacity providers (CapacityProviderConfig) are")
        : settings is CreateFunctionRequest { TenancyConfig: not null } ? FunctionErrors.NotThereYet("Tenants (TenancyConfig) are")
        : null;

    /// <summary>The failures of an object in S3.</summary>
    /// <param name="code">Where the code comes from.</param>
    /// <param name="path">Of the structure, with a dot at its end, or nothing.</param>
    public static IEnumerable<string?> CheckS3(FunctionCode? code, string path = "") =>
    [
        Member.LengthAtMost(code?.S3Bucket, $"{path}s3Bucket", 63),
        Member.LengthAtLeast(code?.S3Bucket, $"{path}s3Bucket", 3),
        Member.Matching(code?.S3Bucket, $"{path}s3Bucket", Bucket),
        Member.LengthAtMost(code?.S3Key, $"{path}s3Key", 1024),
        Member.LengthAtLeast(code?.S3Key, $"{path}s3Key", 1),
        Member.LengthAtMost(code?.S3ObjectVersion, $"{path}s3ObjectVersion", 1024),
        Member.LengthAtLeast(code?.S3ObjectVersion, $"{path}s3ObjectVersion", 1),
    ];

    // The variables are secret in the model, so AWS does not print them.
    private static IEnumerable<string?> CheckEnvironment(IReadOnlyDictionary<string, string>? variables)
    {
        const string failed = "Value at 'environment.variables' failed to satisfy constraint: Map";
        yield return variables is null || variables.Keys.All(VariableName.Matches)
            ? null
            : $"{failed} keys must satisfy constraint: [Member must satisfy regular expression pattern: {VariableName.Text}]";
        yield return variables is null || variables.Values.All(v => v is not null)
            ? null
            : $"{failed} value must satisfy constraint: [Member must not be null]";
    }

    private static IEnumerable<string?> CheckNetwork(VpcConfig? vpc) =>
    [
        Member.CountAtMost(vpc?.SubnetIds, "vpcConfig.subnetIds", 16),
        EachIdOf(vpc?.SubnetIds, "vpcConfig.subnetIds", Subnet),
        Member.CountAtMost(vpc?.SecurityGroupIds, "vpcConfig.securityGroupIds", 5),
        EachIdOf(vpc?.SecurityGroupIds, "vpcConfig.securityGroupIds", SecurityGroup),
    ];

    // The constraint's form is recorded on AWS; patterns and lengths are those of the API reference.
    private static string? EachIdOf(IReadOnlyList<string?>? ids, string path, Pattern pattern) => Member.Each(
        ids, path, id => id.Length <= 1024 && pattern.Matches(id),
        "Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, "
        + $"Member must satisfy regular expression pattern: {pattern.Text}, Member must not be null");

    private static IEnumerable<string?> CheckFileSystems(IReadOnlyList<FileSystemConfig>? files)
    {
        yield return Member.CountAtMost(files?.Select(f => f?.Arn).ToList(), "fileSystemConfigs", 1);
        for (var i = 0; i < files?.Count; i++)
        {
            var path = $"fileSystemConfigs.{i + 1}.member";
            yield return Member.Required(files[i]?.Arn, $"{path}.arn");
            yield return Member.Required(files[i]?.LocalMountPath, $"{path}.localMountPath");
            yield return Member.Matching(files[i]?.LocalMountPath, $"{path}.localMountPath", MountPath);
        }
    }

    private static IEnumerable<string?> CheckLogging(LoggingConfig? logging) =>
    [
        Member.OneOf(logging?.LogFormat, "loggingConfig.logFormat", "JSON", "Text"),
        Member.OneOf(
            logging?.ApplicationLogLevel, "loggingConfig.applicationLogLevel",
            "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
        Member.OneOf(logging?.SystemLogLevel, "loggingConfig.systemLogLevel", "DEBUG", "INFO", "WARN"),
        Member.LengthAtLeast(logging?.LogGroup, "loggingConfig.logGroup", 1),
        Member.LengthAtMost(logging?.LogGroup, "loggingConfig.logGroup", 512),
        string.IsNullOrEmpty(logging?.LogGroup) ? null : Member.Matching(logging.LogGroup, "loggingConfig.logGroup", LogGroup),
    ];
}
