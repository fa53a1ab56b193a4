using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The presigned addresses of code. They are signed as S3 signs, with a key that this process alone knows and that opens
/// nothing else. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
/// </summary>
internal sealed class CodeLinks
{
    private const string Service = "s3";

    /// <summary>As long as AWS's links live.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Func<Uri>? publicEndpoint;
    private readonly SigV4Signer signer;
    private readonly SigV4Verifier verifier;

    public CodeLinks(ControlPlaneOptions options, TimeProvider clock)
    {
        var key = new AccessKey(
            $"LAMBENTCODE{RandomNumberGenerator.GetHexString(9)}", Convert.ToHexString(RandomNumberGenerator.GetBytes(32)),
            "000000000000", "arn:aws:iam::000000000000:root", "000000000000");
        publicEndpoint = options.PublicEndpoint;
        signer = new SigV4Signer(key, clock, options.Region);
        verifier = new SigV4Verifier(new OneKey(key), clock, options.Region);
    }

    /// <summary>Where the caller of this request can download the package for ten minutes.</summary>
    public string Make(HttpRequest request, string sha256Hex)
    {
        var endpoint = publicEndpoint?.Invoke() ?? new Uri($"{request.Scheme}://{request.Host.ToUriComponent()}");
        var address = new Uri(endpoint, $"{ControlPlaneEndpoints.CodePath}/{sha256Hex}");
        return signer.Presign("GET", address, Service, Life).AbsoluteUri;
    }

    /// <summary>Null if the request is one that <see cref="Make"/> signed and its time has not passed, else S3's error.</summary>
    public AwsError? Check(HttpRequest request) => verifier.Verify(request, [], Service) switch
    {
        SigV4Result.Refused => new AwsError(403, "AccessDenied", "Access Denied"),
        _ => null,
    };

    private sealed class OneKey(AccessKey only) : IAccessKeys
    {
        public bool TryFind(string accessKeyId, [MaybeNullWhen(false)] out AccessKey key)
        {
            key = only;
            return accessKeyId == only.AccessKeyId;
        }
    }
}
