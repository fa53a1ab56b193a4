using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// Credentials of a role, for whom its trust policy and the caller's own policies let in.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
/// </summary>
internal sealed class AssumeRole(IamStore store, Authorizer authorizer, SessionTokens tokens, TimeProvider clock)
{
    private const int ArnAtMost = 2048, ArnLeast = 20, SessionLeast = 900, SessionAtMost = 43_200, SessionUsual = 3600, ChainedAtMost = 3600;
    private const int PolicyAtMost = 2048, PolicyArnsAtMost = 10, TagsAtMost = 50, PackedAtMost = 4096;

    internal QueryReply Run(QueryRequest query)
    {
        var wish = Wish.Read(query);
        if (query.Fault is { } fault)
        {
            return fault;
        }

        if (Authorizer.IsRoot(query.Caller))
        {
            return QueryErrors.Denied("Roles may not be assumed by root accounts.");
        }

        var parts = wish.RoleArn.Split(':', 6);
        if (parts is not [_, _, "iam", "", { Length: 12 } owner, var path] || !path.StartsWith("role/", StringComparison.Ordinal))
        {
            return QueryErrors.Validation($"{wish.RoleArn} is invalid");
        }

        var account = store.Of(owner);
        if (account.Role(wish.RoleArn) is not { } role)
        {
            return QueryErrors.Denied($"User: {query.Caller.PrincipalArn} is not authorized to perform: sts:AssumeRole on resource: {wish.RoleArn}");
        }

        return (Refusal(query, wish, role) ?? wish.TooMuch(query.Caller, account, role)) is { } error
            ? error
            : Issue(query.Caller, wish, account, role);
    }

    private AwsError? Refusal(QueryRequest query, Wish wish, IamRole role)
    {
        var inherited = query.Caller.Session?.SourceIdentity;
        string[] actions =
        [
            "sts:AssumeRole",
            .. wish.Tags.IsEmpty ? Array.Empty<string>() : ["sts:TagSession"],
            .. wish.SourceIdentity is null && inherited is null ? Array.Empty<string>() : ["sts:SetSourceIdentity"],
        ];
        foreach (var action in actions)
        {
            var decision = authorizer.Decide(query.Signed, new AccessQuestion(
                action, wish.RoleArn, () => PolicyDocuments.Read(role.TrustPolicy, PolicyKind.Trust), keys => AddKeys(keys, wish, role))
            {
                MustBeNamed = true,
            });
            if (!decision.IsAllowed)
            {
                // STS does not tell by which policy, unless one denies.
                return QueryErrors.Denied(decision.Verdict == Verdict.ExplicitDeny
                    ? decision.Message(query.Caller.PrincipalArn, action, wish.RoleArn)
                    : $"User: {query.Caller.PrincipalArn} is not authorized to perform: {action} on resource: {wish.RoleArn}");
            }
        }

        return inherited is not null && wish.SourceIdentity is not null && inherited != wish.SourceIdentity
            ? QueryErrors.Denied($"User: {query.Caller.PrincipalArn} is not authorized to perform: sts:SetSourceIdentity on resource: {wish.RoleArn}")
            : null;
    }

    private static void AddKeys(RequestContext keys, Wish wish, IamRole role) => keys
        .With("sts:ExternalId", wish.ExternalId).With("sts:RoleSessionName", wish.SessionName).With("sts:SourceIdentity", wish.SourceIdentity)
        .With("aws:TagKeys", wish.Tags.Keys).With("sts:TransitiveTagKeys", wish.TransitiveTags)
        .WithAll("aws:RequestTag/", wish.Tags).WithAll("iam:ResourceTag/", role.Tags).WithAll("aws:ResourceTag/", role.Tags);

