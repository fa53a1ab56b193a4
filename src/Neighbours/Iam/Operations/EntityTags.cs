using System.Collections.Immutable;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>Tags of users, roles and managed policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html</summary>
internal static class EntityTags
{
    private delegate AwsError? Finder(IamAccount account, IamRequest request, bool toChange, out IamEntity found);

    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        from kind in (IEnumerable<(string Title, Finder Find)>)
        [
            ("User", (IamAccount account, IamRequest request, bool _, out IamEntity found) => Find(IdentityKind.User, account, request, out found)),
            ("Role", (IamAccount account, IamRequest request, bool _, out IamEntity found) => Find(IdentityKind.Role, account, request, out found)),
            ("Policy", FindPolicy),
        ]
        from operation in (IEnumerable<(string, IamOperation)>)
        [
            ($"Tag{kind.Title}", (account, request) => Tag(kind.Title, kind.Find, account, request)),
            ($"Untag{kind.Title}", (account, request) => Untag(kind.Find, account, request)),
            ($"List{kind.Title}Tags", (account, request) => List(kind.Find, account, request)),
        ]
        select operation;

    private static IamOutcome Tag(string title, Finder find, IamAccount account, IamRequest request)
    {
        var added = request.Tags();
        if (find(account, request, true, out var entity) is { } error)
        {
            return error;
        }

        // Keys have no case: the new spelling replaces the old.
        var tags = entity.Tags.RemoveRange(entity.Tags.Keys.Where(k => added.Keys.Contains(k, StringComparer.OrdinalIgnoreCase))).AddRange(added);
        return tags.Count > IamRequest.TagsAtMost
            ? IamErrors.Quota($"TagsPer{title}", IamRequest.TagsAtMost)
            : account.With(entity with { Tags = tags });
    }

    private static IamOutcome Untag(Finder find, IamAccount account, IamRequest request)
    {
        var keys = request.Query.List("TagKeys");
        return find(account, request, true, out var entity) is { } error
            ? error
            : account.With(entity with { Tags = entity.Tags.RemoveRange(entity.Tags.Keys.Where(k => keys.Contains(k, StringComparer.OrdinalIgnoreCase)).ToImmutableArray()) });
    }

    private static IamOutcome List(Finder find, IamAccount account, IamRequest request) =>
        find(account, request, false, out var entity) is { } error ? error : request.Listed("Tags", entity.Tags, t => t.Key, IamViews.Tag);

    private static AwsError? Find(IdentityKind kind, IamAccount account, IamRequest request, out IamEntity found)
    {
        var error = kind.Missing(account, request, kind.NameIn(request), out var identity);
        found = identity;
        return error;
    }

    private static AwsError? FindPolicy(IamAccount account, IamRequest request, bool toChange, out IamEntity found)
    {
        var error = ManagedPolicies.Missing(account, request, out var policy, toChange);
        found = policy;
        return error;
    }
}
