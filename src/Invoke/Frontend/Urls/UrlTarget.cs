using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// Which URL a request is for: by its host, <c>ID.lambda-url.REGION.ANY</c>, as on AWS; or by its path,
/// <c>/lambda-url/ID/…</c>, where no DNS knows such names.
/// </summary>
/// <param name="Id">The URL's id.</param>
/// <param name="RawPath">The path as it was sent, without what names the URL.</param>
/// <param name="RawQuery">Without the question mark.</param>
internal sealed record UrlTarget(string Id, string RawPath, string RawQuery)
{
    private const string HostMark = ".lambda-url.", PathMark = "/lambda-url/";

    /// <summary>Null if the request is not for a function URL.</summary>
    internal static UrlTarget? Of(HttpRequest request)
    {
        var (path, query) = Split(request);
        var host = request.Host.Host;
        var mark = host.IndexOf(HostMark, StringComparison.OrdinalIgnoreCase);
        if (mark > 0 && !host.AsSpan(0, mark).Contains('.'))
        {
            return new UrlTarget(host[..mark], path, query);
        }

        if (!path.StartsWith(PathMark, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = path.AsSpan(PathMark.Length);
        var slash = rest.IndexOf('/');
        return slash < 0 ? new UrlTarget(rest.ToString(), "/", query) : new UrlTarget(rest[..slash].ToString(), rest[slash..].ToString(), query);
    }

    private static (string Path, string Query) Split(HttpRequest request)
    {
        var raw = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (!raw.StartsWith('/'))
        {
            raw = request.Path.ToUriComponent() + request.QueryString.ToUriComponent(); // the form of a proxy, or OPTIONS *
        }

        var mark = raw.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? raw : raw[..mark];
        return (path.Length == 0 ? "/" : path, mark < 0 ? "" : raw[(mark + 1)..]);
    }
}
