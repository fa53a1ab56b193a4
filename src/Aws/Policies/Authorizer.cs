using System.Globalization;
using System.Runtime.CompilerServices;

namespace Lambent.Aws.Policies;

/// <summary>
/// Asks the policies whether a caller may do something. The one place where a request's facts become condition keys:
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
/// </summary>
/// <remarks>Safe for any number of threads. For the root of the account that owns the resource it does next to nothing.</remarks>
/// <param name="identities">What callers bring with them.</param>
/// <param name="region">Of this server: <c>aws:RequestedRegion</c>.</param>
/// <param name="clock">For <c>aws:CurrentTime</c>.</param>
public sealed class Authorizer(IPrincipalPolicies identities, string region, TimeProvider clock)
{
    /// <summary>An authorizer that knows nobody: a root may do all in its account, anybody else only what a resource's policy says.</summary>
    public static Authorizer KnowingNobody(string region, TimeProvider clock) => new(new NoPrincipals(), region, clock);

    /// <summary>True for the root of any account.</summary>
    public static bool IsRoot(in AccessKey caller) => caller.PrincipalArn?.EndsWith(":root", StringComparison.Ordinal) == true;

    /// <summary>Null if the caller may, else AWS's 403 with the reason.</summary>
    /// <param name="request">Who asks; nobody who is known, if its caller is the default.</param>
    /// <param name="question">For what.</param>
    public AwsError? Refuse(AwsRequest request, in AccessQuestion question)
    {
        ArgumentNullException.ThrowIfNull(request);
        var decision = Decide(request, question);
        return decision.IsAllowed ? null
            : new AwsError(403, "AccessDeniedException", decision.Message(request.Caller.PrincipalArn, question.Action, question.Resource))
            {
                MessageName = "Message",
            };
    }

    /// <summary>The answer itself, for a service that has words of its own.</summary>
    /// <inheritdoc cref="Refuse"/>
    public AccessDecision Decide(AwsRequest request, in AccessQuestion question)
    {
        ArgumentNullException.ThrowIfNull(request);
        var caller = request.Caller;
        var policy = question.Policy?.Invoke();
        if (IsRoot(caller) && policy?.HasDeny != true && IsOf(caller.AccountId, question))
        {
            return AccessDecision.Allowed;
        }

        var identity = caller.PrincipalArn is null ? PrincipalPolicies.None : identities.Of(caller);
        var principal = caller.PrincipalArn is null ? Principal.Nobody : Principal.OfArn(caller.PrincipalArn, identity.IssuerArn);
        var asked = new AccessRequest(principal, question.Action, question.Resource, new RequestContext());
        asked = question.Owner is { } owner ? asked with { ResourceAccount = owner } : asked;
        AddFacts(asked, request, identity);
        question.AddKeys?.Invoke(asked.Context);
        return AccessEvaluation.Decide(asked, identity, policy, question.MustBeNamed);
    }

    /// <summary>A resource without an account in its name is the caller's own.</summary>
    private static bool IsOf(string account, in AccessQuestion question) =>
        (question.Owner ?? Arns.AccountOf(question.Resource)) is var owner && (owner.Length == 0 || owner == account);

    private void AddFacts(AccessRequest asked, AwsRequest request, PrincipalPolicies identity)
    {
        var (principal, now) = (asked.Principal, clock.GetUtcNow());
        asked.Context
            .With("aws:CurrentTime", now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .With("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
            .With("aws:RequestedRegion", region)
            .With("aws:ResourceAccount", asked.ResourceAccount.Length == 0 ? null : asked.ResourceAccount)
            .With("aws:SecureTransport", request.IsHttps ? "true" : "false")
            .With("aws:SourceIp", request.SourceIp)
            .With("aws:UserAgent", request.UserAgent)
            .With("aws:ViaAWSService", "false")
            .With("aws:PrincipalIsAWSService", "false")
            .With("aws:PrincipalType", TypeOf(principal.Kind));
        if (principal.Kind != PrincipalKind.Anonymous)
        {
            asked.Context
                .With("aws:PrincipalArn", principal.Kind == PrincipalKind.RoleSession ? principal.IssuerArn : principal.Arn)
                .With("aws:PrincipalAccount", principal.Account)
                .With("aws:userid", request.Caller.PrincipalId)
                .With("aws:username", identity.UserName)
                .With("aws:SourceIdentity", request.Caller.Session?.SourceIdentity)
                .WithAll("aws:PrincipalTag/", identity.Tags);
        }
    }

    private static string TypeOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.Root => "Account",
        PrincipalKind.RoleSession => "AssumedRole",
        _ => kind.ToString(),
    };

    private sealed class NoPrincipals : IPrincipalPolicies
    {
        public PrincipalPolicies Of(in AccessKey caller) => PrincipalPolicies.None;
    }
}

/// <summary>What a caller wants to do. What costs something to find out is a function, asked only when it is needed.</summary>
/// <param name="Action">For example <c>lambda:InvokeFunction</c>.</param>
/// <param name="Resource">An ARN, or <c>*</c>.</param>
/// <param name="Policy">Of the resource; null if such resources have none, or to answer null if this one has none.</param>
/// <param name="AddKeys">Adds the condition keys of the service.</param>
public readonly record struct AccessQuestion(
    string Action, string Resource, Func<Policy?>? Policy = null, Action<RequestContext>? AddKeys = null)
{
    /// <summary>The account that the resource is in, if its ARN does not say.</summary>
    public string? Owner { get; init; }

    /// <summary>The resource's policy must allow even within the account: a role's trust policy.</summary>
    public bool MustBeNamed { get; init; }
}

/// <summary>Stored policies, each read once for as long as its text is kept.</summary>
public static class ParsedPolicies
{
    private static readonly ConditionalWeakTable<string, Policy> Known = [];

    /// <summary>The policy of a resource, as this program stored it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static Policy Of(string text) => Known.GetValue(text, static stored =>
        Policy.TryParse(stored, PolicyKind.Resource, out var policy, out var fault)
            ? policy : throw new InvalidDataException($"A stored policy cannot be read: {fault}"));
}
