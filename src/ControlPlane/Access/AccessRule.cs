using Lambent.Aws;
using Lambent.Aws.Policies;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Access;

/// <summary>What a caller needs for an operation. The table of all is <see cref="AccessRules"/>.</summary>
/// <param name="Action">The name that policies give it, without <c>lambda:</c>.</param>
/// <param name="Target">Finds what the operation is done to.</param>
internal sealed record AccessRule(string Action, Func<LambdaControlPlane, HttpContext, AskedFor, AccessTarget> Target)
{
    /// <summary>The body says what policies may ask for. It is not read for a root.</summary>
    public bool ReadsBody { get; init; }

    /// <summary>What else the caller needs. Given are the request, the target's ARN, and what the caller's own ARNs begin with.</summary>
    public Func<AskedFor, string, string, IEnumerable<AccessQuestion>> Also { get; init; } = (_, _, _) => [];
}

/// <summary>What an operation is done to.</summary>
/// <param name="Resource">Its ARN; <c>*</c> if there is none, or none can be made of what was sent: then the operation refuses it.</param>
/// <param name="Policy">The policy of the resource; null if it has none.</param>
/// <param name="AddKeys">What is known of the resource.</param>
internal sealed record AccessTarget(string Resource, Func<Policy?>? Policy = null, Action<RequestContext>? AddKeys = null)
{
    /// <summary>No resource in particular.</summary>
    public static AccessTarget None { get; } = new("*");

    /// <summary>Strangers are not told why they may not: 403 with a message of null, as recorded of functions.</summary>
    public bool IsSilent { get; init; }
}
