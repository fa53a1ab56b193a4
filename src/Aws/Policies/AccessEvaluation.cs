using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>
/// AWS's policy evaluation logic, without organizations: 1. an explicit deny anywhere ends it, 2. within an account the resource's
/// policy or the identity's is enough, 3. between accounts both must allow, 4. boundary and session policies limit what the identity
/// may. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
/// </summary>
public static class AccessEvaluation
{
    /// <summary>Decides.</summary>
    /// <param name="request">The question.</param>
    /// <param name="identity">What the principal brings; a root needs nothing, services and strangers have nothing.</param>
    /// <param name="resource">The policy of the resource, or null.</param>
    /// <param name="mustBeNamed">The resource's policy must allow even within the account: a role's trust policy.</param>
    public static AccessDecision Decide(AccessRequest request, PrincipalPolicies identity, Policy? resource, bool mustBeNamed = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(identity);
        var ofResource = resource?.Evaluate(request) ?? (Verdict.ImplicitDeny, PrincipalMatch.None);
        if (request.Principal.Kind is PrincipalKind.Service or PrincipalKind.Anonymous)
        {
            return Of(ofResource.Verdict, PolicySource.ResourceBased);
        }

        var limits = new Limits(request, identity);
        if ((limits.Denial ?? Denial(ofResource.Verdict, PolicySource.ResourceBased)) is { } denied)
        {
            return denied;
        }

        var isAtHome = request.Principal.Account == request.ResourceAccount;
        if (isAtHome && Grants(request.Principal, ofResource.Names, limits))
        {
            return AccessDecision.Allowed;
        }

        var own = limits.Decide();
        return own.IsAllowed && (!isAtHome || mustBeNamed) ? Of(ofResource.Verdict, PolicySource.ResourceBased) : own;
    }

    /// <summary>
    /// Whether a policy of a resource in the same account lets its principal in by itself. Naming the account does not: that
    /// leaves it to the account. Naming a role is limited by what limits the role, naming a user or a session by nothing.
    /// </summary>
    private static bool Grants(Principal principal, PrincipalMatch names, Limits limits) =>
        (names & PrincipalMatch.Itself) != 0
        || ((names & (PrincipalMatch.Issuer | PrincipalMatch.Anyone)) != 0 && (principal.Kind == PrincipalKind.User || limits.AreOpen));

    private static AccessDecision Of(Verdict verdict, PolicySource source) =>
        verdict == Verdict.Allow ? AccessDecision.Allowed : new AccessDecision(verdict, source);

    private static AccessDecision? Denial(Verdict verdict, PolicySource source) =>
        verdict == Verdict.ExplicitDeny ? new AccessDecision(verdict, source) : null;

    /// <summary>The identity's side: its own policies, its boundary, its session's.</summary>
    private readonly struct Limits
    {
        private readonly Verdict identity, boundary, session;

        internal Limits(AccessRequest request, PrincipalPolicies policies)
        {
            var isRoot = request.Principal.Kind == PrincipalKind.Root;
            identity = isRoot ? Verdict.Allow : Evaluate(policies.Identity, request);
            boundary = isRoot || policies.Boundary is null ? Verdict.Allow : policies.Boundary.Evaluate(request).Verdict;
            session = isRoot || policies.Session.IsEmpty ? Verdict.Allow : Evaluate(policies.Session, request);
        }

        /// <summary>The first of them that denies explicitly.</summary>
        internal AccessDecision? Denial =>
            AccessEvaluation.Denial(identity, PolicySource.IdentityBased)
            ?? AccessEvaluation.Denial(boundary, PolicySource.PermissionsBoundary)
            ?? AccessEvaluation.Denial(session, PolicySource.Session);

        /// <summary>Neither boundary nor session stands in the way.</summary>
        internal bool AreOpen => boundary == Verdict.Allow && session == Verdict.Allow;

        internal AccessDecision Decide() =>
            identity != Verdict.Allow ? Of(identity, PolicySource.IdentityBased)
            : boundary != Verdict.Allow ? Of(boundary, PolicySource.PermissionsBoundary)
            : Of(session, PolicySource.Session);

        private static Verdict Evaluate(ImmutableArray<Policy> policies, AccessRequest request)
        {
            var verdict = Verdict.ImplicitDeny;
            foreach (var policy in policies)
            {
                var one = policy.Evaluate(request).Verdict;
                if (one == Verdict.ExplicitDeny)
                {
                    return one;
                }

                verdict = one == Verdict.Allow ? one : verdict;
            }

            return verdict;
        }
    }
}
