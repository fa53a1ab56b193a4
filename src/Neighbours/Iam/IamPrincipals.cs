using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// The policies of whoever signs requests. What was read is kept with the state of the account that it came from: a change of the
/// account makes a new state, which begins with nothing read.
/// </summary>
public sealed class IamPrincipals(IamStore store) : IPrincipalPolicies
{
    /// <summary>Callers of an account whose policies are kept ready. Full, it starts over empty.</summary>
    private const int Capacity = 4096;

    /// <summary>A session that was limited by policies which are gone stays limited: it may do nothing.</summary>
    private static readonly Policy Nothing = new() { Version = Policy.CurrentVersion, Statements = [] };

    private readonly ConditionalWeakTable<IamAccount, ConcurrentDictionary<string, PrincipalPolicies>> ready = [];

    /// <inheritdoc/>
    public PrincipalPolicies Of(in AccessKey caller)
    {
        var account = store.Of(caller.AccountId);
        var read = ready.GetOrCreateValue(account);
        if (!read.TryGetValue(caller.AccessKeyId, out var policies))
        {
            if (read.Count >= Capacity)
            {
                read.Clear();
            }

            policies = read[caller.AccessKeyId] = Read(account, caller);
        }

        return policies;
    }

    /// <summary>The policies of a user, group or role as such, by its ARN; null if there is none.</summary>
    internal static PrincipalPolicies? OfIdentity(IamAccount account, string arn) =>
        account.Identities.FirstOrDefault(i => i.Arn(account.Id) == arn) is { } identity ? OfIdentity(account, identity) : null;

    /// <summary>What the policies of a user, group or role are called, in the order of <see cref="PrincipalPolicies.Identity"/>.</summary>
    internal static IEnumerable<string> NamesOf(IamAccount account, string arn) =>
        account.Identities.Where(i => i.Arn(account.Id) == arn).SelectMany(i => Sources(account, i))
            .SelectMany(s => s.Inline.Keys.Concat(s.Attached.Select(account.Policy).OfType<ManagedPolicy>().Select(p => p.Name)));

    private static IamIdentity[] Sources(IamAccount account, IamIdentity identity) =>
        identity is IamUser user ? [user, .. account.GroupsOf(user)] : [identity];

    private static PrincipalPolicies Read(IamAccount account, in AccessKey caller)
    {
        var session = caller.Session;
        if (session?.RoleArn is { } roleArn)
        {
            var role = account.Role(roleArn);
            var isThat = role is not null && caller.PrincipalId.StartsWith(role.Id + ":", StringComparison.Ordinal);
            return (isThat ? OfIdentity(account, role!) : PrincipalPolicies.None) with
            {
                IssuerArn = roleArn,
                Session = session.Policies.IsEmpty && session.PolicyArns.IsEmpty ? [] : [Nothing, .. PoliciesOf(account, session.Policies, session.PolicyArns)],
                Tags = (isThat ? role!.Tags.ToImmutableDictionary() : ImmutableDictionary<string, string>.Empty).SetItems(session.Tags),
            };
        }

        var id = caller.PrincipalId;
        var user = account.Users.Values.FirstOrDefault(u => u.Id == id);
        return user is null ? PrincipalPolicies.None : OfIdentity(account, user);
    }

    private static PrincipalPolicies OfIdentity(IamAccount account, IamIdentity identity) => new()
    {
        Identity = [.. Sources(account, identity).SelectMany(s => PoliciesOf(account, s.Inline.Values, s.Attached))],
        Boundary = identity.Boundary is { } arn && account.Policy(arn) is { } boundary ? PolicyDocuments.Read(boundary.Document, PolicyKind.Managed) : null,
        Tags = identity.Tags.ToImmutableDictionary(),
        UserName = (identity as IamUser)?.Name,
        IssuerArn = identity is IamRole ? identity.Arn(account.Id) : null,
    };

    private static IEnumerable<Policy> PoliciesOf(IamAccount account, IEnumerable<string> documents, IEnumerable<string> arns) =>
    [
        .. documents.Select(d => PolicyDocuments.Read(d, PolicyKind.Inline)),
        .. arns.Select(account.Policy).OfType<ManagedPolicy>().Select(p => PolicyDocuments.Read(p.Document, PolicyKind.Managed)),
    ];
}
