using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam.Operations;
using Lambent.Neighbours.Query;
using Microsoft.AspNetCore.Http;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// IAM in the size that Lambda needs, in its query protocol: users, access keys, groups, roles, policies and their simulation.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
/// </summary>
/// <param name="store">What it serves.</param>
/// <param name="authorizer">Says who may.</param>
/// <param name="uses">When keys were used last.</param>
/// <param name="clock">Time.</param>
public sealed class IamApi(IamStore store, Authorizer authorizer, KeyUses uses, TimeProvider clock)
{
    /// <summary>The name in the scope of signatures, which name us-east-1 whatever the region.</summary>
    public const string Service = "iam";

    private const string Version = "2010-05-08", Namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

    private static readonly string[] Reading = ["Get", "List", "Simulate"];

    private static readonly Dictionary<string, IamOperation> Operations = ((IEnumerable<(string Name, IamOperation Run)>)
    [
        .. Users.Operations, .. AccessKeys.Operations, .. Groups.Operations, .. Roles.Operations, .. InlinePolicies.Operations,
        .. Attachments.Operations, .. ManagedPolicies.Operations, .. Boundaries.Operations, .. EntityTags.Operations, .. AccountSummary.Operations,
        .. Simulation.Operations,
    ]).ToDictionary(o => o.Name, o => o.Run, StringComparer.Ordinal);

    private readonly IamAccess access = new(authorizer);

    /// <summary>Answers one request.</summary>
    /// <remarks>The context must have its <see cref="AwsRequest"/>.</remarks>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var query = QueryRequest.Of(context);
        var reply = await AnswerAsync(query);
        await reply.WriteAsync(context, query.Action ?? "", query.Signed.RequestId, Namespace);
    }

    internal async Task<QueryReply> AnswerAsync(QueryRequest query)
    {
        if (query.Action is not { } action)
        {
            return new AwsError(400, "MissingAction", "The request must contain the parameter Action.");
        }

        var isKeyUse = action == "GetAccessKeyLastUsed";
        if (query.Version is not (Version or null) || !(Operations.TryGetValue(action, out var run) || isKeyUse))
        {
            return new AwsError(400, "InvalidAction", $"Could not find operation {action} for version {query.Version ?? "NO_VERSION_SPECIFIED"}");
        }

        if (query.Caller is { SessionToken: not null, Session.RoleArn: null })
        {
            // "You cannot call any IAM API operations unless MFA authentication information is included": GetSessionToken.
            return new AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid");
        }

        var account = store.Of(query.Caller.AccountId);
        if (access.Refusal(account, query) is { } refusal)
        {
            return refusal;
        }

        var request = new IamRequest(query, clock.GetUtcNow());
        return isKeyUse ? LastUse(request)
            : Reading.Any(r => action.StartsWith(r, StringComparison.Ordinal)) ? run!(account, request).Reply
            : (await store.ChangeAsync(account.Id, current => run!(current, request))).Reply;
    }

    /// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html</summary>
    private QueryReply LastUse(IamRequest request)
    {
        var id = request.Query.Required("AccessKeyId", 128, 16);
        var account = store.Of(request.Query.Caller.AccountId);
        var user = account.Users.Values.FirstOrDefault(u => u.Keys.Any(k => k.Id == id));
        if ((request.Fault ?? (user is null ? QueryErrors.Denied($"User: {request.Query.Caller.PrincipalArn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}") : null)) is { } error)
        {
            return error;
        }

        var use = uses.Find(id);
        return new XElement[]
        {
            new("UserName", user!.Name),
            new(
                "AccessKeyLastUsed",
                use is null ? null : new XElement("LastUsedDate", IamViews.Time(use.At)),
                new XElement("ServiceName", use?.Service ?? "N/A"),
                new XElement("Region", use?.Region ?? "N/A")),
        };
    }
}