    private QueryReply Issue(in AccessKey caller, Wish wish, IamAccount account, IamRole role)
    {
        var passed = caller.Session;
        var carried = passed?.Tags.Where(t => passed.TransitiveTags.Contains(t.Key)) ?? [];
        var session = new KeySession
        {
            RoleArn = wish.RoleArn,
            Policies = wish.Policy is null ? [] : [wish.Policy],
            PolicyArns = wish.PolicyArns,
            Tags = wish.Tags.SetItems(carried),
            TransitiveTags = [.. wish.TransitiveTags.Union(passed?.TransitiveTags ?? [])],
            SourceIdentity = wish.SourceIdentity ?? passed?.SourceIdentity,
        };
        var (arn, id) = ($"arn:aws:sts::{account.Id}:assumed-role/{role.Name}/{wish.SessionName}", $"{role.Id}:{wish.SessionName}");
        var key = tokens.Issue(account.Id, arn, id, clock.GetUtcNow().AddSeconds(wish.Seconds), session);
        return (XElement[])
        [
            StsApi.Credentials(key),
            new("AssumedRoleUser", new XElement("AssumedRoleId", id), new XElement("Arn", arn)),
            .. wish.Packed == 0 ? Array.Empty<XElement>() : [new("PackedPolicySize", Percent(wish.Packed))],
            .. session.SourceIdentity is null ? Array.Empty<XElement>() : [new("SourceIdentity", session.SourceIdentity)],
        ];
    }

    private static int Percent(int packed) => Math.Max(1, packed * 100 / PackedAtMost);

    /// <summary>What the caller asks for.</summary>
    private sealed record Wish(string RoleArn, string SessionName, int Seconds)
    {
        internal string? Policy { get; private init; }

        internal ImmutableArray<string> PolicyArns { get; private init; } = [];

        internal ImmutableDictionary<string, string> Tags { get; private init; } = ImmutableDictionary<string, string>.Empty;

        internal ImmutableArray<string> TransitiveTags { get; private init; } = [];

        internal string? ExternalId { get; private init; }

        internal string? SourceIdentity { get; private init; }

        /// <summary>Bytes that policies and tags take in the token; AWS bounds that too, and does not say how it packs.</summary>
        internal int Packed { get; private init; }

        internal static Wish Read(QueryRequest query)
        {
            var wish = new Wish(
                query.Required("RoleArn", ArnAtMost, ArnLeast), query.Name("RoleSessionName", 64),
                query.Number("DurationSeconds", SessionLeast, SessionAtMost, SessionUsual))
            {
                Policy = query.Optional("Policy", PolicyAtMost),
                PolicyArns = [.. Enumerable.Range(1, query.Count("PolicyArns", "arn")).Select(i => query.Required($"PolicyArns.member.{i}.arn", ArnAtMost, ArnLeast))],
                Tags = Enumerable.Range(1, Math.Min(query.Count("Tags", "Key"), TagsAtMost + 1))
                    .GroupBy(i => query.Required($"Tags.member.{i}.Key", 128), i => query.Required($"Tags.member.{i}.Value", 256, 0), StringComparer.OrdinalIgnoreCase)
                    .ToImmutableDictionary(t => t.Key, t => t.First()),
                TransitiveTags = [.. query.List("TransitiveTagKeys")],
                ExternalId = query.Optional("ExternalId", 1224, 2),
                SourceIdentity = query.OptionalName("SourceIdentity", 64),
            };
            if (wish.SessionName.Length == 1)
            {
                query.Required("RoleSessionName", 64, 2);
            }

            if (query.Count("Tags", "Key") > wish.Tags.Count)
            {
                query.Refuse(new AwsError(400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."));
            }

            var text = string.Concat([wish.Policy, .. wish.PolicyArns, .. wish.Tags.SelectMany(t => (string[])[t.Key, t.Value])]);
            return wish with { Packed = Pack(text) };
        }

        /// <summary>What the role or the form of the wish does not allow.</summary>
        internal AwsError? TooMuch(in AccessKey caller, IamAccount account, IamRole role) =>
            Seconds > role.MaxSessionSeconds
                ? QueryErrors.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
            : caller.Session?.RoleArn is not null && Seconds > ChainedAtMost
                ? QueryErrors.Validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
            : Policy is not null && PolicyDocuments.FaultOf(Policy, PolicyKind.Inline) is { } fault ? fault
            : PolicyArns.Length > PolicyArnsAtMost ? QueryErrors.Validation($"Cannot exceed quota for PolicyArns: {PolicyArnsAtMost}")
            : PolicyArns.FirstOrDefault(arn => account.Policy(arn) is null) is { } missing ? IamErrors.NotAttachable(missing)
            : Packed > PackedAtMost
                ? new AwsError(400, "PackedPolicyTooLarge", $"Packed size of session tags consumes {Percent(Packed)}% of allotted space.")
            : null;

        private static int Pack(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
            return bytes.Length > 0 && BrotliEncoder.TryCompress(bytes, packed, out var length) ? length : 0;
        }
    }
}
