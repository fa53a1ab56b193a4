using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// How a runtime says that the function failed after its answer had begun: in trailers of the response. Source: "Building a
/// custom runtime", implementing response streaming.
/// </summary>
internal static class ResponseTrailers
{
    /// <summary>The error that the trailers tell of, or null.</summary>
    internal static InvocationEnd? Error(HttpRequest request) =>
        Of(request, "Lambda-Runtime-Function-Error-Type") is { Length: > 0 } type
            ? new InvocationEnd.Error(type, Decode(Of(request, "Lambda-Runtime-Function-Error-Body")))
            : null;

    private static string Of(HttpRequest request, string name) =>
        request.SupportsTrailers() && request.CheckTrailersAvailable() ? request.GetTrailer(name).ToString() : "";

    private static byte[] Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : [];
    }
}
