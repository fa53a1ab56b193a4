using System.Collections.Immutable;
using System.Xml.Linq;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>
/// What policies would say, of a principal that is there or as the caller brings them.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
/// </summary>
internal static class Simulation
{
    internal static IEnumerable<(string Name, IamOperation Run)> Operations =>
    [
        ("SimulatePrincipalPolicy", OfPrincipal), ("SimulateCustomPolicy", OfDocuments),
        ("GetContextKeysForPrincipalPolicy", KeysOfPrincipal), ("GetContextKeysForCustomPolicy", KeysOfDocuments),
    ];

    private static IamOutcome OfPrincipal(IamAccount account, IamRequest request)
    {
        var source = request.Arn("PolicySourceArn");
        var policies = IamPrincipals.OfIdentity(account, source);
        if (request.Fault is null && policies is null)
        {
            return NoSuch(source);
        }

        var more = Documents(request, "PolicyInputList");
        var all = (policies ?? PrincipalPolicies.None) with { Identity = [.. policies?.Identity ?? [], .. more] };
        return Run(account, request, source, all, [.. IamPrincipals.NamesOf(account, source), .. InputNames(more.Length)]);
    }

    private static IamOutcome OfDocuments(IamAccount account, IamRequest request)
    {
        var documents = Documents(request, "PolicyInputList");
        return Run(
            account, request, request.Query.Value("CallerArn") ?? $"arn:aws:iam::{account.Id}:user/simulated",
            new PrincipalPolicies { Identity = documents }, [.. InputNames(documents.Length)]);
    }

    private static IamOutcome KeysOfPrincipal(IamAccount account, IamRequest request)
    {
        var source = request.Arn("PolicySourceArn");
        var policies = IamPrincipals.OfIdentity(account, source);
        return request.Fault is null && policies is null
            ? NoSuch(source)
            : Keys([.. policies?.Identity ?? [], .. Documents(request, "PolicyInputList")]);
    }

    private static IamOutcome KeysOfDocuments(IamAccount account, IamRequest request) => Keys(Documents(request, "PolicyInputList"));

    private static IamOutcome Keys(ImmutableArray<Policy> policies) => new XElement[]
    {
        new(
            "ContextKeyNames",
            policies.SelectMany(p => p.ContextKeys).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).Select(k => new XElement("member", k))),
    };

    private static IamOutcome NoSuch(string source)
    {
        var name = source.Contains('/', StringComparison.Ordinal) ? source[(source.LastIndexOf('/') + 1)..] : source;
        return IamErrors.NoSuch(source.Contains(":role/", StringComparison.Ordinal) ? "role" : source.Contains(":group/", StringComparison.Ordinal) ? "group" : "user", name);
    }

    private static IEnumerable<string> InputNames(int count) => Enumerable.Range(1, count).Select(i => $"PolicyInputList.{i}");

    /// <param name="account">Whose roles and users there are.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="principal">Who would ask.</param>
    /// <param name="policies">What that one brings.</param>
    /// <param name="names">Of its identity's policies.</param>
    private static IamOutcome Run(IamAccount account, IamRequest request, string principal, PrincipalPolicies policies, string[] names)
    {
        if (Documents(request, "PermissionsBoundaryPolicyInputList") is [var boundary, ..])
        {
            policies = policies with { Boundary = boundary };
        }

        var actions = request.Query.List("ActionNames");
        if (actions.Count == 0)
        {
            request.Query.Required("ActionNames", 128);
        }

        var resourcePolicy = request.Query.Value("ResourcePolicy") is { } document ? Document(request, document, PolicyKind.Resource) : null;
        var caller = request.Query.Value("CallerArn") ?? principal;
        var owner = AccountIn(request.Query.Value("ResourceOwner") ?? caller);
        var resources = request.Query.List("ResourceArns") is { Count: > 0 } named ? named : ["*"];
        var questions =
            from action in actions
            from resource in resources
            select new AccessRequest(Principal.OfArn(caller), action, resource, ContextOf(account, request, principal, policies)) { ResourceAccount = owner };
        return request.Listed(
            "EvaluationResults", questions.Select((q, i) => (Question: q, At: $"{i:d6}")), q => q.At, q => Result(q.Question, policies, names, resourcePolicy));
    }

    private static string AccountIn(string arnOrAccount) => arnOrAccount.Split(':') is [_, _, _, _, var account, ..] ? account : arnOrAccount;

    private static RequestContext ContextOf(IamAccount account, IamRequest request, string principal, PrincipalPolicies policies)
    {
        var context = new RequestContext()
            .With("aws:PrincipalArn", principal).With("aws:PrincipalAccount", account.Id).With("aws:username", policies.UserName)
            .WithAll("aws:PrincipalTag/", policies.Tags);
        for (var i = 1; request.Query.Value($"ContextEntries.member.{i}.ContextKeyName") is { } key; i++)
        {
            context.With(key, request.Query.List($"ContextEntries.member.{i}.ContextKeyValues"));
        }

        return context;
    }

    private static XElement Result(AccessRequest question, PrincipalPolicies policies, string[] names, Policy? resourcePolicy)
    {
        var decision = AccessEvaluation.Decide(question, policies, resourcePolicy);
        Policy[] all = [.. policies.Identity, .. resourcePolicy is null ? [] : (Policy[])[resourcePolicy]];
        var missing = all.SelectMany(p => p.ContextKeys).Distinct(StringComparer.OrdinalIgnoreCase).Where(k => !question.Context.TryFind(k, out _));
        return new XElement(
            "member",
            new XElement("EvalActionName", question.Action),
            new XElement("EvalResourceName", question.Resource),
            new XElement("EvalDecision", decision.Verdict switch { Verdict.Allow => "allowed", Verdict.ExplicitDeny => "explicitDeny", _ => "implicitDeny" }),
            new XElement("MatchedStatements", all.SelectMany((policy, index) => policy.StatementsFor(question)
                .Where(s => s.IsDeny || decision.Verdict != Verdict.ExplicitDeny)
                .Select(_ => index < names.Length ? Matched(names[index], "IAM Policy") : Matched("ResourcePolicy", "resource")))),
            new XElement("MissingContextValues", missing.Select(k => new XElement("member", k))),
            policies.Boundary is null ? null : new XElement(
                "PermissionsBoundaryDecisionDetail",
                new XElement("AllowedByPermissionsBoundary", AccessEvaluation.Decide(question, new PrincipalPolicies { Identity = [policies.Boundary] }, null).IsAllowed)));
    }

    private static XElement Matched(string id, string type) => new("member", new XElement("SourcePolicyId", id), new XElement("SourcePolicyType", type));

    private static ImmutableArray<Policy> Documents(IamRequest request, string name) =>
        [.. request.Query.List(name).Select(d => Document(request, d, PolicyKind.Inline)).OfType<Policy>()];

    private static Policy? Document(IamRequest request, string document, PolicyKind kind)
    {
        if (!Policy.TryParse(document, kind, out var policy, out var fault))
        {
            request.Query.Refuse(IamErrors.Invalid(fault));
        }

        return policy;
    }
}
