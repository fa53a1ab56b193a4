using System.Text.Json.Serialization;

namespace Lambent.ControlPlane.Urls;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html; Update has the same members.</summary>
internal sealed record UrlRequest
{
    public string? AuthType { get; init; }

    public CorsSettings? Cors { get; init; }

    public string? InvokeMode { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html. Answered with the members that were given.</summary>
internal sealed record CorsSettings
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? AllowCredentials { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? AllowHeaders { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? AllowMethods { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? AllowOrigins { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ExposeHeaders { get; init; }

    /// <summary>In seconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxAge { get; init; }
}

/// <summary>A URL as every operation answers it; creation knows no last change; creation and update answer the mode only if it was ever given (recorded on AWS).</summary>
internal sealed record UrlResponse
{
    public required string FunctionUrl { get; init; }

    public required string FunctionArn { get; init; }

    public required string AuthType { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CorsSettings? Cors { get; init; }

    public required string CreationTime { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LastModifiedTime { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InvokeMode { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html</summary>
internal sealed record ListUrlsResponse(IReadOnlyList<UrlResponse> FunctionUrlConfigs, string? NextMarker);
