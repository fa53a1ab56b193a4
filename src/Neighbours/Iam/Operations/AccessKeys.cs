using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html and its neighbours.</summary>
internal static class AccessKeys
{
    private const int KeysAtMost = 2, IdAtMost = 128, IdLeast = 16;

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        [("CreateAccessKey", Create), ("ListAccessKeys", List), ("UpdateAccessKey", Update), ("DeleteAccessKey", Delete)];

    private static IamOutcome Create(IamAccount account, IamRequest request)
    {
        if (IdentityKind.User.Missing(account, request, Users.NameOrCaller(request), out var found) is { } error)
        {
            return error;
        }

        var user = (IamUser)found;
        if (user.Keys.Length >= KeysAtMost)
        {
            return IamErrors.Quota("AccessKeysPerUser", KeysAtMost);
        }

        var key = new UserKey(IamIds.NewKeyId("AKIA", account.Id), IamIds.NewSecret(), IsActive: true, request.Now);
        return (account.With(user with { Keys = user.Keys.Add(key) }), IamViews.AccessKey(user, key, "AccessKey", withSecret: true));
    }

    private static IamOutcome List(IamAccount account, IamRequest request)
    {
        if (IdentityKind.User.Missing(account, request, Users.NameOrCaller(request), out var found) is { } error)
        {
            return error;
        }

        var user = (IamUser)found;
        return request.Listed("AccessKeyMetadata", user.Keys, k => k.Id, k => IamViews.AccessKey(user, k, "member", withSecret: false));
    }

    private static IamOutcome Update(IamAccount account, IamRequest request)
    {
        var status = request.Query.Choice("Status", "Active", "Inactive", "Expired");
        if (status is null)
        {
            request.Query.Required("Status", IdAtMost);
        }
        else if (status == "Expired")
        {
            request.Query.Refuse(QueryErrors.Validation("Invalid access key status: Expired"));
        }

        return Change(account, request, (user, key) => user.Keys.Replace(key, key with { IsActive = status == "Active" }));
    }

    private static IamOutcome Delete(IamAccount account, IamRequest request) => Change(account, request, (user, key) => user.Keys.Remove(key));

    private static IamOutcome Change(
        IamAccount account, IamRequest request, Func<IamUser, UserKey, System.Collections.Immutable.ImmutableArray<UserKey>> change)
    {
        var id = request.Query.Required("AccessKeyId", IdAtMost, IdLeast);
        if (IdentityKind.User.Missing(account, request, Users.NameOrCaller(request), out var found) is { } error)
        {
            return error;
        }

        var user = (IamUser)found;
        return user.Keys.FirstOrDefault(k => k.Id == id) is { } key
            ? account.With(user with { Keys = change(user, key) })
            : IamErrors.NoSuchEntity($"The Access Key with id {id} cannot be found.");
    }
}
