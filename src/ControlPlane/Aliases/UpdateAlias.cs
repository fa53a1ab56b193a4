using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>
/// Leads an alias elsewhere; what is not given stays: 1. the model, 2. existence, 3. RevisionId, 4. where it shall lead.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
/// </summary>
internal static class UpdateAlias
{
    public static async Task<Result<AliasConfiguration>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.AliasRequest).Is(out var update, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([.. AliasRules.CheckPath(context), .. AliasRules.CheckRoute(update)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        var name = AliasRules.NameOf(context);
        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (plane.Aliases.Find(arn.Key(), name) is not { } before)
        {
            return AliasErrors.NotFound(arn with { Qualifier = name });
        }

        if (update.RevisionId is not null && update.RevisionId != before.RevisionId)
        {
            return FunctionErrors.StaleRevision();
        }

        var after = before.With(update, plane.Surroundings.NewId());
        error = AliasRules.Check(plane, arn, after.FunctionVersion, update.RoutingConfig ?? AliasConfiguration.Of(arn, after).RoutingConfig);
        if (error is not null)
        {
            return error;
        }

        await plane.Aliases.PutAsync(arn.Key(), name, after);
        return AliasConfiguration.Of(arn, after);
    }

    /// <summary>The alias with what a request gave; an empty routing takes the second version away.</summary>
    public static AliasRecord With(this AliasRecord before, AliasRequest request, string revisionId)
    {
        var additional = request.RoutingConfig is { } routing
            ? routing.AdditionalVersionWeights?.FirstOrDefault() ?? default
            : new(before.AdditionalVersion!, before.AdditionalWeight);
        return before with
        {
            FunctionVersion = request.FunctionVersion ?? before.FunctionVersion,
            Description = request.Description ?? before.Description,
            AdditionalVersion = additional.Key,
            AdditionalWeight = additional.Value ?? 0,
            RevisionId = revisionId,
        };
    }
}
