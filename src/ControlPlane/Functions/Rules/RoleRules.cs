using Lambent.Aws;
using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>The execution role of a function. https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html</summary>
internal static class RoleRules
{
    /// <summary>Null if Lambda may run a function of this account as the role.</summary>
    public static async Task<AwsError?> CheckAsync(LambdaControlPlane plane, string account, string roleArn)
    {
        try
        {
            return plane.Options.Roles is not { } roles || await roles.CanBeAssumedAsync(account, roleArn, CancellationToken.None)
                ? null
                : FunctionErrors.Invalid("The role defined for the function cannot be assumed by Lambda.");
        }
        catch (ExecutionRoleException e)
        {
            return AwsError.Service(e.Message);
        }
    }
}
