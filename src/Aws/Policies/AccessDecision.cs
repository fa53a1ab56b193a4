namespace Lambent.Aws.Policies;

/// <summary>Whether a request may go on.</summary>
public enum Verdict
{
    /// <summary>Nothing allows it.</summary>
    ImplicitDeny,

    /// <summary>A statement denies it.</summary>
    ExplicitDeny,

    /// <summary>It may.</summary>
    Allow,
}

/// <summary>The kinds of policy that a request may fail at.</summary>
public enum PolicySource
{
    /// <summary>None: it was allowed.</summary>
    None,

    /// <summary>Of a user, its groups or a role.</summary>
    IdentityBased,

    /// <summary>Of what was asked for.</summary>
    ResourceBased,

    /// <summary>The limit of a user or role.</summary>
    PermissionsBoundary,

    /// <summary>Passed when a session was made.</summary>
    Session,
}

/// <summary>The answer of an evaluation, with what AWS says about it.</summary>
/// <param name="Verdict">Yes, no, or never.</param>
/// <param name="Source">Where it failed.</param>
public readonly record struct AccessDecision(Verdict Verdict, PolicySource Source)
{
    /// <summary>It may go on.</summary>
    public static AccessDecision Allowed { get; } = new(Verdict.Allow, PolicySource.None);

    /// <summary>True if it may go on.</summary>
    public bool IsAllowed => Verdict == Verdict.Allow;

    /// <summary>
    /// AWS's message. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    /// </summary>
    /// <param name="principal">The ARN of the caller; null for nobody who is known.</param>
    /// <param name="action">What was asked for.</param>
    /// <param name="resource">What it was asked of.</param>
    public string Message(string? principal, string action, string resource) =>
        $"User: {principal ?? "anonymous"} is not authorized to perform: {action} on resource: {resource} {Because(action)}";

    /// <inheritdoc cref="Message(string, string, string)"/>
    public string Message(AccessRequest request) =>
        Message(request.Principal.Kind == PrincipalKind.Anonymous ? null : request.Principal.Arn, request.Action, request.Resource);

    private string Because(string action) => Verdict == Verdict.ExplicitDeny
        ? $"with an explicit deny in {(Source == PolicySource.IdentityBased ? "an" : "a")} {Name}"
        : $"because no {Name} allows the {action} action";

    private string Name => Source switch
    {
        PolicySource.ResourceBased => "resource-based policy",
        PolicySource.PermissionsBoundary => "permissions boundary",
        PolicySource.Session => "session policy",
        _ => "identity-based policy",
    };
}
