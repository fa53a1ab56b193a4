using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// An authenticated AWS request: what the front door has established before an operation runs. A feature of the
/// <see cref="HttpContext"/>.
/// </summary>
/// <param name="RequestId">Answered as <c>x-amzn-RequestId</c>.</param>
/// <param name="Caller">Whose key signed it.</param>
/// <param name="Body">The whole body; its hash is part of the signature.</param>
public sealed record AwsRequest(string RequestId, AccessKey Caller, ReadOnlyMemory<byte> Body)
{
    /// <summary>The service that it was signed for, such as <c>iam</c>.</summary>
    public string Service { get; init; } = "lambda";

    /// <summary>When its head had been read, by the provider's timestamp.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>The address that it came from; null if that is not known.</summary>
    public string? SourceIp => Http?.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    /// <summary>Whether it came over TLS.</summary>
    public bool IsHttps => Http?.Request.IsHttps == true;

    /// <summary>What the client calls itself; null if it does not say.</summary>
    public string? UserAgent => Http?.Request.Headers.UserAgent.FirstOrDefault();

    /// <summary>What it came as; null where there is no HTTP.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>The request of this context.</summary>
    /// <exception cref="InvalidOperationException">The front door was not passed.</exception>
    public static AwsRequest Of(HttpContext context) =>
        context.Features.Get<AwsRequest>() ?? throw new InvalidOperationException("No authenticated AWS request here.");
}
