using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Lambent.Aws;

/// <summary>
/// AWS's words for a signature that it refuses. JSON services and query services name the same faults differently.
/// Names: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and
/// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html. Texts:
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html, and answers of AWS recorded in
/// public issues and test suites (kinesalite <c>test/connection.js</c>, scratchstack-aws-signature).
/// </summary>
internal sealed class SigV4Refusals
{
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
        + "and signing method. Consult the service documentation for details.";

    private static readonly FrozenSet<string> QueryServices =
        new[] { "cloudformation", "iam", "sns", "sts" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly SigV4Refusals RestJson = new(false);
    private static readonly SigV4Refusals Query = new(true);
    private readonly bool _query;

    private SigV4Refusals(bool query) => _query = query;

    /// <summary>How far a clock may be off: Lambda says 5 minutes in its answers, STS 15.</summary>
    public TimeSpan Skew => TimeSpan.FromMinutes(_query ? 15 : 5);

    /// <summary>The words of the service that the request is for.</summary>
    public static SigV4Refusals Of(string service) => QueryServices.Contains(service) ? Query : RestJson;

    public AwsError NotSigned() => _query
        ? new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        : new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public AwsError SignedTwice() =>
        Invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");

    public AwsError UnknownAlgorithm(ReadOnlySpan<char> algorithm) =>
        Incomplete($"Unsupported AWS 'algorithm': '{algorithm}'.");

    // A header that is no AWS signature may be another's bearer token: AWS shows only its hash, and so do we.
    public AwsError NotAPair(string authorization) => Incomplete(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): "
        + $"'{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(authorization)))}'.");

    public AwsError MissingInHeader(
        bool credential, bool signature, bool signedHeaders, bool date, ReadOnlySpan<char> algorithm) => Incomplete(
        (credential ? "Authorization header requires 'Credential' parameter. " : "")
        + (signature ? "Authorization header requires 'Signature' parameter. " : "")
        + (signedHeaders ? "Authorization header requires 'SignedHeaders' parameter. " : "")
        + (date ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " : "")
        + $"Authorization={algorithm}");

    public AwsError MissingInQuery(IEnumerable<string> names) => Incomplete(
        string.Concat(names.Select(name => $"AWS query-string parameters must include '{name}'. "))
        + "Re-examine the query-string parameters.");

    public AwsError MustBeSigned(string header) =>
        Invalid($"'{header}' must be a 'SignedHeader' in the AWS Authorization.");

    public AwsError HostNotSigned() => Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");

    public AwsError NotADate(string date) => Incomplete(
        $"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601");

    // The three texts are S3's, the only service that documents the limits.
    public AwsError BadExpires(long? seconds) => Incomplete(seconds switch
    {
        null => "X-Amz-Expires should be a number",
        < 1 => "X-Amz-Expires must be non-negative",
        _ => $"X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            + $"{AmzSigning.MaxExpiresSeconds} seconds",
    });

    public AwsError Expired(ReadOnlySpan<char> date, DateTimeOffset now, TimeSpan window) => Invalid(
        $"Signature expired: {date} is now earlier than {AmzDate.Format(now - window)} ({AmzDate.Format(now)} - {Span(window)})");

    public AwsError NotYetCurrent(ReadOnlySpan<char> date, DateTimeOffset now, TimeSpan window) => Invalid(
        $"Signature not yet current: {date} is still later than {AmzDate.Format(now + window)} "
        + $"({AmzDate.Format(now)} + {Span(window)})");

    public AwsError NotACredential(ReadOnlySpan<char> credential) => Incomplete(
        $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'");

    /// <summary>Each fault of a scope in one sentence, in AWS's order; null if there is none.</summary>
    public AwsError? WrongScope(in CredentialScope scope, string region, string service, string date)
    {
        var faults = new List<string>();
        if (!scope.Region.SequenceEqual(region))
        {
            faults.Add(_query
                ? $"Credential should be scoped to a valid region, not '{scope.Region}'."
                : "Credential should be scoped to a valid region.");
        }

        if (!scope.Service.SequenceEqual(service))
        {
            faults.Add($"Credential should be scoped to correct service: '{service}'.");
        }

        if (!scope.Terminator.SequenceEqual(AmzSigning.Terminator))
        {
            faults.Add(
                $"Credential should be scoped with a valid terminator: '{AmzSigning.Terminator}', not '{scope.Terminator}'.");
        }

        var day = date.AsSpan(0, AmzDate.DayLength);
        if (!scope.Day.SequenceEqual(day))
        {
            faults.Add("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + $"'{scope.Day}' != '{day}', from '{date}'.");
        }

        return faults.Count == 0 ? null : Invalid(string.Join(' ', faults));
    }

    public AwsError UnknownKey() => new(
        403, _query ? "InvalidClientTokenId" : "UnrecognizedClientException",
        "The security token included in the request is invalid.");

    public AwsError ExpiredKey() => new(
        403, _query ? "ExpiredToken" : "ExpiredTokenException", "The security token included in the request is expired");

    // S3's text: other services do not tell what they take.
    public AwsError UnknownPayload() => Invalid("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.");

    /// <summary>True for the refusal that a different body can cause.</summary>
    public static bool IsMismatch(AwsError error) => error.Message == Mismatch;

    public AwsError WrongSignature() => Invalid(Mismatch);

    private static string Span(TimeSpan window) =>
        window.Seconds == 0 ? $"{(long)window.TotalMinutes} min." : $"{(long)window.TotalSeconds} sec.";

    private AwsError Invalid(string message) =>
        new(403, _query ? "SignatureDoesNotMatch" : "InvalidSignatureException", message);

    private AwsError Incomplete(string message) => _query
        ? new(400, "IncompleteSignature", message)
        : new(403, "IncompleteSignatureException", message);
}
