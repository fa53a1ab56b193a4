namespace Lambent.Aws.Policies;

/// <summary>The question that policies answer: may this principal do this to that?</summary>
/// <param name="Principal">Who asks.</param>
/// <param name="Action">For example <c>lambda:InvokeFunction</c>.</param>
/// <param name="Resource">An ARN, or <c>*</c> for an action without a resource.</param>
/// <param name="Context">The values of condition keys.</param>
public sealed record AccessRequest(Principal Principal, string Action, string Resource, RequestContext Context)
{
    /// <summary>Whose the resource is; by default what its ARN says, and the principal's own where that says nothing.</summary>
    public string ResourceAccount { get; init; } = Arns.AccountOf(Resource) is { Length: > 0 } owner ? owner : Principal.Account;
}
