using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Writes an error in the form of AWS's JSON 1.1 protocol, which CloudWatch Logs speaks: the name in <c>__type</c>.
/// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
/// </summary>
public static class AwsJsonError
{
    /// <summary>The content type of requests and answers.</summary>
    public const string ContentType = "application/x-amz-json-1.1";

    /// <summary>Writes status, headers and body. The response must not have started.</summary>
    public static async Task WriteAsync(HttpResponse response, AwsError error, string requestId, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(error);
        var body = RestJsonError.Body(error.With("__type", error.Type));
        response.StatusCode = error.Status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        response.Headers[RestJsonError.RequestIdHeader] = requestId;
        await response.Body.WriteAsync(body, cancellation);
    }
}
