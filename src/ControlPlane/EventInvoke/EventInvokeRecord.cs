using System.Collections.Immutable;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>How the events of a version, an alias or <c>$LATEST</c> are treated, as it is stored. Null was not given.</summary>
internal sealed record EventInvokeRecord
{
    public int? MaximumRetryAttempts { get; init; }

    public int? MaximumEventAgeInSeconds { get; init; }

    public string? OnSuccess { get; init; }

    public string? OnFailure { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary>Those of a control plane, by qualifier.</summary>
    public static FunctionPart<EventInvokeRecord> Part(FunctionStore store) => new(
        store, "event-invoke", json => json.EventInvokeRecord,
        (entry, found) => entry with
        {
            EventInvoke = found.ToImmutableDictionary(
                c => c.Key,
                c => new EventInvokeSettings(
                    c.Value.MaximumRetryAttempts, c.Value.MaximumEventAgeInSeconds, c.Value.OnSuccess, c.Value.OnFailure)),
        });

    /// <summary>This record with what a request gave.</summary>
    public EventInvokeRecord With(EventInvokeRequest request, DateTimeOffset now) => new()
    {
        MaximumRetryAttempts = request.MaximumRetryAttempts ?? MaximumRetryAttempts,
        MaximumEventAgeInSeconds = request.MaximumEventAgeInSeconds ?? MaximumEventAgeInSeconds,
        OnSuccess = request.DestinationConfig is { } success ? Given(success.OnSuccess) : OnSuccess,
        OnFailure = request.DestinationConfig is { } failure ? Given(failure.OnFailure) : OnFailure,
        LastModified = now,
    };

    private static string? Given(Destination? destination) =>
        string.IsNullOrEmpty(destination?.DestinationArn) ? null : destination.DestinationArn;
}
