using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// Container images: a function of package type Image has a reference in place of a package. Functions of them are kept and answered, and
/// do not run yet. Source: "Create a Lambda function using a container image", Lambda Developer Guide.
/// </summary>
internal static partial class ImageRules
{
    private const string Image = "Image";

    /// <summary>True for the package type of images.</summary>
    public static bool IsOfImage(string? packageType) => packageType == Image;

    /// <summary>Null if a function can be created of the image that is named.</summary>
    public static AwsError? Check(CreateFunctionRequest create) =>
        CheckSettings(create)
        ?? (create.Code?.ImageUri is not { } image ? FunctionErrors.Invalid("Please provide ImageUri when creating a function with packageType Image.")
            : create.CodeSigningConfigArn is not null ? Unsigned()
            : CheckSource(create.Code, image));

    /// <summary>Null if none of the settings is one of packages only.</summary>
    public static AwsError? CheckSettings(FunctionSettings settings) =>
        settings.Runtime is not null || settings.Handler is not null || settings.Layers is { Count: > 0 }
            ? FunctionErrors.Invalid("Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.")
        : settings.SnapStart?.ApplyOn == "PublishedVersions"
            ? FunctionErrors.Invalid("Container images are not supported for SnapStart enabled functions.")
        : null;

    /// <summary>Null if the code can be that of this function.</summary>
    public static AwsError? CheckUpdate(FunctionDefinition definition, FunctionCode code) =>
        definition.ImageUri is null
            ? code.ImageUri is null ? null : FunctionErrors.Invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
            : code.ImageUri is { } image ? CheckSource(code, image)
            : FunctionErrors.Invalid("Please provide ImageUri when updating a function with packageType Image.");

    /// <summary>
    /// The definition with the image as its code. Its hash is the digest that the reference names; no registry is asked yet, so for a tag it is
    /// that of the reference.
    /// </summary>
    public static FunctionDefinition Of(this FunctionDefinition definition, string image) => definition with
    {
        PackageType = Image,
        ImageUri = image,
        CodeSha256Hex = Digest(image) ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image))),
    };

    /// <summary>Where the image is, as GetFunction says it.</summary>
    public static FunctionCodeLocation Location(string image) =>
        new("ECR", ImageUri: image, ResolvedImageUri: Digest(image) is { } digest ? $"{Reference().Match(image).Groups["name"].Value}@sha256:{digest}" : null);

    /// <summary>Signatures are those of packages.</summary>
    public static AwsError Unsigned() => FunctionErrors.Invalid("Code signing is not supported for functions created with container images.");

    private static AwsError? CheckSource(FunctionCode code, string image) =>
        code.ZipFile is not null || code.S3Bucket is not null || code.S3Key is not null
            ? FunctionErrors.Invalid("Please do not provide other FunctionCode parameters when providing an ImageUri.")
        : Reference().IsMatch(image) ? null
        : FunctionErrors.Invalid($"Source image {image} is not valid. Provide a valid source image.");

    private static string? Digest(string image) => Reference().Match(image).Groups["digest"] is { Success: true, Value: var digest } ? digest : null;

    /// <summary>A name with its registry, and a tag, a digest or both. Source: OCI Distribution Specification, "Pulling manifests".</summary>
    [GeneratedRegex(
        @"\A(?<name>[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+)(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:(?<digest>[0-9a-f]{64}))?|@sha256:(?<digest>[0-9a-f]{64}))\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
