using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Host and every <c>x-amz-*</c> header that is sent must be signed: they say what is asked of whom.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static class RequiredHeaders
{
    /// <summary>
    /// In characters. The SDKs sign about a dozen names; a list without a bound would be searched once for each header.
    /// </summary>
    private const int MaxListLength = 4096;

    public static AwsError? Check(IHeaderDictionary headers, ReadOnlySpan<char> signed, SigV4Refusals refusals)
    {
        if (signed.Length > MaxListLength)
        {
            return refusals.WrongSignature();
        }

        if (!CanonicalHeaders.Contains(signed, "host"))
        {
            return refusals.HostNotSigned();
        }

        foreach (var header in headers)
        {
            if (MustBeSigned(header.Key) && !CanonicalHeaders.Contains(signed, header.Key))
            {
                return refusals.MustBeSigned(header.Key);
            }
        }

        return null;
    }

    // The hash of the body is signed as such; x-amz-cf-id is added after signing by CloudFront.
    private static bool MustBeSigned(string name) =>
        name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
        && !name.Equals("x-amz-content-sha256", StringComparison.OrdinalIgnoreCase)
        && !name.Equals("x-amz-cf-id", StringComparison.OrdinalIgnoreCase);
}
