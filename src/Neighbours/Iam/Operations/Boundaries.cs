using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>Permissions boundaries of users and roles. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html</summary>
internal static class Boundaries
{
    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        from kind in (IdentityKind[])[IdentityKind.User, IdentityKind.Role]
        from operation in (IEnumerable<(string, IamOperation)>)
        [
            ($"Put{kind.Title}PermissionsBoundary", (account, request) => Put(kind, account, request)),
            ($"Delete{kind.Title}PermissionsBoundary", (account, request) => Delete(kind, account, request)),
        ]
        select operation;

    /// <summary>The boundary of something new, or null. It must be a policy that is there.</summary>
    internal static string? Wanted(IamAccount account, IamRequest request)
    {
        if (request.Query.Value("PermissionsBoundary") is null)
        {
            return null;
        }

        var arn = request.Arn("PermissionsBoundary");
        if (account.Policy(arn) is null)
        {
            request.Query.Refuse(IamErrors.NoSuchEntity($"Scope ARN: {arn} does not exist or is not attachable."));
        }

        return arn;
    }

    private static IamOutcome Put(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var name = kind.NameIn(request);
        request.Arn("PermissionsBoundary");
        var boundary = Wanted(account, request);
        return kind.Missing(account, request, name, out var identity) is { } error ? error : account.With(identity with { Boundary = boundary });
    }

    private static IamOutcome Delete(IdentityKind kind, IamAccount account, IamRequest request) =>
        kind.Missing(account, request, kind.NameIn(request), out var identity) is { } error ? error
        : identity.Boundary is null ? IamErrors.NoSuchEntity($"{kind.Title} {identity.Name} does not have a permissions boundary.")
        : account.With(identity with { Boundary = null });
}
