using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lambent.Aws;

/// <summary>Path and query of a request as they came over the wire: what the framework decoded cannot be signed again.</summary>
internal readonly ref struct RequestTarget
{
    private RequestTarget(ReadOnlySpan<char> target)
    {
        var mark = target.IndexOf('?');
        Path = mark < 0 ? target : target[..mark];
        Query = mark < 0 ? [] : target[(mark + 1)..];
    }

    public ReadOnlySpan<char> Path { get; }

    /// <summary>Without the question mark.</summary>
    public ReadOnlySpan<char> Query { get; }

    public static RequestTarget Of(HttpRequest request)
    {
        ReadOnlySpan<char> raw = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (raw.IsEmpty)
        {
            // A server that keeps no raw target, such as a test's.
            raw = request.PathBase.Add(request.Path).ToUriComponent() + request.QueryString.ToUriComponent();
        }

        return new(raw.StartsWith("/") ? raw : OfAbsoluteForm(raw));
    }

    /// <summary>The first parameter of this name, decoded; null if there is none.</summary>
    public string? QueryValue(string name)
    {
        foreach (var range in Query.Split('&'))
        {
            var pair = Query[range];
            var equals = pair.IndexOf('=');
            if (Decode(equals < 0 ? pair : pair[..equals]) == name)
            {
                return equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            }
        }

        return null;
    }

    // A proxy's form, GET http://host/path: RFC 9112 section 3.2.2.
    private static ReadOnlySpan<char> OfAbsoluteForm(ReadOnlySpan<char> raw)
    {
        var scheme = raw.IndexOf("://");
        if (scheme < 0)
        {
            return raw;
        }

        var rest = raw[(scheme + 3)..];
        var path = rest.IndexOfAny('/', '?');
        return path < 0 ? [] : rest[path..];
    }

    private static string Decode(ReadOnlySpan<char> text) => Uri.UnescapeDataString(text.ToString().Replace('+', ' '));
}
