using System.Diagnostics.CodeAnalysis;
using System.Text;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.ControlPlane;
using Lambent.ControlPlane.Wire;
using Lambent.Invoke.Frontend;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;

namespace Lambent.Fuzz;

/// <summary>Parsers of what a client sends: an answer or an error in AWS's form, never an exception.</summary>
public sealed class ParserTests
{
    private static readonly SigV4Verifier Verifier = new(new OneKey(), new StoppedClock(), "us-east-1");

    [Fact]
    public Task A_signature_is_verified_or_refused() => new Fuzzer("signature").RunAsync(30_000, input =>
    {
        var request = RequestOf(Encoding.Latin1.GetString(input), out var body);

        Verifier.RefuseUnread(request, "lambda", "sts");
        var refused = Verifier.Verify(request, body, "lambda", "sts").ShouldBeOfType<SigV4Result.Refused>("no mutation can sign");

        AsAws(refused.Error);
    });

    [Fact]
    public Task A_function_name_is_an_ARN_or_none() => new Fuzzer("arn").RunAsync(50_000, input =>
    {
        var home = new FunctionArn("us-east-1", "000000000000", "home");

        if (FunctionArn.Parse(Encoding.UTF8.GetString(input), home) is { } arn)
        {
            FunctionArn.Parse(arn.ToString(), home).ShouldBe(arn);
        }
    });

    [Fact]
    public Task A_payload_is_JSON_or_an_error() => new Fuzzer("payload").RunAsync(30_000, input =>
    {
        if (PayloadCheck.Error(input) is { } error)
        {
            AsAws(error);
        }
    });

    [Fact]
    public Task A_request_of_the_control_plane_is_read_or_an_error() => new Fuzzer("create").RunAsync(30_000, input =>
    {
        if (!RequestJson.Read(input, ControlPlaneJson.Wire.CreateFunctionRequest).Is(out _, out var error))
        {
            AsAws(error);
        }
    });

    [Fact]
    public Task A_policy_decides_or_is_refused_in_a_sentence() => new Fuzzer("policy").RunAsync(30_000, input =>
    {
        var text = Encoding.UTF8.GetString(input);
        foreach (var kind in Enum.GetValues<PolicyKind>())
        {
            if (Policy.TryParse(text, kind, out var policy, out var fault))
            {
                AccessEvaluation.Decide(Question(), new PrincipalPolicies { Identity = [policy], Boundary = policy }, policy);
            }
            else
            {
                fault.ShouldNotBeNullOrWhiteSpace();
            }
        }
    });

    private static AccessRequest Question() => new(
        Principal.OfArn("arn:aws:iam::123456789012:user/ann"), "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f",
        new RequestContext().With("aws:username", "ann").With("aws:SourceIp", "203.0.113.7").With("aws:SourceArn", "arn:aws:s3:::bucket")
            .With("aws:CurrentTime", "2026-01-01T00:00:00Z").With("aws:TagKeys", ["a", "b"]).With("s3:max-keys", "10").With("aws:SecureTransport", "true"));

    private static void AsAws(AwsError error)
    {
        error.Status.ShouldBeInRange(400, 499);
        error.Type.ShouldNotBeEmpty();
        error.Message.ShouldNotBeEmpty();
    }

    /// <summary>Method, target and headers, a line each; a blank line; the body.</summary>
    private static HttpRequest RequestOf(string text, out byte[] body)
    {
        var parts = text.Split("\n\n", 2);
        var lines = parts[0].Split('\n');
        var request = new DefaultHttpContext().Request;
        request.Method = lines[0];
        request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = lines.ElementAtOrDefault(1) ?? "/";
        foreach (var line in lines.Skip(2))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) // a server hands on no other
            {
                request.Headers.Append(line[..colon], line[(colon + 1)..].Trim());
            }
        }

        body = Encoding.Latin1.GetBytes(parts.ElementAtOrDefault(1) ?? "");
        return request;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private sealed class OneKey : IAccessKeys
    {
        private static readonly AccessKey Key = new("AKIDEXAMPLE", "secret", "000000000000", "arn:aws:iam::000000000000:root", "000000000000");

        public bool TryFind(string accessKeyId, [MaybeNullWhen(false)] out AccessKey key)
        {
            key = Key;
            return accessKeyId == Key.AccessKeyId;
        }
    }
}
