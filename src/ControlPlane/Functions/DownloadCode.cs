using System.Text;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>Answers a <c>Code.Location</c> with the very bytes of the package, or with S3's XML.</summary>
internal static class DownloadCode
{
    public static async Task RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (plane.Links.Check(context.Request) is { } refused)
        {
            await SendErrorAsync(context, refused, plane.Surroundings.NewId());
            return;
        }

        try
        {
            await using var package = plane.Packages.Open((string)context.Request.RouteValues["Sha256"]!);
            context.Response.ContentType = "application/zip";
            context.Response.ContentLength = package.Length;
            await package.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (FileNotFoundException)
        {
            // The function got other code, or was deleted, since the address was made.
            var gone = new AwsError(404, "NoSuchKey", "The specified key does not exist.");
            await SendErrorAsync(context, gone, plane.Surroundings.NewId());
        }
    }

    private static async Task SendErrorAsync(HttpContext context, AwsError error, string requestId)
    {
        var body = Encoding.UTF8.GetBytes(
            $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>{error.Type}</Code><Message>{error.Message}</Message><RequestId>{requestId}</RequestId></Error>
            """);
        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
