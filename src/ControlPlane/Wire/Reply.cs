using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Wire;

/// <summary>Writes answers of the management API: <c>application/json</c> and the request's id, as AWS does.</summary>
internal static class Reply
{
    /// <summary>Writes the value with the status, or the error with its own.</summary>
    public static async Task SendAsync<T>(HttpContext context, int status, Task<Result<T>> result, JsonTypeInfo<T> type)
        where T : class => await SendAsync(context, status, await result, type);

    /// <summary>The same for an operation that does not wait for anything.</summary>
    public static async Task SendAsync<T>(HttpContext context, int status, Result<T> result, JsonTypeInfo<T> type)
        where T : class
    {
        if (!result.Is(out var value, out var error))
        {
            await SendAsync(context, error);
            return;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers[RestJsonError.RequestIdHeader] = AwsRequest.Of(context).RequestId;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Writes status 204 without a body, or the error.</summary>
    public static async Task SendEmptyAsync(HttpContext context, Task<AwsError?> failure)
    {
        if (await failure is { } error)
        {
            await SendAsync(context, error);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers[RestJsonError.RequestIdHeader] = AwsRequest.Of(context).RequestId;
    }

    private static Task SendAsync(HttpContext context, AwsError error) =>
        RestJsonError.WriteAsync(context.Response, error, AwsRequest.Of(context).RequestId, context.RequestAborted);
}
