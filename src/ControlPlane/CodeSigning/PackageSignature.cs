using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// A package that carries its signature: <c>META-INF/lambent/manifest.json</c> names who signed and the SHA-256 of every other file,
/// <c>META-INF/lambent/manifest.sig</c> is the ECDSA signature (SHA-384, DER) of exactly those bytes. AWS Signer's own form is not
/// published; see docs/decisions/0026.
/// </summary>
public static class PackageSignature
{
    private const string Manifest = "META-INF/lambent/manifest.json", Signature = "META-INF/lambent/manifest.sig";

    /// <summary>More than any list of files is worth; a package has 250 MB at most.</summary>
    private const int MaxManifestBytes = 16 * 1024 * 1024;

    private const int UnixModeShift = 16, TypeBits = 0xF000, RegularFile = 0x8000, Folder = 0x4000;

    /// <summary>The package with its signature added.</summary>
    /// <param name="zip">An unsigned package.</param>
    /// <param name="profileVersionArn">The signing profile version that the key belongs to.</param>
    /// <param name="jobArn">What names this signature.</param>
    /// <param name="key">The private key.</param>
    /// <exception cref="InvalidDataException">It is no zip, signed already, or has files that cannot be signed.</exception>
    public static byte[] Sign(byte[] zip, string profileVersionArn, string jobArn, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signed = new MemoryStream();
        signed.Write(zip);
        using (var archive = new ZipArchive(signed, ZipArchiveMode.Update, leaveOpen: true))
        {
            if (FilesOf(archive) is not { } files || archive.GetEntry(Manifest) is not null || archive.GetEntry(Signature) is not null)
            {
                throw new InvalidDataException("The package is signed already, or has links or two files of one name, which cannot be signed.");
            }

            var manifest = JsonSerializer.SerializeToUtf8Bytes(
                new SignedFiles(profileVersionArn, jobArn, files), SignatureJson.Default.SignedFiles);
            Write(archive, Manifest, manifest);
            Write(archive, Signature, key.SignData(manifest, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence));
        }

        return signed.ToArray();
    }

    /// <summary>What the package's signature is worth.</summary>
    /// <param name="zip">A package that can be unzipped.</param>
    /// <param name="certificateOf">The certificate of a signing profile version that is trusted; null for any other.</param>
    /// <param name="now">The time.</param>
    internal static SignatureVerdict Verify(Stream zip, Func<string, X509Certificate2?> certificateOf, DateTimeOffset now)
    {
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read);
        if (archive.GetEntry(Manifest) is not { } entry)
        {
            return new SignatureVerdict.Untrusted("it is not signed");
        }

        var manifest = Read(entry);
        if (Parse(manifest) is not { } said || FilesOf(archive) is not { } files || archive.GetEntry(Signature) is not { } signature || !Same(said.Files, files))
        {
            return new SignatureVerdict.Broken();
        }

        using var certificate = certificateOf(said.SigningProfileVersionArn);
        using var key = certificate?.GetECDsaPublicKey();
        return key is null ? new SignatureVerdict.Untrusted($"{said.SigningProfileVersionArn} is not trusted")
            : !key.VerifyData(manifest, Read(signature), HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence) ? new SignatureVerdict.Broken()
            : now.UtcDateTime < certificate!.NotBefore.ToUniversalTime() || now.UtcDateTime > certificate.NotAfter.ToUniversalTime()
                ? new SignatureVerdict.Untrusted("its certificate has expired")
                : new SignatureVerdict.Trusted(said.SigningProfileVersionArn, said.SigningJobArn);
    }

    private static SignedFiles? Parse(byte[] manifest)
    {
        try
        {
            return JsonSerializer.Deserialize(manifest, SignatureJson.Default.SignedFiles);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The hash of each file but those of the signature; null if a name is there twice, or something is no file.</summary>
    private static SortedDictionary<string, string>? FilesOf(ZipArchive archive)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var own = 0;
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName is Manifest or Signature)
            {
                own++;
            }
            else if (!IsFolder(entry) && (!IsFile(entry) || !files.TryAdd(entry.FullName, HashOf(entry))))
            {
                return null;
            }
        }

        return own is 0 or 2 ? files : null;
    }

    private static bool IsFolder(ZipArchiveEntry entry) => TypeOf(entry) is 0 or Folder && entry.FullName.EndsWith('/') && entry.Length == 0;

    private static bool IsFile(ZipArchiveEntry entry) => TypeOf(entry) is 0 or RegularFile && !entry.FullName.EndsWith('/');

    private static int TypeOf(ZipArchiveEntry entry) => (entry.ExternalAttributes >> UnixModeShift) & TypeBits;

    private static bool Same(IReadOnlyDictionary<string, string> said, SortedDictionary<string, string> found) =>
        said.Count == found.Count && found.All(f => said.GetValueOrDefault(f.Key) == f.Value);

    private static string HashOf(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        var buffer = new MemoryStream();
        var chunk = new byte[81_920];
        for (var count = content.Read(chunk); count > 0 && buffer.Length <= MaxManifestBytes; count = content.Read(chunk))
        {
            buffer.Write(chunk, 0, count);
        }

        return buffer.ToArray();
    }

    private static void Write(ZipArchive archive, string name, byte[] content)
    {
        var entry = archive.CreateEntry(name, CompressionLevel.Optimal);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        entry.ExternalAttributes = (RegularFile | 0b110_100_100) << UnixModeShift;
        using var stream = entry.Open();
        stream.Write(content);
    }
}

/// <summary>What a manifest says.</summary>
/// <param name="SigningProfileVersionArn">Who signed.</param>
/// <param name="SigningJobArn">What names this signature.</param>
/// <param name="Files">The SHA-256 of each file, in lower-case hexadecimal.</param>
internal sealed record SignedFiles(string SigningProfileVersionArn, string SigningJobArn, IReadOnlyDictionary<string, string> Files);

/// <summary>What a signature is worth.</summary>
internal abstract record SignatureVerdict
{
    private SignatureVerdict()
    {
    }

    /// <summary>A trusted profile signed exactly these files.</summary>
    internal sealed record Trusted(string ProfileVersionArn, string JobArn) : SignatureVerdict;

    /// <summary>There is no signature, or none that is trusted now.</summary>
    internal sealed record Untrusted(string Why) : SignatureVerdict;

    /// <summary>These are not the files that were signed.</summary>
    internal sealed record Broken : SignatureVerdict;
}

[JsonSerializable(typeof(SignedFiles))]
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class SignatureJson : JsonSerializerContext;
