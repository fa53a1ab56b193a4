using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions;

/// <summary>From what a request names to what is stored.</summary>
internal static class FunctionKeys
{
    /// <summary>The function of the ARN, whatever its qualifier.</summary>
    public static FunctionKey Key(this FunctionArn arn) => new(arn.Account, arn.Name);
}
