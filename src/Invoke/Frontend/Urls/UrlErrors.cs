using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>What the platform says at a function URL, in AWS's words (LocalStack <c>test_lambda.snapshot.json</c>, recorded November 2025).</summary>
internal static class UrlErrors
{
    private static readonly byte[] NoMessage = """{"Message":null}"""u8.ToArray(), BadGateway = "Internal Server Error"u8.ToArray();

    internal static AwsError Forbidden() => new(
        403, "AccessDeniedException",
        "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")
    {
        MessageName = "Message",
    };

    /// <summary>No such URL.</summary>
    internal static ValueTask WriteUnknownAsync(HttpResponse response)
    {
        response.Headers[RestJsonError.ErrorTypeHeader] = "AccessDeniedException";
        return WriteAsync(response, 403, NoMessage);
    }

    /// <summary>The function failed, or its answer is none.</summary>
    internal static ValueTask WriteBadGatewayAsync(HttpResponse response) => WriteAsync(response, 502, BadGateway);

    private static ValueTask WriteAsync(HttpResponse response, int status, byte[] body)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body);
    }
}
