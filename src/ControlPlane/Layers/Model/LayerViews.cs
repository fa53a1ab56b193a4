using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers.Model;

/// <summary>Makes of a version what the API answers.</summary>
internal static class LayerViews
{
    /// <summary>The version alone.</summary>
    public static LayerVersionResponse Version(LambdaControlPlane plane, HttpContext context, LayerArn arn, LayerVersionRecord version) => new(
        new LayerContent(
            plane.Links.Make(context.Request, version.CodeSha256Hex),
            Convert.ToBase64String(Convert.FromHexString(version.CodeSha256Hex)),
            version.CodeSize),
        arn.ToString(), arn.Of(version.Version), version.Description, LambdaTime.Text(version.Created), version.Version,
        version.CompatibleRuntimes, version.LicenseInfo, version.CompatibleArchitectures);

    /// <summary>The version in a list.</summary>
    public static LayerVersionElement Element(LayerArn arn, LayerVersionRecord version) => new(
        arn.Of(version.Version), version.Version, version.Description, LambdaTime.Text(version.Created), version.CompatibleRuntimes,
        version.LicenseInfo, version.CompatibleArchitectures);
}
