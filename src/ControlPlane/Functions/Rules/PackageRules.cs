using System.IO.Compression;
using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// What Lambda refuses of a deployment package. Sizes are counted while unzipping, since a header may lie.
/// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
/// </summary>
internal static class PackageRules
{
    /// <summary>50 MB, zipped, in a request.</summary>
    public const long MaxZippedBytes = 52_428_800;

    /// <summary>250 MB, unzipped, which a package may not reach.</summary>
    public const long MaxUnzippedBytes = 262_144_000;

    /// <summary>What the front door of AWS takes: 50 MB in Base64 and the rest of the request.</summary>
    private const int MaxRequestBytes = 70_167_211;

    private const int BufferBytes = 81_920;

    /// <summary>The checks of size, which come before all others.</summary>
    public static AwsError? CheckSize(FunctionCode? code, AwsRequest request, string operation)
    {
        if (code?.ZipFile?.LongLength > MaxZippedBytes)
        {
            return FunctionErrors.TooLarge($"Zipped size must be smaller than {MaxZippedBytes} bytes");
        }

        return CheckRequest(request, operation);
    }

    /// <summary>Null if the request is not too large to be read at all.</summary>
    public static AwsError? CheckRequest(AwsRequest request, string operation) => request.Body.Length > MaxRequestBytes
        ? FunctionErrors.TooLarge($"Request must be smaller than {MaxRequestBytes} bytes for the {operation} operation")
        : null;

    /// <summary>Null if there is one zip: in the request, or in the S3 server, if there is such a server.</summary>
    public static AwsError? CheckSource(FunctionCode? code, LambdaControlPlane plane)
    {
        if (code?.ImageUri is not null)
        {
            return FunctionErrors.Invalid("Please don't provide ImageUri when creating a function with packageType Zip.");
        }

        var fromS3 = code?.S3Bucket is not null || code?.S3Key is not null || code?.S3ObjectVersion is not null;
        if (fromS3 && code!.ZipFile is not null)
        {
            return FunctionErrors.Invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.");
        }

        if (fromS3 && !plane.Sources.IsThere)
        {
            return FunctionErrors.Invalid(
                "Code from S3 (S3Bucket, S3Key) needs an S3 server: start Lambent with --endpoint s3=URL, or give the code as ZipFile.");
        }

        return code?.ZipFile is null && (code?.S3Bucket is null || code.S3Key is null)
            ? FunctionErrors.Invalid("Please provide a source for function code.")
            : null;
    }

    /// <summary>Null if the zip can be unpacked, is not too large and stays within its folder.</summary>
    public static AwsError? CheckZip(byte[] bytes) => CheckZip(bytes, out _);

    /// <summary>The same, with the bytes of all files.</summary>
    public static AwsError? CheckZip(byte[] bytes, out long unzipped)
    {
        unzipped = 0;
        if (bytes.Length == 0)
        {
            return FunctionErrors.Invalid("Uploaded file must be a non-empty zip");
        }

        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (zip.Entries.Count == 0)
            {
                return FunctionErrors.Invalid("Uploaded file must be a non-empty zip");
            }

            return !zip.Entries.Any(e => e.IsEncrypted) && PackagePaths.AllInside(zip.Entries)
                ? CheckUnzippedSize(zip, out unzipped)
                : CannotUnzip();
        }
        catch (InvalidDataException)
        {
            return CannotUnzip();
        }
    }

    private static AwsError? CheckUnzippedSize(ZipArchive zip, out long total)
    {
        var buffer = new byte[BufferBytes];
        total = 0;
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            for (var count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
            {
                total += count;
                if (total >= MaxUnzippedBytes)
                {
                    return FunctionErrors.Invalid($"Unzipped size must be smaller than {MaxUnzippedBytes} bytes");
                }
            }
        }

        return null;
    }

    private static AwsError CannotUnzip() =>
        FunctionErrors.Invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
}
