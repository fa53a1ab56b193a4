using System.Text;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

/// <summary>Every way to be refused, with AWS's name and words for it.</summary>
public sealed class SigV4RefusalTests
{
    private const string ContentHash = "X-Amz-Content-Sha256";

    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
        + "and signing method. Consult the service documentation for details.";

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 10, 0, TimeSpan.Zero);
    private readonly FixedClock _clock = new(Now);
    private readonly TestKeys _keys = new();

    [Fact]
    public void No_signature() => Refuse(
        Wire.Of("GET", "/"), "MissingAuthenticationTokenException", "Missing Authentication Token");

    [Fact]
    public void No_signature_for_STS() => Refuse(
        Wire.Of("GET", "/"), "MissingAuthenticationToken", "Request is missing Authentication Token", service: "sts");

    [Fact]
    public void Signed_in_header_and_query() => Refuse(
        Edited(wire => RawTarget(wire, "/?X-Amz-Algorithm=AWS4-HMAC-SHA256")), "InvalidSignatureException",
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");

    [Fact]
    public void Another_version_of_the_algorithm() => Refuse(
        Authorized("AWS5-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b"), "IncompleteSignatureException",
        "Unsupported AWS 'algorithm': 'AWS5-HMAC-SHA256'.");

    [Fact]
    public void Another_scheme_with_all_the_parts() => Refuse(
        Authorized("Other Credential=a, SignedHeaders=host, Signature=b"), "IncompleteSignatureException",
        "Unsupported AWS 'algorithm': 'Other'.");

    [Fact]
    public void A_bearer_token_is_not_shown_again() => Refuse(
        Authorized("Bearer abc"), "IncompleteSignatureException",
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): "
        + "'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.");

    [Fact]
    public void All_parts_missing() => Refuse(
        Edited(wire => (wire.Request.Headers["X-Amz-Date"], wire.Request.Headers.Authorization) = (default, "AWS4-HMAC-SHA256")),
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        + "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
        + "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256");

    [Theory]
    [InlineData("Credential")]
    [InlineData("Signature")]
    [InlineData("SignedHeaders")]
    public void One_part_missing(string part) => Refuse(
        Authorized(Whole().Replace(part + "=", "Other=", StringComparison.Ordinal)), "IncompleteSignatureException",
        $"Authorization header requires '{part}' parameter. Authorization=AWS4-HMAC-SHA256");

    [Fact]
    public void STS_answers_an_incomplete_signature_with_400() => Refuse(
        Authorized("AWS4-HMAC-SHA256 Credential=a, Signature=b"), "IncompleteSignature",
        "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256", 400, "sts");

    [Fact]
    public void Date_missing() => Refuse(
        Edited(wire => wire.Request.Headers.Remove("X-Amz-Date")), "IncompleteSignatureException",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256");

    [Fact]
    public void Date_unreadable() => Refuse(
        Edited(wire => wire.Request.Headers["X-Amz-Date"] = "2026-01-01"), "IncompleteSignatureException",
        "Date must be in ISO-8601 'basic format'. Got '2026-01-01'. See http://en.wikipedia.org/wiki/ISO_8601");

    [Fact]
    public void Too_old_by_a_second()
    {
        var wire = Signed();
        _clock.Now = Now.AddMinutes(5);
        Verify(wire).ShouldBeOfType<SigV4Result.Verified>();
        _clock.Now = Now.AddMinutes(5).AddSeconds(1);
        Refuse(
            wire, "InvalidSignatureException",
            "Signature expired: 20260101T001000Z is now earlier than 20260101T001001Z (20260101T001501Z - 5 min.)");
    }

    [Fact]
    public void Too_new_by_a_second()
    {
        var wire = Signed();
        _clock.Now = Now.AddMinutes(-5);
        Verify(wire).ShouldBeOfType<SigV4Result.Verified>();
        _clock.Now = Now.AddMinutes(-5).AddSeconds(-1);
        Refuse(
            wire, "InvalidSignatureException",
            "Signature not yet current: 20260101T001000Z is still later than 20260101T000959Z (20260101T000459Z + 5 min.)");
    }

    [Fact]
    public void STS_gives_fifteen_minutes()
    {
        var wire = Signed(service: "sts");
        _clock.Now = Now.AddMinutes(15);
        Verify(wire, "sts").ShouldBeOfType<SigV4Result.Verified>();
        _clock.Now = Now.AddMinutes(16);
        Refuse(
            wire, "SignatureDoesNotMatch",
            "Signature expired: 20260101T001000Z is now earlier than 20260101T001100Z (20260101T002600Z - 15 min.)",
            service: "sts");
    }

    [Fact]
    public void Host_not_signed() => Refuse(
        Authorized(Whole().Replace("host;", "", StringComparison.Ordinal)), "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");

    [Fact]
    public void An_amz_header_not_signed() => Refuse(
        Edited(wire => wire.Request.Headers["X-Amz-Invocation-Type"] = "Event"), "InvalidSignatureException",
        "'X-Amz-Invocation-Type' must be a 'SignedHeader' in the AWS Authorization.");

    [Theory]
    [InlineData("host;x-amz-date;x-amz-date")]
    [InlineData("x-amz-date;host")]
    [InlineData("Host;x-amz-date")]
    [InlineData("host;x-amz-date;")]
    public void Signed_headers_in_no_legal_order(string list) => Refuse(
        Authorized(Whole().Replace("host;x-amz-date", list, StringComparison.Ordinal)), "InvalidSignatureException", Mismatch);

    [Fact]
    public void A_list_of_signed_headers_without_end() => Refuse(
        Signed(header: (new string('i', 5000), "rightly signed")), "InvalidSignatureException", Mismatch);

    [Fact]
    public void Credential_of_four_parts() => Refuse(
        Authorized(Whole().Replace("/us-east-1", "", StringComparison.Ordinal)), "IncompleteSignatureException",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        + "'AKIDEXAMPLE/20260101/lambda/aws4_request'");

    [Fact]
    public void Another_region() => Refuse(
        Signed(region: "eu-west-1"), "InvalidSignatureException", "Credential should be scoped to a valid region.");

    [Fact]
    public void Another_region_for_STS() => Refuse(
        Signed(service: "sts", region: "eu-west-1"), "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region, not 'eu-west-1'.", service: "sts");

    [Fact]
    public void Another_service() => Refuse(
        Signed(service: "dynamodb"), "InvalidSignatureException", "Credential should be scoped to correct service: 'lambda'.");

    [Fact]
    public void Another_day_and_terminator() => Refuse(
        Authorized(Whole()
            .Replace("20260101/us-east-1/lambda/aws4_request", "20251231/us-east-1/lambda/aws5", StringComparison.Ordinal)),
        "InvalidSignatureException",
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. Date in Credential scope does not "
        + "match YYYYMMDD from ISO-8601 version of date from HTTP: '20251231' != '20260101', from '20260101T001000Z'.");

    [Theory]
    [InlineData("lambda", "UnrecognizedClientException")]
    [InlineData("sts", "InvalidClientTokenId")]
    public void An_unknown_key(string service, string type) => Refuse(
        Signed(TestKeys.LongLived with { AccessKeyId = "AKIDNOBODY" }, service), type,
        "The security token included in the request is invalid.", service: service);

    [Theory]
    [InlineData("lambda", "InvalidSignatureException")]
    [InlineData("sts", "SignatureDoesNotMatch")]
    public void A_wrong_secret(string service, string type) => Refuse(
        Signed(TestKeys.LongLived with { SecretAccessKey = "other" }, service), type, Mismatch, service: service);

    [Fact]
    public void A_signature_in_capitals() => Refuse(
        Edited(wire =>
        {
            var parts = ((string?)wire.Request.Headers.Authorization)!.Split("Signature=");
            wire.Request.Headers.Authorization = parts[0] + "Signature=" + parts[1].ToUpperInvariant();
        }),
        "InvalidSignatureException", Mismatch);

    [Fact]
    public void A_temporary_key_without_its_token() => Refuse(
        Signed(TestKeys.Temporary with { SessionToken = null }), "UnrecognizedClientException",
        "The security token included in the request is invalid.");

    [Fact]
    public void A_temporary_key_with_another_token() => Refuse(
        Signed(TestKeys.Temporary with { SessionToken = "other" }), "UnrecognizedClientException",
        "The security token included in the request is invalid.");

    [Fact]
    public void A_long_lived_key_with_a_token() => Refuse(
        Signed(TestKeys.LongLived with { SessionToken = "other" }), "UnrecognizedClientException",
        "The security token included in the request is invalid.");

    [Theory]
    [InlineData("lambda", "ExpiredTokenException")]
    [InlineData("sts", "ExpiredToken")]
    public void A_temporary_key_past_its_end(string service, string type)
    {
        _keys.Put(TestKeys.Temporary with { Expires = Now });
        Refuse(
            Signed(TestKeys.Temporary, service), type, "The security token included in the request is expired", service: service);
    }

    [Fact]
    public void Another_body() => Refuse(
        Signed() with { Body = Encoding.UTF8.GetBytes("other") }, "InvalidSignatureException", Mismatch);

    [Fact]
    public void Another_body_than_the_signed_hash_says() => Refuse(
        Signed(header: (ContentHash, new string('a', 64))), "InvalidSignatureException", Mismatch);

    [Theory]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    [InlineData("required")]
    public void A_body_signed_in_no_way_known(string payload) => Refuse(
        Signed(header: (ContentHash, payload)), "InvalidSignatureException",
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.");

    [Fact]
    public void An_unsigned_body_without_TLS()
    {
        var wire = Signed(header: (ContentHash, "UNSIGNED-PAYLOAD"));
        Refuse(wire, "InvalidSignatureException", Mismatch);
        wire.Request.Scheme = "https";
        Verify(wire).ShouldBeOfType<SigV4Result.Verified>();
    }

    [Fact]
    public void A_presigned_query_that_is_incomplete() => Refuse(
        Wire.Of("GET", "/?X-Amz-Algorithm=&X-Amz-Credential=a&X-Amz-Signature="), "IncompleteSignatureException",
        "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include "
        + "'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters "
        + "must include 'X-Amz-Date'. Re-examine the query-string parameters.");

    [Fact]
    public void A_presigned_query_of_another_algorithm() => Refuse(
        PresignedWith(query => query.Replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", StringComparison.Ordinal)),
        "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.");

    [Theory]
    [InlineData("x", "X-Amz-Expires should be a number")]
    [InlineData("0", "X-Amz-Expires must be non-negative")]
    [InlineData("-1", "X-Amz-Expires must be non-negative")]
    [InlineData(
        "604801",
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")]
    public void A_presigned_life_that_cannot_be(string seconds, string message) => Refuse(
        PresignedWith(query => query.Replace("Expires=3600", "Expires=" + seconds, StringComparison.Ordinal)),
        "IncompleteSignatureException", message);

    [Fact]
    public void A_presigned_url_past_its_life()
    {
        var wire = PresignedWith(query => query);
        _clock.Now = Now.AddHours(1);
        Verify(wire).ShouldBeOfType<SigV4Result.Verified>();
        _clock.Now = Now.AddHours(1).AddSeconds(1);
        Refuse(
            wire, "InvalidSignatureException",
            "Signature expired: 20260101T001000Z is now earlier than 20260101T001001Z (20260101T011001Z - 60 min.)");
    }

    [Fact]
    public void A_presigned_life_that_was_lengthened() => Refuse(
        PresignedWith(query => query.Replace("Expires=3600", "Expires=7200", StringComparison.Ordinal)),
        "InvalidSignatureException", Mismatch);

    [Fact]
    public void A_presigned_url_with_a_body() => Refuse(
        PresignedWith(query => query) with { Body = [1] }, "InvalidSignatureException", Mismatch);

    private void Refuse(Wire wire, string type, string message, int status = 403, string service = "lambda") =>
        Verify(wire, service).ShouldBeOfType<SigV4Result.Refused>().Error.ShouldBe(new(status, type, message));

    private SigV4Result Verify(Wire wire, string service = "lambda") =>
        new SigV4Verifier(_keys, _clock, "us-east-1").Verify(wire.Request, wire.Body, service);

    private Wire Signed(
        AccessKey? key = null, string service = "lambda", string region = "us-east-1",
        (string Name, string Value)? header = null)
    {
        var uri = new Uri("http://localhost:9000/2015-03-31/functions/f/invocations?Qualifier=%24LATEST");
        var headers = new HeaderDictionary();
        if (header is { } extra)
        {
            headers[extra.Name] = extra.Value;
        }

        new SigV4Signer(key ?? TestKeys.LongLived, _clock, region).Sign("POST", uri, service, headers, "{}"u8);
        return Wire.Of("POST", uri, headers, "{}"u8.ToArray());
    }

    private Wire PresignedWith(Func<string, string> edit)
    {
        var uri = new SigV4Signer(TestKeys.LongLived, _clock, "us-east-1")
            .Presign("GET", new("http://localhost:9000/2015-03-31/functions/f"), "lambda", TimeSpan.FromHours(1));
        var wire = Wire.Of("GET", uri, new HeaderDictionary());
        RawTarget(wire, uri.AbsolutePath + edit(uri.Query));
        return wire;
    }

    private string Whole() => ((string?)Signed().Request.Headers.Authorization)!;

    private Wire Authorized(string authorization) =>
        Edited(wire => wire.Request.Headers.Authorization = authorization);

    private Wire Edited(Action<Wire> edit)
    {
        var wire = Signed();
        edit(wire);
        return wire;
    }

    private static void RawTarget(Wire wire, string target) =>
        wire.Request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget = target;
}
