using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Tells whether a request is signed with Signature Version 4, in its Authorization header or in its query.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
/// The order of the checks is AWS's: 1. the parts of the signature, 2. the headers that must be signed, 3. the time,
/// 4. the scope, 5. the key, 6. the body, 7. the signature, 8. the session token.
/// </summary>
/// <remarks>Safe for any number of threads. Nothing that a client sends makes it throw.</remarks>
/// <param name="keys">Where keys are found.</param>
/// <param name="clock">The time to measure signatures by.</param>
/// <param name="region">The region that credentials must be scoped to.</param>
public sealed class SigV4Verifier(IAccessKeys keys, TimeProvider clock, string region)
{
    private const int SignatureLength = SHA256.HashSizeInBytes * 2;
    private const string GlobalRegion = "us-east-1";
    private readonly SigningKeys _signingKeys = new();

    /// <summary>Verifies a request whose body is one piece.</summary>
    /// <param name="request">The request; its body is not read.</param>
    /// <param name="body">The whole body.</param>
    /// <param name="services">The names that the scope may give; the first speaks when the scope gives none of them.</param>
    public SigV4Result Verify(HttpRequest request, ReadOnlySpan<byte> body, params ReadOnlySpan<string> services)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Verify(request, new SignedBody(hash, body.IsEmpty), services);
    }

    /// <summary>
    /// What is wrong with a request whatever its body is: the signature's parts, its time, its scope, its key. Null if only
    /// the body can decide; then <see cref="Verify(HttpRequest, ReadOnlySpan{byte}, ReadOnlySpan{string})"/> must follow.
    /// </summary>
    public AwsError? RefuseUnread(HttpRequest request, params ReadOnlySpan<string> services) =>
        Verify(request, [], services) is SigV4Result.Refused refused && !SigV4Refusals.IsMismatch(refused.Error) ? refused.Error : null;

    /// <summary>Verifies a request whose body is as a pipe read it.</summary>
    /// <inheritdoc cref="Verify(HttpRequest, ReadOnlySpan{byte}, ReadOnlySpan{string})"/>
    public SigV4Result Verify(HttpRequest request, in ReadOnlySequence<byte> body, params ReadOnlySpan<string> services)
    {
        if (body.IsSingleSegment)
        {
            return Verify(request, body.FirstSpan, services);
        }

        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in body)
        {
            hasher.AppendData(segment.Span);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        hasher.GetHashAndReset(hash);
        return Verify(request, new SignedBody(hash, body.IsEmpty), services);
    }

    private SigV4Result Verify(HttpRequest request, SignedBody body, ReadOnlySpan<string> services)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfZero(services.Length);
        var target = RequestTarget.Of(request);
        var refusals = SigV4Refusals.Of(services[0]);

        // 1. The parts of the signature.
        var error = SignatureParts.Read(request, target, refusals, out var parts);
        if (error is not null)
        {
            return new SigV4Result.Refused(error);
        }

        // 2. The headers that must be signed, 3. the time, 4. the scope.
        var scoped = CredentialScope.TryParse(parts.Credential, out var scope);
        var service = scoped ? Choose(scope.Service, services) : services[0];
        refusals = SigV4Refusals.Of(service);
        error = RequiredHeaders.Check(request.Headers, parts.SignedHeaders, refusals)
            ?? CheckTime(parts, refusals)
            ?? (scoped ? CheckScope(scope, service, parts.Date, refusals) : refusals.NotACredential(parts.Credential));
        return error is null
            ? VerifySignature(request, target, parts, scope, body, refusals)
            : new SigV4Result.Refused(error);
    }

    private SigV4Result VerifySignature(
        HttpRequest request, in RequestTarget target, in SignatureParts parts, in CredentialScope scope, SignedBody body,
        SigV4Refusals refusals)
    {
        // 5. The key.
        if (!TryFindKey(scope, parts.SecurityToken, out var key, out var signing))
        {
            return new SigV4Result.Refused(refusals.UnknownKey());
        }

        // 6. The body.
        Span<char> hex = stackalloc char[SignatureLength];
        Convert.TryToHexStringLower(body.Hash, hex, out _);
        if (SignedBody.Check(parts, signing.Service, hex, body.IsEmpty || request.IsHttps, refusals, out var payload) is { } bad)
        {
            return new SigV4Result.Refused(bad);
        }

        // 7. The signature.
        var subject = new AmzSigning.Subject
        {
            Method = request.Method,
            Path = target.Path,
            Query = target.Query,
            SignedHeaders = parts.SignedHeaders,
            Headers = request.Headers,
            PayloadHash = payload,
            Date = parts.Date,
            Scope = scope.Scope,
            Service = signing.Service,
        };
        if (!IsSignedBy(signing.Key, subject, parts.Signature))
        {
            return new SigV4Result.Refused(refusals.WrongSignature());
        }

        // 8. The session token.
        return CheckToken(key, parts.SecurityToken, refusals) is { } refused
            ? new SigV4Result.Refused(refused)
            : new SigV4Result.Verified(key, signing.Service);
    }

    private static string Choose(ReadOnlySpan<char> named, ReadOnlySpan<string> services)
    {
        foreach (var service in services)
        {
            if (named.SequenceEqual(service))
            {
                return service;
            }
        }

        return services[0];
    }

    private AwsError? CheckTime(in SignatureParts parts, SigV4Refusals refusals)
    {
        var now = clock.GetUtcNow();
        var life = parts.Expires ?? refusals.Skew;
        if (parts.Time < now - life)
        {
            return refusals.Expired(parts.Date, now, life);
        }

        return parts.Time > now + refusals.Skew ? refusals.NotYetCurrent(parts.Date, now, refusals.Skew) : null;
    }

    private AwsError? CheckScope(in CredentialScope scope, string service, string date, SigV4Refusals refusals)
    {
        var right = scope.Service.SequenceEqual(service)
            && IsRegion(scope.Region, service)
            && scope.Terminator.SequenceEqual(AmzSigning.Terminator)
            && scope.Day.SequenceEqual(date.AsSpan(0, AmzDate.DayLength));
        return right ? null : refusals.WrongScope(scope, region, service, date);
    }

    /// <summary>IAM is one for all regions, and signed for us-east-1.</summary>
    private bool IsRegion(ReadOnlySpan<char> named, string service) =>
        named.SequenceEqual(region) || (service == "iam" && named.SequenceEqual(GlobalRegion));

    private bool TryFindKey(in CredentialScope scope, string? token, out AccessKey key, out SigningKeys.Entry signing)
    {
        var known = _signingKeys.Find(scope.Credential);
        signing = known!;
        if (!keys.TryFind(known?.AccessKeyId ?? scope.AccessKeyId.ToString(), token, out key))
        {
            return false;
        }

        if (known is null || known.Secret != key.SecretAccessKey)
        {
            signing = _signingKeys.Add(scope, key);
        }

        return true;
    }

    // Compared as text, so that the one signature has one spelling.
    private static bool IsSignedBy(SigningKey signingKey, in AmzSigning.Subject subject, ReadOnlySpan<char> signature)
    {
        Span<char> expected = stackalloc char[SignatureLength];
        return AmzSigning.TrySign(subject, signingKey, expected)
            && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(expected), MemoryMarshal.AsBytes(signature));
    }

    private AwsError? CheckToken(in AccessKey key, string? token, SigV4Refusals refusals)
    {
        ReadOnlySpan<char> expected = key.SessionToken;
        ReadOnlySpan<char> sent = token;
        if (!CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(expected), MemoryMarshal.AsBytes(sent)))
        {
            return refusals.UnknownKey();
        }

        return key.Expires <= clock.GetUtcNow() ? refusals.ExpiredKey() : null;
    }
}
