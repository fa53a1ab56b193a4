using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and its neighbours.</summary>
internal static class Users
{
    private const int UsersAtMost = 5000, NameAtMost = 64;

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        [("CreateUser", Create), ("GetUser", Get), ("ListUsers", List), ("UpdateUser", Update), ("DeleteUser", Delete)];

    /// <summary>The user that is named, or that calls.</summary>
    internal static string NameOrCaller(IamRequest request)
    {
        if (request.Query.OptionalName("UserName", IamRequest.ExistingNameAtMost) is { } named)
        {
            return named;
        }

        const string Mark = ":user/";
        var caller = request.Query.Caller.PrincipalArn;
        if (caller.Contains(Mark, StringComparison.Ordinal))
        {
            return caller[(caller.LastIndexOf('/') + 1)..];
        }

        request.Query.Refuse(QueryErrors.Validation("Must specify userName when calling with non-User credentials"));
        return "";
    }

    private static IamOutcome Create(IamAccount account, IamRequest request)
    {
        var name = request.Query.Name("UserName", NameAtMost);
        var (path, tags) = (request.Path(), request.Tags());
        var boundary = Boundaries.Wanted(account, request);
        if (request.Fault is { } fault)
        {
            return fault;
        }

        if (account.Users.ContainsKey(name))
        {
            return IamErrors.Exists("user", name);
        }

        if (account.Users.Count >= UsersAtMost)
        {
            return IamErrors.Quota("UsersPerAccount", UsersAtMost);
        }

        var user = new IamUser
        {
            Name = name, Path = path, Id = IamIds.NewId("AIDA"), Created = request.Now, Tags = tags, Boundary = boundary,
        };
        return (account.With(user), IamViews.User(account, user, inFull: true));
    }

    private static IamOutcome Get(IamAccount account, IamRequest request)
    {
        var caller = request.Query.Caller;
        if (request.Query.Value("UserName") is null && caller.PrincipalArn == $"arn:aws:iam::{account.Id}:root")
        {
            return new XElement[] { new("User", new XElement("UserId", account.Id), new XElement("Arn", caller.PrincipalArn), new XElement("CreateDate", IamViews.Time(default))) };
        }

        return IdentityKind.User.Missing(account, request, NameOrCaller(request), out var user) is { } error
            ? error
            : new XElement[] { IamViews.User(account, (IamUser)user, inFull: true) };
    }

    private static IamOutcome List(IamAccount account, IamRequest request)
    {
        var prefix = request.PathPrefix();
        return request.Listed(
            "Users", account.Users.Values.Where(u => u.Path.StartsWith(prefix, StringComparison.Ordinal)), u => u.Name, u => IamViews.User(account, u, "member"));
    }

    private static IamOutcome Update(IamAccount account, IamRequest request)
    {
        var name = IdentityKind.User.NameIn(request);
        var newName = request.Query.OptionalName("NewUserName", NameAtMost);
        var newPath = request.Query.Value("NewPath") is null ? null : request.Path("NewPath");
        if (IdentityKind.User.Missing(account, request, name, out var found) is { } error)
        {
            return error;
        }

        var user = (IamUser)found;
        var renamed = user with { Name = newName ?? user.Name, Path = newPath ?? user.Path };
        if (!string.Equals(renamed.Name, user.Name, StringComparison.OrdinalIgnoreCase) && account.Users.ContainsKey(renamed.Name))
        {
            return IamErrors.Exists("user", renamed.Name);
        }

        var groups = account.GroupsOf(user).Select(g => g with { Members = g.Members.Remove(user.Name).Add(renamed.Name) });
        return groups.Aggregate(account.Without(user).With(renamed), (next, group) => next.With(group));
    }

    private static IamOutcome Delete(IamAccount account, IamRequest request)
    {
        if (IdentityKind.User.Missing(account, request, IdentityKind.User.NameIn(request), out var found) is { } error)
        {
            return error;
        }

        var user = (IamUser)found;
        var obstacle = Deletion.Obstacle(user)
            ?? (user.Keys.Length > 0 ? IamErrors.Conflict("Cannot delete entity, must delete access keys first.")
                : account.GroupsOf(user).Any() ? IamErrors.Conflict("Cannot delete entity, must remove users from group first.")
                : null);
        return obstacle is null ? account.Without(user) : obstacle;
    }
}
