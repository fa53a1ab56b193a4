using System.Text.Json.Serialization;
using Lambent.Contracts;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html, and its Update.</summary>
internal sealed record EventInvokeRequest
{
    public int? MaximumRetryAttempts { get; init; }

    public int? MaximumEventAgeInSeconds { get; init; }

    public DestinationConfig? DestinationConfig { get; init; }
}

/// <summary>Where the record of an invocation goes.</summary>
internal sealed record DestinationConfig
{
    public Destination? OnSuccess { get; init; }

    public Destination? OnFailure { get; init; }
}

/// <summary>One destination; without an ARN it is none.</summary>
internal sealed record Destination
{
    [JsonPropertyName("Destination")]
    public string? DestinationArn { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html. Members in AWS's order.</summary>
/// <param name="LastModified">Seconds since 1970, with milliseconds.</param>
/// <param name="FunctionArn">With the qualifier.</param>
/// <param name="MaximumRetryAttempts">Null if it was not given.</param>
/// <param name="MaximumEventAgeInSeconds">Null if it was not given.</param>
/// <param name="DestinationConfig">Always with both members.</param>
internal sealed record FunctionEventInvokeConfig(
    double LastModified, string FunctionArn, int? MaximumRetryAttempts, int? MaximumEventAgeInSeconds, DestinationConfig DestinationConfig)
{
    public static FunctionEventInvokeConfig Of(FunctionArn qualified, EventInvokeRecord config) => new(
        config.LastModified.ToUnixTimeMilliseconds() / 1_000d, qualified.ToString(), config.MaximumRetryAttempts,
        config.MaximumEventAgeInSeconds,
        new()
        {
            OnSuccess = new() { DestinationArn = config.OnSuccess },
            OnFailure = new() { DestinationArn = config.OnFailure },
        });
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html</summary>
internal sealed record ListFunctionEventInvokeConfigsResponse(
    IReadOnlyList<FunctionEventInvokeConfig> FunctionEventInvokeConfigs, string? NextMarker);
