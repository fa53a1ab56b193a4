using System.Text.Json.Serialization;

namespace Lambent.ControlPlane.Functions.Model;

// Structures of the API's model that requests, answers and stored records share. A null member was not given.
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html

/// <summary>The subnets that a function shall reach. Kept and answered; there is no such network here yet.</summary>
internal sealed record VpcConfig
{
    public IReadOnlyList<string>? SubnetIds { get; init; }

    public IReadOnlyList<string>? SecurityGroupIds { get; init; }

    public bool? Ipv6AllowedForDualStack { get; init; }
}

/// <summary>Where events go that failed for good. An empty ARN takes it away.</summary>
internal sealed record DeadLetterConfig
{
    public string? TargetArn { get; init; }
}

/// <summary>The function's own variables.</summary>
internal sealed record EnvironmentVariables
{
    public IReadOnlyDictionary<string, string>? Variables { get; init; }
}

/// <summary><c>Active</c> or <c>PassThrough</c>.</summary>
internal sealed record TracingConfig
{
    public string? Mode { get; init; }
}

/// <summary>A file system to mount. Kept and answered; nothing is mounted yet.</summary>
internal sealed record FileSystemConfig
{
    public string? Arn { get; init; }

    public string? LocalMountPath { get; init; }
}

/// <summary>What of an image's start is replaced. Kept and answered; images do not run yet.</summary>
internal sealed record ImageConfig
{
    public IReadOnlyList<string>? EntryPoint { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public string? WorkingDirectory { get; init; }
}

/// <summary>The size of <c>/tmp</c> in MB, 512 to 10,240.</summary>
internal sealed record EphemeralStorage
{
    public int? Size { get; init; }
}

/// <summary><c>PublishedVersions</c> or <c>None</c>.</summary>
internal sealed record SnapStart
{
    public string? ApplyOn { get; init; }
}

/// <summary>Where the log goes, and in which form. Text has no levels.</summary>
internal sealed record LoggingConfig
{
    public string? LogFormat { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ApplicationLogLevel { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SystemLogLevel { get; init; }

    public string? LogGroup { get; init; }
}
