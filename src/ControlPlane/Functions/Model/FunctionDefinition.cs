using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>What a function is: its code and settings, with every default filled in. A change makes a new one.</summary>
internal sealed record FunctionDefinition
{
    public required string LogGroup { get; init; }

    public string PackageType { get; init; } = "Zip";

    public string Runtime { get; init; } = "";

    public string Handler { get; init; } = "";

    public string Role { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>In seconds.</summary>
    public int Timeout { get; init; } = 3;

    /// <summary>In MB.</summary>
    public int MemorySize { get; init; } = 128;

    /// <summary>Of the zip; for an image its digest.</summary>
    public string CodeSha256Hex { get; init; } = "";

    /// <summary>The container image that is the code; null for a zip.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ImageUri { get; init; }

    /// <summary>Bytes of the zip.</summary>
    public long CodeSize { get; init; }

    /// <summary>Bytes of its files; 0 where nobody counted them.</summary>
    public long UnzippedSize { get; init; }

    public IReadOnlyList<string> Architectures { get; init; } = ["x86_64"];

    /// <summary>In the order in which they are merged; null if there are none.</summary>
    public IReadOnlyList<LayerUse>? Layers { get; init; }

    /// <summary>Null if the environment was never given, which is answered differently from an empty one.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>At rest, in place of <see cref="Variables"/>; null while the record is used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SealedVariables { get; init; }

    /// <summary>Who signed the code, if that was verified.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SigningProfileVersionArn { get; init; }

    /// <summary>Names the signature of the code, if it was verified.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SigningJobArn { get; init; }

    public VpcConfig? VpcConfig { get; init; }

    public string? DeadLetterTargetArn { get; init; }

    public string? KmsKeyArn { get; init; }

    public string TracingMode { get; init; } = "PassThrough";

    public IReadOnlyList<FileSystemConfig>? FileSystemConfigs { get; init; }

    public ImageConfig? ImageConfig { get; init; }

    /// <summary>In MB.</summary>
    public int EphemeralStorageSize { get; init; } = 512;

    public string SnapStartApplyOn { get; init; } = "None";

    public string LogFormat { get; init; } = "Text";

    public string? ApplicationLogLevel { get; init; }

    public string? SystemLogLevel { get; init; }

    /// <summary>The packages that it refers to. A layer's stays while a function uses it, though the layer version be deleted.</summary>
    public IEnumerable<string> Packages() => ImageUri is not null ? [] : [CodeSha256Hex, .. Layers?.Select(l => l.CodeSha256Hex) ?? []];

    /// <summary>
    /// Names what runs: it differs between any two definitions that a sandbox could tell apart, and not for a new
    /// description or dead-letter target.
    /// </summary>
    /// <param name="incarnation">Of the function: one that was deleted and created again is another.</param>
    public string Revision(string incarnation)
    {
        var visible = this with { Description = "", DeadLetterTargetArn = null };
        return visible.Fingerprint(incarnation);
    }

    /// <summary>Differs between any two definitions.</summary>
    public string Fingerprint(string incarnation = "")
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this, ControlPlaneJson.Wire.FunctionDefinition);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(incarnation));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A layer version as the function took it: its record may be deleted since.</summary>
/// <param name="Arn">With the version.</param>
/// <param name="CodeSha256Hex">Of its package.</param>
/// <param name="CodeSize">Bytes of the zip.</param>
/// <param name="UnzippedSize">Bytes of its files.</param>
internal sealed record LayerUse(string Arn, string CodeSha256Hex, long CodeSize, long UnzippedSize);
