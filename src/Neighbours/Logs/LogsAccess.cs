using Lambent.Aws;
using Lambent.Aws.Policies;

namespace Lambent.Neighbours.Logs;

/// <summary>
/// Who may do what with logs. AWS names what is asked for as a stream even where only a group is meant, and its documents name
/// the group: policies with either are heard.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
/// </summary>
/// <param name="authorizer">Asks the policies.</param>
/// <param name="groups">What the ARN of a group begins with.</param>
internal sealed class LogsAccess(Authorizer authorizer, string groups)
{
    private static readonly string[] OfStreams = ["CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents"];

    /// <summary>Null if the caller may.</summary>
    internal AwsError? Refuse(AwsRequest signed, string operation, LogsRequest request)
    {
        var action = $"logs:{operation}";
        var isOfStream = OfStreams.Contains(operation, StringComparer.Ordinal);
        var group = $"{groups}{request.Group}";
        var asStream = new AccessQuestion(action, $"{group}:log-stream:{(isOfStream ? request.Text("logStreamName") : "")}");
        var decision = authorizer.Decide(signed, asStream);
        if (!isOfStream && decision.Verdict != Verdict.ExplicitDeny && authorizer.Decide(signed, new(action, group)) is { Verdict: not Verdict.ImplicitDeny } ofGroup)
        {
            decision = ofGroup;
        }

        return decision.IsAllowed ? null
            : new AwsError(400, "AccessDeniedException", decision.Message(signed.Caller.PrincipalArn, action, asStream.Resource)) { MessageName = "Message" };
    }
}
