using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Gives a function new code: 1. size, 2. the model, 3. existence, 4. RevisionId, 5. the source and its zip, 6. package, then
/// record, durable. DryRun stops before 6. The code before serves until the new one is ready.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
/// </summary>
internal static class UpdateFunctionCode
{
    public static async Task<Result<FunctionConfiguration>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (PackageRules.CheckRequest(request, nameof(UpdateFunctionCode)) is { } tooLarge)
        {
            return tooLarge;
        }

        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.UpdateFunctionCodeRequest).Is(out var update, out var error))
        {
            return error;
        }

        error = PackageRules.CheckSize(update, request, nameof(UpdateFunctionCode)) ?? ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            .. SettingsConstraints.CheckS3(update),
            .. SettingsConstraints.CheckArchitectures(update.Architectures)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error)
            || !FunctionUpdate.Find(plane, arn, update.RevisionId).Is(out var record, out error))
        {
            return error;
        }

        error = ImageRules.CheckUpdate(record.Definition, update)
            ?? (update.ImageUri is null ? PackageRules.CheckSource(update, plane) : null)
            ?? FunctionUpdate.CheckIdle(record, arn);
        return error is not null ? error
            : update.ImageUri is { } image ? await TakeAsync(plane, arn, record, update, record.Definition.Of(image), zip: null)
            : await TakeZipAsync(plane, arn, record, update);
    }

    private static async Task<Result<FunctionConfiguration>> TakeZipAsync(
        LambdaControlPlane plane, FunctionArn arn, FunctionRecord record, UpdateFunctionCodeRequest update)
    {
        if (!(await plane.Sources.ZipOfAsync(update)).Is(out var zip, out var error))
        {
            return error;
        }

        error = PackageRules.CheckZip(zip, out var unzipped);
        var made = record.Definition with { CodeSha256Hex = HeldPackages.HashOf(zip), CodeSize = zip.Length, UnzippedSize = unzipped };
        error ??= LayerRules.CheckSize(made);
        var signing = plane.CodeSigningOf.Find(arn.Key(), FunctionErrors.Latest)?.Value;
        return error is not null || !plane.Signatures.Verify(arn, signing, made, zip).Is(out var definition, out error)
            ? error
            : await TakeAsync(plane, arn, record, update, definition, zip);
    }

    private static async Task<Result<FunctionConfiguration>> TakeAsync(
        LambdaControlPlane plane, FunctionArn arn, FunctionRecord record, UpdateFunctionCodeRequest update, FunctionDefinition made, byte[]? zip)
    {
        var definition = made with { Architectures = update.Architectures ?? made.Architectures };
        if (update.DryRun == true)
        {
            return plane.Views.Configuration(record with { Definition = definition });
        }

        using var held = zip is null ? null : await plane.Held.PutAsync(definition.CodeSha256Hex, zip, CancellationToken.None);
        return await FunctionUpdate.BeginAsync(plane, arn, record, definition, update.Publish == true);
    }
}
