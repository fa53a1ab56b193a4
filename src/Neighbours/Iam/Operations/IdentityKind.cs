using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>One of the three kinds that policies are attached to, with what differs between them.</summary>
/// <param name="Title">As parameters and operations have it, <c>User</c>.</param>
/// <param name="InlineBytesAtMost">All inline policies of one together, without white space.</param>
/// <param name="Find">The identity of this name, or null.</param>
internal sealed record IdentityKind(string Title, int InlineBytesAtMost, Func<IamAccount, string, IamIdentity?> Find)
{
    internal static readonly IdentityKind
        User = new("User", 2048, (account, name) => account.Users.GetValueOrDefault(name)),
        Group = new("Group", 5120, (account, name) => account.Groups.GetValueOrDefault(name)),
        Role = new("Role", 10_240, (account, name) => account.Roles.GetValueOrDefault(name));

    internal static IReadOnlyList<IdentityKind> All { get; } = [User, Group, Role];

    internal string Word => Title.ToLowerInvariant();

    /// <summary>The identity that the request names. All other parameters must have been read.</summary>
    internal AwsError? Missing(IamAccount account, IamRequest request, string name, out IamIdentity found)
    {
        found = Find(account, name)!;
        return request.Fault ?? (found is null ? IamErrors.NoSuch(Word, name) : null);
    }

    internal string NameIn(IamRequest request) => request.Query.Name($"{Title}Name", IamRequest.ExistingNameAtMost);
}
