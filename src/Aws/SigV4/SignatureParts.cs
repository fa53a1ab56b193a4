using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>What a request says of its own signature, from the Authorization header or from the query.</summary>
internal ref struct SignatureParts
{
    private static readonly string[] QueryNames =
        ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];

    public ReadOnlySpan<char> Credential { get; private set; }

    public ReadOnlySpan<char> SignedHeaders { get; private set; }

    public ReadOnlySpan<char> Signature { get; private set; }

    /// <summary>The time of signing in ISO 8601 basic form.</summary>
    public string Date { get; private set; }

    /// <summary>The same as a time.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>The token of temporary credentials, if one was sent.</summary>
    public string? SecurityToken { get; private set; }

    /// <summary>What the request says of its body: a hash, <c>UNSIGNED-PAYLOAD</c>, or null for nothing.</summary>
    public string? PayloadHash { get; private set; }

    /// <summary>Whether the signature is in the query.</summary>
    public bool Presigned { get; private set; }

    /// <summary>How long a presigned request lives, if it says so.</summary>
    public TimeSpan? Expires { get; private set; }

    /// <summary>Reads the parts; an error if they are not all there or not readable.</summary>
    public static AwsError? Read(HttpRequest request, in RequestTarget target, SigV4Refusals refusals, out SignatureParts parts)
    {
        parts = default;
        string? authorization = request.Headers.Authorization;
        var inQuery = target.Query.Contains("X-Amz-Algorithm", StringComparison.Ordinal)
            && target.QueryValue("X-Amz-Algorithm") is not null;
        return (string.IsNullOrWhiteSpace(authorization), inQuery) switch
        {
            (true, false) => refusals.NotSigned(),
            (false, true) => refusals.SignedTwice(),
            (true, true) => parts.FromQuery(request.Headers, target, refusals),
            _ => parts.FromHeader(authorization!, request.Headers, refusals),
        };
    }

    private AwsError? FromHeader(string authorization, IHeaderDictionary headers, SigV4Refusals refusals)
    {
        var readable = AuthorizationHeader.TryParse(authorization, out var header);
        var known = header.Algorithm.SequenceEqual(AmzSigning.Algorithm);
        if (!known && header.Algorithm.StartsWith("AWS"))
        {
            return refusals.UnknownAlgorithm(header.Algorithm);
        }

        string? date = headers["X-Amz-Date"];
        date = string.IsNullOrEmpty(date) ? headers.Date : date;
        if (!readable || !IsWhole(header, date))
        {
            return readable ? Missing(header, date, refusals) : refusals.NotAPair(authorization);
        }

        Credential = header.Credential;
        SignedHeaders = header.SignedHeaders;
        Signature = header.Signature;
        SecurityToken = headers["X-Amz-Security-Token"];
        PayloadHash = headers["X-Amz-Content-Sha256"];
        return known ? ReadDate(date!, refusals) : refusals.UnknownAlgorithm(header.Algorithm);
    }

    private static bool IsWhole(in AuthorizationHeader header, string? date) =>
        !header.Credential.IsEmpty && !header.Signature.IsEmpty && !header.SignedHeaders.IsEmpty && !string.IsNullOrEmpty(date);

    private static AwsError Missing(in AuthorizationHeader header, string? date, SigV4Refusals refusals) =>
        refusals.MissingInHeader(
            header.Credential.IsEmpty, header.Signature.IsEmpty, header.SignedHeaders.IsEmpty, string.IsNullOrEmpty(date),
            header.Algorithm);

    private AwsError? FromQuery(IHeaderDictionary headers, in RequestTarget target, SigV4Refusals refusals)
    {
        var values = new string?[QueryNames.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = target.QueryValue(QueryNames[i]);
        }

        if (values.Any(string.IsNullOrEmpty))
        {
            return refusals.MissingInQuery(QueryNames.Where((_, i) => string.IsNullOrEmpty(values[i])));
        }

        Presigned = true;
        Credential = values[1];
        Signature = values[2];
        SignedHeaders = values[3];
        SecurityToken = target.QueryValue("X-Amz-Security-Token");
        PayloadHash = (string?)headers["X-Amz-Content-Sha256"] ?? target.QueryValue("X-Amz-Content-Sha256");
        return values[0] != AmzSigning.Algorithm
            ? refusals.UnknownAlgorithm(values[0])
            : ReadDate(values[4]!, refusals) ?? ReadExpires(target.QueryValue("X-Amz-Expires"), refusals);
    }

    private AwsError? ReadDate(string text, SigV4Refusals refusals)
    {
        Date = text;
        if (AmzDate.TryParse(text, out var time))
        {
            Time = time;
            return null;
        }

        if (!AmzDate.TryParseHttp(text, out time))
        {
            return refusals.NotADate(text);
        }

        Time = time;
        Date = AmzDate.Format(time);
        return null;
    }

    private AwsError? ReadExpires(string? text, SigV4Refusals refusals)
    {
        if (text is null)
        {
            return null;
        }

        var number = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds);
        Expires = number ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, AmzSigning.MaxExpiresSeconds)) : null;
        return number && seconds is >= 1 and <= AmzSigning.MaxExpiresSeconds
            ? null
            : refusals.BadExpires(number ? seconds : null);
    }
}
