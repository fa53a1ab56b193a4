using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>Environments that a version or alias is to have initialised, as it is stored.</summary>
internal sealed record ProvisionedRecord(int Requested, DateTimeOffset LastModified)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'+0000'";

    /// <summary>Those of a control plane, by the qualifier that they were asked for.</summary>
    public static FunctionPart<ProvisionedRecord> Part(FunctionStore store) => new(
        store, "provisioned", json => json.ProvisionedRecord,
        (entry, found) => entry with { ProvisionedConcurrency = found.ToImmutableDictionary(p => p.Key, p => p.Value.Requested) });

    /// <summary>As it is answered.</summary>
    public ProvisionedConcurrencyConfig Answer(ProvisionedConcurrencyStatus now, string? functionArn = null) => new(
        functionArn, Requested, now.Available, now.Allocated, now.Status, now.StatusReason,
        LastModified.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html</summary>
internal sealed record ProvisionedRequest
{
    public int? ProvisionedConcurrentExecutions { get; init; }
}

/// <summary>
/// https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html; answers outside of a list have no
/// ARN.
/// </summary>
internal sealed record ProvisionedConcurrencyConfig(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? FunctionArn,
    int RequestedProvisionedConcurrentExecutions, int AvailableProvisionedConcurrentExecutions, int AllocatedProvisionedConcurrentExecutions,
    string Status, string? StatusReason, string LastModified);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html</summary>
internal sealed record ListProvisionedConcurrencyConfigsResponse(
    IReadOnlyList<ProvisionedConcurrencyConfig> ProvisionedConcurrencyConfigs, string? NextMarker);
