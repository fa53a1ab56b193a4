using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lambent.Aws.Tests;

/// <summary>A request as it goes over the wire, made into what a server hands on.</summary>
internal sealed record Wire(HttpRequest Request, byte[] Body)
{
    public static Wire Parse(string text)
    {
        var parts = text.ReplaceLineEndings("\n").Split("\n\n", 2);
        var lines = parts[0].TrimEnd('\n').Split('\n');
        var first = lines[0].Split(' ');
        var wire = Of(first[0], string.Join(' ', first[1..^1]), Encoding.UTF8.GetBytes(parts.Length > 1 ? parts[1] : ""));
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':');
            wire.Request.Headers.Append(line[..colon], line[(colon + 1)..].Trim());
        }

        return wire;
    }

    public static Wire Of(string method, string target, byte[]? body = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
        return new(request, body ?? []);
    }

    /// <summary>The request that a signer's URL and headers make.</summary>
    public static Wire Of(string method, Uri uri, IHeaderDictionary headers, byte[]? body = null)
    {
        var wire = Of(method, uri.PathAndQuery, body);
        foreach (var header in headers)
        {
            wire.Request.Headers[header.Key] = header.Value;
        }

        wire.Request.Headers.Host = uri.IsDefaultPort ? uri.Host : uri.Authority;
        return wire;
    }
}

internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

internal sealed class TestKeys : IAccessKeys
{
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    public const string Token = "FwoGZXIvYXdzEBYaDP+token/with=signs";

    public static readonly AccessKey LongLived =
        new("AKIDEXAMPLE", Secret, "123456789012", "arn:aws:iam::123456789012:user/ann", "AIDAEXAMPLE");

    public static readonly AccessKey Temporary = new(
        "ASIDEXAMPLE", Secret, "123456789012", "arn:aws:sts::123456789012:assumed-role/r/s", "AROAEXAMPLE:s", Token,
        new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly Dictionary<string, AccessKey> _keys = [];

    public TestKeys(params AccessKey[] keys)
    {
        foreach (var key in keys.Length == 0 ? [LongLived, Temporary] : keys)
        {
            Put(key);
        }
    }

    public void Put(AccessKey key) => _keys[key.AccessKeyId] = key;

    public bool TryFind(string accessKeyId, [MaybeNullWhen(false)] out AccessKey key) =>
        _keys.TryGetValue(accessKeyId, out key);
}
