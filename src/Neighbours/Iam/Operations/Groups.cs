using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html and its neighbours.</summary>
internal static class Groups
{
    private const int GroupsAtMost = 300, GroupsPerUserAtMost = 10, NameAtMost = 128;

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
    [
        ("CreateGroup", Create), ("GetGroup", Get), ("ListGroups", List), ("UpdateGroup", Update), ("DeleteGroup", Delete),
        ("AddUserToGroup", (account, request) => ChangeMembers(account, request, adds: true)),
        ("RemoveUserFromGroup", (account, request) => ChangeMembers(account, request, adds: false)),
        ("ListGroupsForUser", ListForUser),
    ];

    private static IamOutcome Create(IamAccount account, IamRequest request)
    {
        var (name, path) = (request.Query.Name("GroupName", NameAtMost), request.Path());
        if (request.Fault is { } fault)
        {
            return fault;
        }

        if (account.Groups.ContainsKey(name))
        {
            return IamErrors.Exists("group", name);
        }

        if (account.Groups.Count >= GroupsAtMost)
        {
            return IamErrors.Quota("GroupsPerAccount", GroupsAtMost);
        }

        var group = new IamGroup { Name = name, Path = path, Id = IamIds.NewId("AGPA"), Created = request.Now };
        return (account.With(group), IamViews.Group(account, group));
    }

    private static IamOutcome Get(IamAccount account, IamRequest request)
    {
        if (IdentityKind.Group.Missing(account, request, IdentityKind.Group.NameIn(request), out var found) is { } error)
        {
            return error;
        }

        var group = (IamGroup)found;
        var members = request.Page("Users", group.Members.Select(m => account.Users[m]), u => u.Name, u => IamViews.User(account, u, "member"));
        return request.Fault is { } fault ? fault : (XElement[])[IamViews.Group(account, group), .. members];
    }

    private static IamOutcome List(IamAccount account, IamRequest request)
    {
        var prefix = request.PathPrefix();
        return request.Listed(
            "Groups", account.Groups.Values.Where(g => g.Path.StartsWith(prefix, StringComparison.Ordinal)), g => g.Name, g => IamViews.Group(account, g, "member"));
    }

    private static IamOutcome Update(IamAccount account, IamRequest request)
    {
        var name = IdentityKind.Group.NameIn(request);
        var newName = request.Query.OptionalName("NewGroupName", NameAtMost);
        var newPath = request.Query.Value("NewPath") is null ? null : request.Path("NewPath");
        if (IdentityKind.Group.Missing(account, request, name, out var group) is { } error)
        {
            return error;
        }

        var renamed = group with { Name = newName ?? group.Name, Path = newPath ?? group.Path };
        return !string.Equals(renamed.Name, group.Name, StringComparison.OrdinalIgnoreCase) && account.Groups.ContainsKey(renamed.Name)
            ? IamErrors.Exists("group", renamed.Name)
            : account.Without(group).With(renamed);
    }

    private static IamOutcome Delete(IamAccount account, IamRequest request)
    {
        if (IdentityKind.Group.Missing(account, request, IdentityKind.Group.NameIn(request), out var group) is { } error)
        {
            return error;
        }

        return ((IamGroup)group).Members.IsEmpty
            ? Deletion.Obstacle(group) is { } obstacle ? obstacle : account.Without(group)
            : IamErrors.Conflict("Cannot delete entity, must remove users from group first.");
    }

    private static IamOutcome ChangeMembers(IamAccount account, IamRequest request, bool adds)
    {
        var (groupName, userName) = (IdentityKind.Group.NameIn(request), IdentityKind.User.NameIn(request));
        if ((IdentityKind.Group.Missing(account, request, groupName, out var found)
            ?? IdentityKind.User.Missing(account, request, userName, out _)) is { } error)
        {
            return error;
        }

        var (group, user) = ((IamGroup)found, account.Users[userName]);
        if (adds && !group.Members.Contains(user.Name) && account.GroupsOf(user).Count() >= GroupsPerUserAtMost)
        {
            return IamErrors.Quota("GroupsPerUser", GroupsPerUserAtMost);
        }

        return !adds && !group.Members.Contains(user.Name)
            ? IamErrors.NoSuchEntity($"User {user.Name} not in group {group.Name}")
            : account.With(group with { Members = adds ? group.Members.Add(user.Name) : group.Members.Remove(user.Name) });
    }

    private static IamOutcome ListForUser(IamAccount account, IamRequest request) =>
        IdentityKind.User.Missing(account, request, IdentityKind.User.NameIn(request), out var user) is { } error
            ? error
            : request.Listed("Groups", account.GroupsOf((IamUser)user), g => g.Name, g => IamViews.Group(account, g, "member"));
}
