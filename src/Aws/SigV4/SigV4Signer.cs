using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Signs requests with Signature Version 4, by header or as a presigned URL.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
/// <param name="key">The key to sign with.</param>
/// <param name="clock">The time to sign at.</param>
/// <param name="region">The region of the scope.</param>
public sealed class SigV4Signer(AccessKey key, TimeProvider clock, string region)
{
    /// <summary>
    /// Signs by header: adds Host, X-Amz-Date, the session token if the key has one, and Authorization. All headers that
    /// are given are signed. Use a fresh collection for each request.
    /// </summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="uri">The absolute URI; its path and query are signed as <see cref="Uri.PathAndQuery"/> has them.</param>
    /// <param name="service">The service of the scope.</param>
    /// <param name="headers">The headers to sign, and to add to.</param>
    /// <param name="body">The whole body.</param>
    public void Sign(string method, Uri uri, string service, IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(headers);
        var date = AmzDate.Format(clock.GetUtcNow());
        headers.Host = HostOf(uri);
        headers["X-Amz-Date"] = date;
        if (key.SessionToken is not null)
        {
            headers["X-Amz-Security-Token"] = key.SessionToken;
        }

        string? given = headers["X-Amz-Content-Sha256"];
        var signed = string.Join(';', headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        var payload = given ?? Convert.ToHexStringLower(SHA256.HashData(body));
        var scope = ScopeOf(date, service);
        var signature = Compute(method, uri.AbsolutePath, uri.Query, signed, headers, payload, date, scope, service);
        headers.Authorization = $"{AmzSigning.Algorithm} Credential={key.AccessKeyId}/{scope}, "
            + $"SignedHeaders={signed}, Signature={signature}";
    }

    /// <summary>Signs a client's request: Host, Content-Type and every <c>x-amz-*</c> header that it has.</summary>
    /// <param name="request">The request, with an absolute URI.</param>
    /// <param name="service">The service of the scope.</param>
    /// <param name="body">The bytes of its content.</param>
    public void Sign(HttpRequestMessage request, string service, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.RequestUri);
        IHeaderDictionary headers = new HeaderDictionary();
        foreach (var header in request.Headers.Where(h => h.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)))
        {
            headers[header.Key] = header.Value.ToArray();
        }

        if (request.Content?.Headers.ContentType is { } contentType)
        {
            headers.ContentType = contentType.ToString();
        }

        Sign(request.Method.Method, request.RequestUri, service, headers, body);
        headers.Remove("Content-Type");
        foreach (var header in headers)
        {
            request.Headers.Remove(header.Key);
            request.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
        }
    }

    /// <summary>
    /// A URL that carries its own signature, for a request without a body and with no header but Host.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    /// </summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="uri">The absolute URI; the parameters of the signature are added to its query.</param>
    /// <param name="service">The service of the scope. For <c>s3</c> the body is not signed.</param>
    /// <param name="expires">The life of the URL: 1 second to 7 days.</param>
    public Uri Presign(string method, Uri uri, string service, TimeSpan expires)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var seconds = (long)expires.TotalSeconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1, nameof(expires));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, AmzSigning.MaxExpiresSeconds, nameof(expires));
        var date = AmzDate.Format(clock.GetUtcNow());
        var scope = ScopeOf(date, service);
        var query = (uri.Query.Length > 1 ? $"{uri.Query}&" : "?")
            + $"X-Amz-Algorithm={AmzSigning.Algorithm}"
            + $"&X-Amz-Credential={Uri.EscapeDataString($"{key.AccessKeyId}/{scope}")}"
            + $"&X-Amz-Date={date}&X-Amz-Expires={seconds}"
            + (key.SessionToken is null ? "" : $"&X-Amz-Security-Token={Uri.EscapeDataString(key.SessionToken)}")
            + "&X-Amz-SignedHeaders=host";
        var payload = service == AmzSigning.S3 ? AmzSigning.UnsignedPayload : Convert.ToHexStringLower(SHA256.HashData([]));
        var headers = new HeaderDictionary { ["Host"] = HostOf(uri) };
        var signature = Compute(method, uri.AbsolutePath, query, "host", headers, payload, date, scope, service);
        return new(uri.GetLeftPart(UriPartial.Path) + query + "&X-Amz-Signature=" + signature);
    }

    private string ScopeOf(string date, string service) =>
        $"{date[..AmzDate.DayLength]}/{region}/{service}/{AmzSigning.Terminator}";

    private string Compute(
        string method, string path, string query, string signedHeaders, IHeaderDictionary headers, string payload, string date,
        string scope, string service)
    {
        var subject = new AmzSigning.Subject
        {
            Method = method,
            Path = path,
            Query = query.StartsWith('?') ? query.AsSpan(1) : query,
            SignedHeaders = signedHeaders,
            Headers = headers,
            PayloadHash = payload,
            Date = date,
            Scope = scope,
            Service = service,
        };
        using var signingKey = AmzSigning.DeriveKey(key.SecretAccessKey, date.AsSpan(0, AmzDate.DayLength), region, service);
        Span<char> signature = stackalloc char[SHA256.HashSizeInBytes * 2];
        AmzSigning.TrySign(subject, signingKey, signature);
        return signature.ToString();
    }

    private static string HostOf(Uri uri) => uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port}";
}
