using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>
/// Names a version: 1. the model, 2. where it shall lead, 3. whether the name is free.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
/// </summary>
internal static class CreateAlias
{
    public static async Task<Result<AliasConfiguration>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.AliasRequest).Is(out var create, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            .. AliasRules.CheckName(create.Name),
            Member.Required(create.FunctionVersion, "functionVersion"),
            .. AliasRules.CheckRoute(create)]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        error = AliasRules.Check(plane, arn, create.FunctionVersion!, create.RoutingConfig);
        if (error is not null)
        {
            return error;
        }

        if (plane.Aliases.Find(arn.Key(), create.Name!) is not null)
        {
            return AliasErrors.AlreadyExists(arn with { Qualifier = create.Name });
        }

        var alias = new AliasRecord
        {
            Name = create.Name!,
            FunctionVersion = create.FunctionVersion!,
            RevisionId = "",
        }.With(create, plane.Surroundings.NewId());
        await plane.Aliases.PutAsync(arn.Key(), alias.Name, alias);
        return AliasConfiguration.Of(arn, alias);
    }
}
