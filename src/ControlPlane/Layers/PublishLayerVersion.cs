using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>
/// Makes a version of a layer from a zip in the request, and the layer with its first version: 1. size, 2. the model, 3. the zip,
/// 4. package, then record, durable. https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
/// </summary>
internal static class PublishLayerVersion
{
    public static async Task<Result<LayerVersionResponse>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (PackageRules.CheckRequest(request, nameof(PublishLayerVersion)) is { } tooLarge)
        {
            return tooLarge;
        }

        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.PublishLayerVersionRequest).Is(out var publish, out var error)
            || !LayerReference.OfLayer(plane, context, CheckModel(publish)).Is(out var layer, out error))
        {
            return error;
        }

        error = PackageRules.CheckSize(publish.Content, request, nameof(PublishLayerVersion))
            ?? CheckSource(publish.Content, plane);
        if (error is not null)
        {
            return error;
        }

        if (!(await plane.Sources.ZipOfAsync(publish.Content!)).Is(out var zip, out error))
        {
            return error;
        }

        error = PackageRules.CheckZip(zip, out var unzipped);
        return error is null ? await StoreAsync(plane, context, layer.Arn, publish, zip, unzipped) : error;
    }

    private static IEnumerable<string?> CheckModel(PublishLayerVersionRequest publish) =>
    [
        Member.Required(publish.Content, "content"),
        Member.LengthAtMost(publish.Description, "description", 256),
        Member.LengthAtMost(publish.LicenseInfo, "licenseInfo", 512),
        .. LayerConstraints.Check(publish.CompatibleRuntimes, publish.CompatibleArchitectures),
    ];

    private static AwsError? CheckSource(FunctionCode? content, LambdaControlPlane plane) => content switch
    {
        { S3Bucket: null, S3Key: null, ZipFile: null } => FunctionErrors.Invalid("Please provide a source for layer content."),
        _ => PackageRules.CheckSource(content, plane),
    };

    private static async Task<Result<LayerVersionResponse>> StoreAsync(
        LambdaControlPlane plane, HttpContext context, LayerArn arn, PublishLayerVersionRequest publish, byte[] zip, long unzipped)
    {
        var made = new LayerVersionRecord
        {
            Version = 0,
            CodeSha256Hex = HeldPackages.HashOf(zip),
            CodeSize = zip.Length,
            UnzippedSize = unzipped,
            Created = plane.Surroundings.Clock.GetUtcNow(),
            Description = publish.Description ?? "",
            LicenseInfo = publish.LicenseInfo,
            CompatibleRuntimes = publish.CompatibleRuntimes,
            CompatibleArchitectures = publish.CompatibleArchitectures,
        };

        // Not cancelled with the client: what was begun is finished, or the client cannot know what is there.
        using var held = await plane.Held.PutAsync(made.CodeSha256Hex, zip, CancellationToken.None);
        var stored = await plane.Layers.ChangeAsync(arn.Account, arn.Name, before =>
        {
            var layer = before ?? new LayerRecord { Account = arn.Account, Name = arn.Name };
            made = made with { Version = layer.NextVersion };
            return layer with { NextVersion = layer.NextVersion + 1, Versions = [made, .. layer.Versions] };
        });
        return stored.Select(_ => LayerViews.Version(plane, context, arn, made));
    }
}
