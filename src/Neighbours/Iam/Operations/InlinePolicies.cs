using System.Xml.Linq;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>Policies that are a part of a user, group or role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html</summary>
internal static class InlinePolicies
{
    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
        from kind in IdentityKind.All
        from operation in (IEnumerable<(string, IamOperation)>)
        [
            ($"Put{kind.Title}Policy", (account, request) => Put(kind, account, request)),
            ($"Get{kind.Title}Policy", (account, request) => Get(kind, account, request)),
            ($"List{kind.Title}Policies", (account, request) => List(kind, account, request)),
            ($"Delete{kind.Title}Policy", (account, request) => Delete(kind, account, request)),
        ]
        select operation;

    private static IamOutcome Put(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var (name, policy, document) = (kind.NameIn(request), PolicyIn(request), request.Document());
        if ((kind.Missing(account, request, name, out var identity) ?? PolicyDocuments.FaultOf(document, PolicyKind.Inline)) is { } error)
        {
            return error;
        }

        var next = identity with { Inline = identity.Inline.SetItem(policy, document) };
        return next.Inline.Values.Sum(PolicyDocuments.Size) > kind.InlineBytesAtMost
            ? IamErrors.Limit($"Maximum policy size of {kind.InlineBytesAtMost} bytes exceeded for {kind.Word} {identity.Name}")
            : account.With(next);
    }

    private static IamOutcome Get(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var (name, policy) = (kind.NameIn(request), PolicyIn(request));
        if (kind.Missing(account, request, name, out var identity) is { } error)
        {
            return error;
        }

        return identity.Inline.TryGetValue(policy, out var document)
            ? (XElement[])
            [
                new($"{kind.Title}Name", identity.Name), new("PolicyName", policy), new("PolicyDocument", Uri.EscapeDataString(document)),
            ]
            : IamErrors.NoSuch($"{kind.Word} policy", policy);
    }

    private static IamOutcome List(IdentityKind kind, IamAccount account, IamRequest request) =>
        kind.Missing(account, request, kind.NameIn(request), out var identity) is { } error
            ? error
            : request.Listed("PolicyNames", identity.Inline.Keys, n => n, n => new XElement("member", n));

    private static IamOutcome Delete(IdentityKind kind, IamAccount account, IamRequest request)
    {
        var (name, policy) = (kind.NameIn(request), PolicyIn(request));
        return kind.Missing(account, request, name, out var identity) is { } error ? error
            : identity.Inline.ContainsKey(policy) ? account.With(identity with { Inline = identity.Inline.Remove(policy) })
            : IamErrors.NoSuch($"{kind.Word} policy", policy);
    }

    private static string PolicyIn(IamRequest request) => request.Query.Name("PolicyName", 128);
}
