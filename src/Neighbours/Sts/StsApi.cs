using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;
using Microsoft.AspNetCore.Http;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// The part of AWS STS that tells who one is and makes temporary credentials, in its query protocol: <c>Action</c> and
/// <c>Version</c> in the form of a POST or the query of a GET. https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
/// </summary>
/// <param name="store">The roles.</param>
/// <param name="authorizer">Says who may.</param>
/// <param name="keys">Which keys are known.</param>
/// <param name="tokens">Makes the credentials.</param>
/// <param name="clock">Time.</param>
public sealed class StsApi(IamStore store, Authorizer authorizer, IAccessKeys keys, SessionTokens tokens, TimeProvider clock)
{
    private const string Version = "2011-06-15";

    /// <summary>The XML namespace of errors that arise before an operation is found.</summary>
    private const string FaultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09";

    /// <summary>Where AWS sends those who name no action.</summary>
    private const string FrontPage = "https://aws.amazon.com/iam";

    private const int SessionLeast = 900, SessionAtMost = 129_600, SessionUsual = 43_200, RootSessionAtMost = 3600;

    private readonly AssumeRole assumeRole = new(store, authorizer, tokens, clock);

    /// <summary>Answers one request.</summary>
    /// <remarks>The context must have its <see cref="AwsRequest"/>.</remarks>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var query = QueryRequest.Of(context);
        var requestId = query.Signed.RequestId;
        if (query.Action is not { } action)
        {
            context.Response.Headers[RestJsonError.RequestIdHeader] = requestId;
            context.Response.Redirect(FrontPage + context.Request.QueryString);
            return;
        }

        if (Answer(query) is { } reply)
        {
            await reply.WriteAsync(context, action, requestId, QueryError.StsNamespace);
            return;
        }

        var error = new AwsError(400, "InvalidAction", $"Could not find operation {action} for version {query.Version ?? "NO_VERSION_SPECIFIED"}");
        await QueryError.WriteAsync(context.Response, error, requestId, FaultNamespace, context.RequestAborted);
    }

    internal static XElement Credentials(in AccessKey key) => new(
        "Credentials",
        new XElement("AccessKeyId", key.AccessKeyId),
        new XElement("SecretAccessKey", key.SecretAccessKey),
        new XElement("SessionToken", key.SessionToken),
        new XElement("Expiration", IamViews.Time(key.Expires!.Value)));

    /// <summary>Null if there is no such operation.</summary>
    internal QueryReply? Answer(QueryRequest query) => (query.Action, query.Version) switch
    {
        ("GetCallerIdentity", Version) => WhoAmI(query),
        ("AssumeRole", Version) => assumeRole.Run(query),
        ("GetSessionToken", Version) => NewSession(query),
        ("GetAccessKeyInfo", Version) => KeyInfo(query),
        _ => (QueryReply?)null,
    };

    /// <summary>No policy can forbid it. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html</summary>
    private static XElement[] WhoAmI(QueryRequest query) =>
    [
        new("Arn", query.Caller.PrincipalArn), new("UserId", query.Caller.PrincipalId), new("Account", query.Caller.AccountId),
    ];

    /// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html</summary>
    private QueryReply NewSession(QueryRequest query)
    {
        var caller = query.Caller;
        var isRoot = Authorizer.IsRoot(caller);
        var seconds = query.Number("DurationSeconds", SessionLeast, SessionAtMost, SessionUsual);
        if ((query.Fault ?? (caller.SessionToken is not null ? QueryErrors.Denied("Cannot call GetSessionToken with session credentials") : null)) is { } error)
        {
            return error;
        }

        var expires = clock.GetUtcNow().AddSeconds(isRoot ? Math.Min(seconds, RootSessionAtMost) : seconds);
        return new[] { Credentials(tokens.Issue(caller.AccountId, caller.PrincipalArn, caller.PrincipalId, expires, new KeySession())) };
    }

    /// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html</summary>
    private QueryReply KeyInfo(QueryRequest query)
    {
        var id = query.Required("AccessKeyId", 128, 16);
        var account = keys.TryFind(id, out var known) ? known.AccountId : IamIds.AccountOf(id);
        return query.Fault is { } fault ? fault
            : Refusal(query, "sts:GetAccessKeyInfo") is { } refusal ? refusal
            : account is null ? QueryErrors.Validation($"Invalid access key id: {id}")
            : new XElement[] { new("Account", account) };
    }

    private AwsError? Refusal(QueryRequest query, string action)
    {
        var decision = authorizer.Decide(query.Signed, new AccessQuestion(action, "*"));
        return decision.IsAllowed ? null : QueryErrors.Denied(decision.Message(query.Caller.PrincipalArn, action, "*"));
    }
}
