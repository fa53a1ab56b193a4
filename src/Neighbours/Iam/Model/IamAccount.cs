using System.Collections.Immutable;

namespace Lambent.Neighbours.Iam.Model;

/// <summary>All that one account has in IAM, as one value: an operation makes the next from it.</summary>
/// <param name="Id">Twelve digits.</param>
internal sealed record IamAccount(string Id)
{
    public ImmutableSortedDictionary<string, IamUser> Users { get; init; } = None<IamUser>();

    public ImmutableSortedDictionary<string, IamGroup> Groups { get; init; } = None<IamGroup>();

    public ImmutableSortedDictionary<string, IamRole> Roles { get; init; } = None<IamRole>();

    public ImmutableSortedDictionary<string, ManagedPolicy> Policies { get; init; } = None<ManagedPolicy>();

    public IEnumerable<IamIdentity> Identities => [.. Users.Values, .. Groups.Values, .. Roles.Values];

    /// <summary>The entity of the same name and kind is replaced.</summary>
    public IamAccount With(IamEntity entity) => entity switch
    {
        IamUser user => this with { Users = Users.SetItem(user.Name, user) },
        IamGroup group => this with { Groups = Groups.SetItem(group.Name, group) },
        IamRole role => this with { Roles = Roles.SetItem(role.Name, role) },
        ManagedPolicy policy => this with { Policies = Policies.SetItem(policy.Name, policy) },
        _ => throw new ArgumentOutOfRangeException(nameof(entity)),
    };

    public IamAccount Without(IamEntity entity) => entity switch
    {
        IamUser user => this with { Users = Users.Remove(user.Name) },
        IamGroup group => this with { Groups = Groups.Remove(group.Name) },
        IamRole role => this with { Roles = Roles.Remove(role.Name) },
        ManagedPolicy policy => this with { Policies = Policies.Remove(policy.Name) },
        _ => throw new ArgumentOutOfRangeException(nameof(entity)),
    };

    /// <summary>A managed policy, the account's own or one of AWS's; null if there is none of this ARN.</summary>
    public ManagedPolicy? Policy(string arn) =>
        AwsManagedPolicies.Find(arn)
        ?? (Policies.GetValueOrDefault(arn[(arn.LastIndexOf('/') + 1)..]) is { } own && own.Arn(Id) == arn ? own : null);

    /// <summary>The role of this ARN, or null.</summary>
    public IamRole? Role(string arn) =>
        Roles.GetValueOrDefault(arn[(arn.LastIndexOf('/') + 1)..]) is { } role && role.Arn(Id) == arn ? role : null;

    public IEnumerable<IamGroup> GroupsOf(IamUser user) => Groups.Values.Where(g => g.Members.Contains(user.Name));

    /// <summary>Who the policy is attached to.</summary>
    public int Attachments(string arn) => Identities.Count(i => i.Attached.Contains(arn));

    /// <summary>Whose boundary it is.</summary>
    public int Boundaries(string arn) => Identities.Count(i => i.Boundary == arn);

    internal static ImmutableSortedDictionary<string, T> None<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.OrdinalIgnoreCase);
}
