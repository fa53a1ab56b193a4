using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>Which version or alias a request on provisioned concurrency means, and whether it is there.</summary>
internal static class ProvisionedReference
{
    private static readonly Pattern Qualifier = new("(|[a-zA-Z0-9$_-]+)");

    /// <summary>The ARN with its qualifier, which the request must have.</summary>
    public static Result<FunctionArn> Of(LambdaControlPlane plane, HttpContext context, params IEnumerable<string?> otherChecks)
    {
        string? qualifier = context.Request.Query["Qualifier"];
        var error = ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            Member.Required(qualifier, "qualifier"),
            Member.LengthAtMost(qualifier, "qualifier", 128),
            Member.LengthAtLeast(qualifier, "qualifier", 1),
            Member.Matching(qualifier, "qualifier", Qualifier),
            .. otherChecks]);
        return error is null ? FunctionReference.OfReader(plane, context) : error;
    }

    /// <summary>Null if there is such a published version or alias. In the function's turn.</summary>
    public static AwsError? Check(LambdaControlPlane plane, FunctionArn arn)
    {
        if (arn.Qualifier == FunctionErrors.Latest)
        {
            return FunctionErrors.Invalid("The function resource provided must be an alias or a published version.");
        }

        return FunctionReference.Find(plane, arn).Is(out _, out _) ? null
            : VersionOrder.IsNumber(arn.Qualifier!) ? FunctionErrors.NotFound(arn)
            : AliasErrors.CannotFind(arn);
    }
}
