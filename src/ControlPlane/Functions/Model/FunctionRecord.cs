using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions.Model;

/// <summary>Names a function of this region. Ordered by account, then by name.</summary>
internal sealed record FunctionKey(string Account, string Name) : IComparable<FunctionKey>
{
    public int CompareTo(FunctionKey? other) =>
        string.CompareOrdinal(Account, other?.Account) is var byAccount and not 0
            ? byAccount
            : string.CompareOrdinal(Name, other?.Name);
}

/// <summary>
/// A function as it is stored: what the API answers (<see cref="Definition"/>) and, while that is not ready yet, what still
/// runs (<see cref="Serving"/>). Only <see cref="FunctionTransitions"/> makes one from another.
/// </summary>
internal sealed record FunctionRecord
{
    public required string Account { get; init; }

    public required string Name { get; init; }

    /// <summary><c>$LATEST</c>, or the number of a published version.</summary>
    public string Version { get; init; } = FunctionErrors.Latest;

    /// <summary>Names what a version was published from: while <c>$LATEST</c> is still that, there is nothing new to publish.</summary>
    public string? PublishedFrom { get; init; }

    /// <summary>Made anew at each creation, so that a function created again shares no sandbox with its predecessor.</summary>
    public required string Incarnation { get; init; }

    public required FunctionDefinition Definition { get; init; }

    /// <summary>The last definition that was ready, while <see cref="Definition"/> is not; null if none ever was.</summary>
    public FunctionDefinition? Serving { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>A UUID that changes with every state of the record: clients and writers compare it.</summary>
    public required string RevisionId { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary><c>Pending</c>, <c>Active</c> or <c>Failed</c>.</summary>
    public required string State { get; init; }

    public string? StateReason { get; init; }

    public string? StateReasonCode { get; init; }

    /// <summary>Null until the function was ready once, then <c>Successful</c>, <c>InProgress</c> or <c>Failed</c>.</summary>
    public string? LastUpdateStatus { get; init; }

    public string? LastUpdateStatusReason { get; init; }

    public string? LastUpdateStatusReasonCode { get; init; }

    /// <summary>Its place in the index. A method, since it is not stored.</summary>
    public FunctionKey Key() => new(Account, Name);

    /// <summary>Its ARN without a qualifier.</summary>
    public FunctionArn Arn(string region) => new(region, Account, Name);

    /// <summary>True if it is published, and so never changes.</summary>
    public bool IsVersion() => Version != FunctionErrors.Latest;

    /// <summary>True if its definition is what serves.</summary>
    public bool IsReady() => State == FunctionStates.Active && LastUpdateStatus == FunctionStates.Successful;

    /// <summary>True if a background step owes it a transition.</summary>
    public bool IsUnderWay() => State == FunctionStates.Pending || LastUpdateStatus == FunctionStates.InProgress;

    /// <summary>The packages that it refers to.</summary>
    public IEnumerable<string> Packages() =>
        Serving is null ? Definition.Packages() : Definition.Packages().Concat(Serving.Packages());
}
