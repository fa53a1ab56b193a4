using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>One alias. https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html</summary>
internal static class GetAlias
{
    public static Result<AliasConfiguration> Run(LambdaControlPlane plane, HttpContext context)
    {
        if (ModelErrors.Of(AliasRules.CheckPath(context)) is { } invalid)
        {
            return invalid;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        var name = AliasRules.NameOf(context);
        return plane.Aliases.Find(arn.Key(), name) is { } alias
            ? AliasConfiguration.Of(arn, alias)
            : AliasErrors.CannotFind(arn with { Qualifier = name });
    }
}
