using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// The arithmetic of SigV4, which the signer and the verifier share.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static class AmzSigning
{
    public const string Algorithm = "AWS4-HMAC-SHA256";
    public const string Terminator = "aws4_request";
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    /// <summary>The one service that signs its path as it stands and presigns without the body.</summary>
    public const string S3 = "s3";

    /// <summary>The longest life of a presigned URL: seven days, since a signing key lives no longer.</summary>
    public const int MaxExpiresSeconds = 604_800;

    private const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>What a signature is made over. The scope is <c>20150830/us-east-1/iam/aws4_request</c>.</summary>
    public readonly ref struct Subject
    {
        public required string Method { get; init; }
        public required ReadOnlySpan<char> Path { get; init; }
        public required ReadOnlySpan<char> Query { get; init; }
        public required ReadOnlySpan<char> SignedHeaders { get; init; }
        public required IHeaderDictionary Headers { get; init; }
        public required ReadOnlySpan<char> PayloadHash { get; init; }
        public required ReadOnlySpan<char> Date { get; init; }
        public required ReadOnlySpan<char> Scope { get; init; }
        public required string Service { get; init; }
    }

    /// <summary>Writes the 64 hexadecimal digits of the signature; false if the signed headers are in no legal order.</summary>
    public static bool TrySign(in Subject subject, SigningKey signingKey, Span<char> signature)
    {
        var buffer = new PooledBytes(2048);
        try
        {
            if (!TryWriteCanonicalRequest(ref buffer, subject))
            {
                return false;
            }

            Span<byte> hash = stackalloc byte[HashLength];
            SHA256.HashData(buffer.Written, hash);
            buffer.CutTo(0);
            WriteStringToSign(ref buffer, subject, hash);
            signingKey.Sign(buffer.Written, hash);
            return Convert.TryToHexStringLower(hash, signature, out _);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    /// <summary>The key that signs for one day, region and service: four HMACs in a chain.</summary>
    public static SigningKey DeriveKey(string secret, ReadOnlySpan<char> day, ReadOnlySpan<char> region, ReadOnlySpan<char> service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        key = Hmac(key, day);
        key = Hmac(key, region);
        key = Hmac(key, service);
        return new SigningKey(Hmac(key, Terminator));
    }

    private static byte[] Hmac(byte[] key, ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return HMACSHA256.HashData(key, bytes);
    }

    private static bool TryWriteCanonicalRequest(ref PooledBytes to, in Subject subject)
    {
        to.Add(subject.Method);
        to.Add((byte)'\n');
        CanonicalPath.Write(ref to, subject.Path, subject.Service);
        to.Add((byte)'\n');
        CanonicalQuery.Write(ref to, subject.Query);
        to.Add((byte)'\n');
        if (!CanonicalHeaders.TryWrite(ref to, subject.SignedHeaders, subject.Headers))
        {
            return false;
        }

        to.Add((byte)'\n');
        to.Add(subject.SignedHeaders);
        to.Add((byte)'\n');
        to.Add(subject.PayloadHash);
        return true;
    }

    private static void WriteStringToSign(ref PooledBytes to, in Subject subject, ReadOnlySpan<byte> canonicalHash)
    {
        to.Add("AWS4-HMAC-SHA256\n"u8);
        to.Add(subject.Date);
        to.Add((byte)'\n');
        to.Add(subject.Scope);
        to.Add((byte)'\n');
        Span<char> hex = stackalloc char[HashLength * 2];
        Convert.TryToHexStringLower(canonicalHash, hex, out _);
        to.Add(hex);
    }
}
