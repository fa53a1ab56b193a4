namespace Lambent.ControlPlane.Policies;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html</summary>
internal sealed record AddPermissionRequest
{
    public string? StatementId { get; init; }

    public string? Action { get; init; }

    public string? Principal { get; init; }

    public string? SourceArn { get; init; }

    public string? SourceAccount { get; init; }

    public string? EventSourceToken { get; init; }

    public string? RevisionId { get; init; }

    public string? PrincipalOrgID { get; init; }

    public string? FunctionUrlAuthType { get; init; }

    public bool? InvokedViaFunctionUrl { get; init; }
}

/// <summary>The statement as text.</summary>
internal sealed record AddPermissionResponse(string Statement);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html</summary>
internal sealed record GetPolicyResponse(string Policy, string RevisionId);
