using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Frontend;
using Lambent.Invoke.Telemetry;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class LimitTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public void Without_a_word_of_the_operator_the_limits_are_those_of_AWS() =>
        (Limits.OfAws.AccountConcurrency, Limits.OfAws.MaxTimeoutSeconds, Limits.OfAws.MaxRequestBytes, Limits.OfAws.MaxEventBytes, Limits.OfAws.MaxResponseBytes)
            .ShouldBe((1_000, 900, 6_291_456, 1_048_576, 6_291_556));

    [Theory]
    [InlineData("RequestResponse", 6 * Megabyte, null)]
    [InlineData("RequestResponse", (6 * Megabyte) + 1, "Request must be smaller than 6291456 bytes for the InvokeFunction operation")]
    [InlineData("Event", Megabyte, null)]
    [InlineData("Event", Megabyte + 1, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")]
    public void A_payload_has_the_limits_of_AWS(string type, int bytes, string? message) => (Read(type, bytes, Limits.OfAws)?.Message).ShouldBe(message);

    [Theory]
    [InlineData("RequestResponse", 8 * Megabyte, null)]
    [InlineData("RequestResponse", (8 * Megabyte) + 1, "Request must be smaller than 8388608 bytes for the InvokeFunction operation")]
    [InlineData("Event", 2 * Megabyte, null)]
    [InlineData("Event", (2 * Megabyte) + 1, "2097153 byte payload is too large for the Event invocation type (limit 2097152 bytes)")]
    public void An_operator_may_set_others_and_the_error_names_them(string type, int bytes, string? message) =>
        (Read(type, bytes, new Limits { MaxPayloadMb = 8, MaxEventPayloadMb = 2 })?.Message).ShouldBe(message);

    /// <summary>A JSON string of so many bytes.</summary>
    private static AwsError? Read(string type, int bytes, Limits limits)
    {
        using var telemetry = new RoadTelemetry(TimeProvider.System);
        var catalog = new FunctionCatalog();
        catalog.Publish(FunctionEntry.Of(Samples.Function()));
        var body = new byte[bytes];
        Array.Fill(body, (byte)'a');
        body[0] = body[^1] = (byte)'"';
        var context = new DefaultHttpContext();
        context.Request.RouteValues["FunctionName"] = "f";
        context.Request.Headers["X-Amz-Invocation-Type"] = type;
        var caller = new AccessKey("AKIATEST", "secret", Samples.Arn.Account, $"arn:aws:iam::{Samples.Arn.Account}:root", Samples.Arn.Account);
        var (call, error) = InvokeCall.Read(context, new AwsRequest("id", caller, body), Samples.Arn.Region, catalog, Authorizer.KnowingNobody(Samples.Arn.Region, TimeProvider.System), limits, () => 1, telemetry, TimeProvider.System,
            InvocationType.Event, InvocationType.RequestResponse);
        (call is null).ShouldBe(error is not null);
        return error;
    }
}
