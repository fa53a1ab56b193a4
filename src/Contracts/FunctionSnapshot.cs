using System.Collections.Immutable;

namespace Lambent.Contracts;

/// <summary>
/// Everything the road needs to know of one function version, immutable and in memory: a warm invoke asks no database.
/// The control plane publishes a new one for every change.
/// </summary>
public sealed record FunctionSnapshot
{
    /// <summary>Qualified with the version, <c>…:function:NAME:$LATEST</c>.</summary>
    public required FunctionArn Arn { get; init; }

    /// <summary>Changes with every change of what runs: code, configuration.</summary>
    public required string Revision { get; init; }

    /// <summary>The identity of the sandboxes that can run it.</summary>
    public VersionKey Key => new(Arn.ToString(), Revision);

    /// <summary>A runtime identifier of Lambda, for example <c>python3.12</c>.</summary>
    public required string Runtime { get; init; }

    /// <summary>As the runtime reads it, for example <c>index.handler</c>.</summary>
    public required string Handler { get; init; }

    /// <summary>SHA-256 of the package in hexadecimal; names the folder of the unpacked code.</summary>
    public required string CodeSha256Hex { get; init; }

    /// <summary>SHA-256 of each layer's package, in the order in which they are merged at <c>/opt</c>: a later one covers an earlier.</summary>
    public ImmutableArray<string> LayerSha256Hexes { get; init; } = [];

    /// <summary>128 to 10,240.</summary>
    public int MemoryMb { get; init; } = 128;

    /// <summary>1,000 to 900,000, or what <see cref="Limits.MaxTimeoutSeconds"/> allows.</summary>
    public int TimeoutMs { get; init; } = 3_000;

    /// <summary>Size of <c>/tmp</c>, 512 to 10,240.</summary>
    public int EphemeralStorageMb { get; init; } = 512;

    /// <summary>The function's own variables.</summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>For example <c>/aws/lambda/NAME</c>.</summary>
    public required string LogGroup { get; init; }

    /// <summary><c>Text</c> or <c>JSON</c>.</summary>
    public string LogFormat { get; init; } = "Text";

    /// <summary>The least level of the function's own lines in the JSON format, <c>TRACE</c> to <c>FATAL</c>; null in the text format.</summary>
    public string? ApplicationLogLevel { get; init; }

    /// <summary>The least level of the platform's lines in the JSON format, <c>DEBUG</c>, <c>INFO</c> or <c>WARN</c>; null in the text format.</summary>
    public string? SystemLogLevel { get; init; }

    /// <summary>The container image in place of a package, or null. Images do not run yet.</summary>
    public string? ImageUri { get; init; }

    /// <summary><c>Pending</c>, <c>Active</c>, <c>Inactive</c> or <c>Failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>The ARN of the queue or topic of events that were given up, or null.</summary>
    public string? DeadLetterTarget { get; init; }

    /// <summary>The execution role: the identity of the credentials in the sandbox.</summary>
    public required string Role { get; init; }
}
