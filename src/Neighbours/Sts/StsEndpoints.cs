using System.Text;
using Lambent.Aws;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// The smallest useful part of AWS STS, in its query protocol: <c>Action</c> and <c>Version</c> in the form of a POST or the
/// query of a GET. https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
/// </summary>
public static class StsEndpoints
{
    private const string Version = "2011-06-15";

    /// <summary>The XML namespace of errors that arise before an operation is found.</summary>
    private const string FaultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09";

    /// <summary>Where AWS sends those who name no action.</summary>
    private const string FrontPage = "https://aws.amazon.com/iam";

    /// <summary>Adds <c>GET /</c> and <c>POST /</c>.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", HandleAsync);
        endpoints.MapPost("/", HandleAsync);
    }

    /// <summary>Answers one request, for a host that shares the path <c>/</c> among several services.</summary>
    /// <remarks>The context must have its <see cref="AwsRequest"/>.</remarks>
    public static Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = AwsRequest.Of(context);
        var parameters = ParametersOf(context.Request, request);
        if (!parameters.TryGetValue("Action", out var actions))
        {
            context.Response.Headers[RestJsonError.RequestIdHeader] = request.RequestId;
            context.Response.Redirect(FrontPage + context.Request.QueryString);
            return Task.CompletedTask;
        }

        // Of parameters that come twice, AWS takes the first.
        var action = actions[0];
        var version = parameters.TryGetValue("Version", out var versions) ? versions[0] : "NO_VERSION_SPECIFIED";
        return (action, version) switch
        {
            ("GetCallerIdentity", Version) => GetCallerIdentity.RunAsync(context, request),
            _ => QueryError.WriteAsync(
                context.Response, new AwsError(400, "InvalidAction", $"Could not find operation {action} for version {version}"),
                request.RequestId, FaultNamespace, context.RequestAborted),
        };
    }

    private static Dictionary<string, StringValues> ParametersOf(HttpRequest http, AwsRequest request)
    {
        if (HttpMethods.IsGet(http.Method))
        {
            return QueryHelpers.ParseQuery(http.QueryString.Value);
        }

        return http.HasFormContentType ? QueryHelpers.ParseQuery(Encoding.UTF8.GetString(request.Body.Span)) : [];
    }
}
