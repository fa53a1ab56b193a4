using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;

namespace Lambent.ControlPlane.Aliases;

/// <summary>The errors of aliases in AWS's words.</summary>
internal static class AliasErrors
{
    /// <summary>404 of those who only ask.</summary>
    public static AwsError CannotFind(FunctionArn alias) => FunctionErrors.NotFound($"Cannot find alias arn: {alias}");

    /// <summary>404 of UpdateAlias.</summary>
    public static AwsError NotFound(FunctionArn alias) => FunctionErrors.NotFound($"Alias not found: {alias}");

    /// <summary>409.</summary>
    public static AwsError AlreadyExists(FunctionArn alias) => FunctionErrors.Conflict($"Alias already exists: {alias}");
}
