using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lambent.Worker.RuntimeApi;

/// <summary>The answers of the Runtime API, byte for byte as AWS's own emulator gives them (RIE, <c>rapi/rendering</c>).</summary>
internal static class RuntimeApiAnswer
{
    private static readonly JavaScriptEncoder Relaxed = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    private static readonly byte[] Ok = """{"status":"OK"}"""u8.ToArray();

    internal static Task AcceptedAsync(HttpContext context) => WriteAsync(context, 202, Ok);

    internal static Task PongAsync(HttpContext context) => WriteAsync(context, 200, "pong"u8.ToArray(), "text/plain; charset=utf-8");

    internal static Task NotFoundAsync(HttpContext context) => WriteAsync(context, 404, "404 page not found\n"u8.ToArray(), "text/plain; charset=utf-8");

    internal static Task InvalidRequestIdAsync(HttpContext context) => ErrorAsync(context, 400, "Invalid request ID", "InvalidRequestID");

    internal static Task InvalidResponseModeAsync(HttpContext context) =>
        ErrorAsync(context, 400, "Invalid function response mode", "InvalidFunctionResponseMode");

    internal static Task TooLargeAsync(HttpContext context, int maxBytes) => ErrorAsync(
        context, 413, $"Exceeded maximum allowed payload size ({maxBytes} bytes).", "RequestEntityTooLarge");

    internal static Task ForbiddenAsync(HttpContext context, RuntimeState from, RuntimeState to) => ErrorAsync(
        context, 403, $"State transition from {from} to {to} failed for runtime. Error: State transition is not allowed", "InvalidStateTransition");

    internal static Task RefusedAsync(HttpContext context, ExtensionRefusal refusal) => ErrorAsync(context, 403, refusal.Message, refusal.Type);

    internal static Task ErrorAsync(HttpContext context, int status, string message, string type) => WriteAsync(
        context, status, Encoding.UTF8.GetBytes($$"""{"errorMessage":"{{JsonEncodedText.Encode(message, Relaxed)}}","errorType":"{{type}}"}"""));

    internal static Task WriteAsync(HttpContext context, int status, byte[] body, string contentType = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return context.Response.BodyWriter.WriteAsync(body).AsTask();
    }
}

/// <summary>Reads what a runtime posts, at most as much as AWS takes.</summary>
internal static class RuntimeApiBody
{
    /// <summary>From here on the endpoint counts itself, to answer as AWS does. Before anything of the body is read.</summary>
    internal static void AllowAnySize(HttpContext context) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;

    /// <summary>The body, or null if it is larger than <paramref name="maxBytes"/>.</summary>
    /// <exception cref="TruncatedBodyException">The runtime closed its connection before the end.</exception>
    internal static async ValueTask<byte[]?> ReadAsync(HttpContext context, int maxBytes)
    {
        try
        {
            return await ReadToEndAsync(context, maxBytes);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            throw new TruncatedBodyException(e);
        }
    }

    private static async ValueTask<byte[]?> ReadToEndAsync(HttpContext context, int maxBytes)
    {
        if (context.Request.ContentLength is { } length)
        {
            return length > maxBytes ? null : await ReadExactlyAsync(context, (int)length);
        }

        using var buffer = new MemoryStream();
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            foreach (var segment in read.Buffer)
            {
                buffer.Write(segment.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (buffer.Length > maxBytes)
            {
                return null;
            }

            if (read.IsCompleted)
            {
                return buffer.ToArray();
            }
        }
    }

    private static async ValueTask<byte[]> ReadExactlyAsync(HttpContext context, int length)
    {
        var body = GC.AllocateUninitializedArray<byte>(length);
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return body;
    }
}

/// <summary>A runtime's answer broke off.</summary>
internal sealed class TruncatedBodyException(Exception inner) : Exception("The runtime's answer broke off.", inner);
