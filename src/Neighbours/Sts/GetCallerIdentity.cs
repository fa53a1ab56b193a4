using System.Security;
using System.Text;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// Tells callers who they are; no policy can forbid it.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
/// </summary>
internal static class GetCallerIdentity
{
    public static async Task RunAsync(HttpContext context, AwsRequest request)
    {
        var body = Encoding.UTF8.GetBytes(Xml(request));
        context.Response.ContentType = "text/xml";
        context.Response.ContentLength = body.Length;
        context.Response.Headers[RestJsonError.RequestIdHeader] = request.RequestId;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    // Byte for byte as AWS writes it, the newline at the end included.
    private static string Xml(AwsRequest request) =>
        $"""
        <GetCallerIdentityResponse xmlns="{QueryError.StsNamespace}">
          <GetCallerIdentityResult>
            <Arn>{SecurityElement.Escape(request.Caller.PrincipalArn)}</Arn>
            <UserId>{SecurityElement.Escape(request.Caller.PrincipalId)}</UserId>
            <Account>{SecurityElement.Escape(request.Caller.AccountId)}</Account>
          </GetCallerIdentityResult>
          <ResponseMetadata>
            <RequestId>{request.RequestId}</RequestId>
          </ResponseMetadata>
        </GetCallerIdentityResponse>

        """;
}
