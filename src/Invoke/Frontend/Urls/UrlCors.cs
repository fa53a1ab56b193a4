using System.Globalization;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// Cross-origin resource sharing of a function URL. With it the platform answers every OPTIONS itself, and adds its headers to
/// what a function answers, beside the function's own. Sources: "Creating and managing Lambda function URLs", CORS; answers of
/// AWS recorded August 2024.
/// </summary>
internal static class UrlCors
{
    private const string Any = "*";

    /// <summary>The preflight's answer: 200 whatever was asked, without these headers if it is not allowed.</summary>
    internal static void AnswerPreflight(HttpContext context, FunctionUrlCors cors)
    {
        var (request, response) = (context.Request, context.Response);
        response.ContentType = "application/json";
        response.ContentLength = 0;
        var method = request.Headers.AccessControlRequestMethod.ToString();
        var asked = request.Headers.AccessControlRequestHeaders.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var allowed = (method.Length == 0 || Allows(cors.AllowMethods, method)) && asked.All(name => Allows(cors.AllowHeaders, name));
        if (!allowed || !TryAddOrigin(context, cors))
        {
            return;
        }

        Add(response.Headers, "Access-Control-Allow-Headers", cors.AllowHeaders);
        Add(response.Headers, "Access-Control-Allow-Methods", cors.AllowMethods);
        if (cors.MaxAge > 0)
        {
            response.Headers.AccessControlMaxAge = cors.MaxAge.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Adds to an answer what lets a page of an allowed origin read it.</summary>
    internal static void Decorate(HttpContext context, FunctionUrlCors? cors)
    {
        if (cors is not null && TryAddOrigin(context, cors))
        {
            Add(context.Response.Headers, "Access-Control-Expose-Headers", cors.ExposeHeaders);
        }
    }

    private static bool TryAddOrigin(HttpContext context, FunctionUrlCors cors)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !Allows(cors.AllowOrigins, origin))
        {
            return false;
        }

        // A browser takes no wildcard together with credentials.
        var names = cors.AllowCredentials || !cors.AllowOrigins.Contains(Any);
        var headers = context.Response.Headers;
        headers.Append("Access-Control-Allow-Origin", names ? origin : Any);
        if (names)
        {
            headers.Append("Vary", "Origin");
        }

        if (cors.AllowCredentials)
        {
            headers.Append("Access-Control-Allow-Credentials", "true");
        }

        return true;
    }

    private static bool Allows(IReadOnlyList<string> list, string value) =>
        list.Contains(Any) || list.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static void Add(IHeaderDictionary headers, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            headers.Append(name, string.Join(',', values));
        }
    }
}
