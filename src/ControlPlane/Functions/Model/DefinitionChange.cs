namespace Lambent.ControlPlane.Functions.Model;

/// <summary>
/// Applies the settings of a request: what was not given stays, an empty list, ARN or image setting takes away, structures of single values
/// merge, the environment is replaced as a whole.
/// </summary>
internal static class DefinitionChange
{
    /// <summary>The definition with the settings applied.</summary>
    public static FunctionDefinition With(this FunctionDefinition before, FunctionSettings settings) => before with
    {
        Runtime = settings.Runtime ?? before.Runtime,
        Handler = settings.Handler ?? before.Handler,
        Role = settings.Role ?? before.Role,
        Description = settings.Description ?? before.Description,
        Timeout = settings.Timeout ?? before.Timeout,
        MemorySize = settings.MemorySize ?? before.MemorySize,
        Variables = settings.Environment is { } environment
            ? environment.Variables ?? new Dictionary<string, string>()
            : before.Variables,
        VpcConfig = settings.VpcConfig ?? before.VpcConfig,
        DeadLetterTargetArn = settings.DeadLetterConfig?.TargetArn is { } target ? Given(target) : before.DeadLetterTargetArn,
        KmsKeyArn = settings.KMSKeyArn is { } key ? Given(key) : before.KmsKeyArn,
        TracingMode = settings.TracingConfig?.Mode ?? before.TracingMode,
        FileSystemConfigs = settings.FileSystemConfigs is { } files ? Given(files) : before.FileSystemConfigs,
        ImageConfig = settings.ImageConfig is { } image ? Given(image) : before.ImageConfig,
        EphemeralStorageSize = settings.EphemeralStorage?.Size ?? before.EphemeralStorageSize,
        SnapStartApplyOn = settings.SnapStart?.ApplyOn ?? before.SnapStartApplyOn,
        LogGroup = settings.LoggingConfig?.LogGroup ?? before.LogGroup,
        LogFormat = settings.LoggingConfig?.LogFormat ?? before.LogFormat,
        ApplicationLogLevel = Level(before, settings, settings.LoggingConfig?.ApplicationLogLevel ?? before.ApplicationLogLevel),
        SystemLogLevel = Level(before, settings, settings.LoggingConfig?.SystemLogLevel ?? before.SystemLogLevel),
    };

    // Levels exist for JSON only, and INFO is their default.
    private static string? Level(FunctionDefinition before, FunctionSettings settings, string? level) =>
        (settings.LoggingConfig?.LogFormat ?? before.LogFormat) == "JSON" ? level ?? "INFO" : null;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ImageConfig? Given(ImageConfig image) => image == new ImageConfig() ? null : image;

    private static IReadOnlyList<T>? Given<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;
}
