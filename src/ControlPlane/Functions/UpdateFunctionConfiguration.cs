using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Changes settings: 1. the model, 2. existence, 3. RevisionId, 4. what Lambda itself refuses, 5. the record. The settings before
/// serve until the new ones are ready. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
/// </summary>
internal static class UpdateFunctionConfiguration
{
    public static async Task<Result<FunctionConfiguration>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        var type = ControlPlaneJson.Wire.UpdateFunctionConfigurationRequest;
        if (!RequestJson.Read(request.Body, type).Is(out var update, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            .. SettingsConstraints.Check(update, plane.Options.Limits)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error)
            || !FunctionUpdate.Find(plane, arn, update.RevisionId).Is(out var record, out error))
        {
            return error;
        }

        if (!LayerRules.Take(plane, update.Layers, request).Is(out var layers, out error))
        {
            return error;
        }

        using var held = layers;
        var definition = layers.In(record.Definition.With(update));
        error = SettingsConstraints.CheckLater(update)
            ?? EnvironmentRules.Check(update.Environment)
            ?? LayerRules.CheckSize(definition)
            ?? RuntimeRules.Check(update.Runtime, plane)
            ?? (definition.ImageUri is null ? RuntimeRules.CheckSnapStart(definition.SnapStartApplyOn, definition.Runtime) : ImageRules.CheckSettings(update))
            ?? FunctionUpdate.CheckIdle(record, arn)
            ?? (update.Role is null ? null : await RoleRules.CheckAsync(plane, arn.Account, update.Role));
        if (error is not null)
        {
            return error;
        }

        var signing = update.Layers is null ? null : plane.CodeSigningOf.Find(arn.Key(), FunctionErrors.Latest)?.Value;
        return plane.Signatures.Verify(arn, signing, definition, null).Is(out _, out error)
            ? await FunctionUpdate.BeginAsync(plane, arn, record, definition)
            : error;
    }
}
