namespace Lambent.ControlPlane.Functions.Model;

/// <summary>The words of <c>State</c> and <c>LastUpdateStatus</c>.</summary>
internal static class FunctionStates
{
    public const string Pending = "Pending", Active = "Active", Failed = "Failed";

    public const string InProgress = "InProgress", Successful = "Successful";
}

/// <summary>
/// <c>Pending → Active | Failed</c>, then any number of times <c>InProgress → Successful | Failed</c>. A function that failed
/// at its creation may be updated, which makes it Active. Everything else is forbidden.
/// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
/// </summary>
internal static class FunctionTransitions
{
    // AWS gives the reason of a creation for updates too.
    private const string CreatingCode = "Creating", CreatingReason = "The function is being created.";

    /// <summary>A new function, not ready yet.</summary>
    public static FunctionRecord Created(
        FunctionKey key, FunctionDefinition definition, IReadOnlyDictionary<string, string>? tags, string incarnation,
        string revisionId, DateTimeOffset now) => new()
        {
            Account = key.Account,
            Name = key.Name,
            Incarnation = incarnation,
            Definition = definition,
            Tags = tags is null or { Count: 0 } ? null : tags,
            RevisionId = revisionId,
            LastModified = now,
            State = FunctionStates.Pending,
            StateReason = CreatingReason,
            StateReasonCode = CreatingCode,
        };

    /// <summary>A new definition was accepted; the one before serves until the new one is ready.</summary>
    public static FunctionRecord UpdateBegun(
        this FunctionRecord record, FunctionDefinition definition, string revisionId, DateTimeOffset now)
    {
        Require(!record.IsUnderWay(), record);
        return record with
        {
            Definition = definition,
            Serving = record.LastUpdateStatus == FunctionStates.Successful ? record.Definition : record.Serving,
            RevisionId = revisionId,

            // AWS gives whole seconds here, and milliseconds at creation.
            LastModified = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
            LastUpdateStatus = FunctionStates.InProgress,
            LastUpdateStatusReason = CreatingReason,
            LastUpdateStatusReasonCode = CreatingCode,
        };
    }

    /// <summary>
    /// What is published of this record: ready at once if the record is, else it waits for its own step.
    /// </summary>
    public static FunctionRecord Published(this FunctionRecord latest, string number, string? description, string revisionId)
    {
        Require(!latest.IsVersion(), latest);
        var ready = latest.IsReady();
        return latest with
        {
            Version = number,
            PublishedFrom = latest.Definition.Fingerprint(),
            Definition = latest.Definition with { Description = description ?? latest.Definition.Description },
            Serving = null,
            Tags = null,
            RevisionId = revisionId,
            State = ready ? FunctionStates.Active : FunctionStates.Pending,
            StateReason = ready ? null : CreatingReason,
            StateReasonCode = ready ? null : CreatingCode,
            LastUpdateStatus = ready ? FunctionStates.Successful : null,
            LastUpdateStatusReason = null,
            LastUpdateStatusReasonCode = null,
        };
    }

    /// <summary>Something that belongs to the function changed, which AWS shows in its <c>RevisionId</c>.</summary>
    public static FunctionRecord Touched(this FunctionRecord record, string revisionId) => record with { RevisionId = revisionId };

    /// <summary>The definition is ready and serves from now on.</summary>
    public static FunctionRecord Prepared(this FunctionRecord record, string revisionId)
    {
        Require(record.IsUnderWay(), record);
        return record with
        {
            Serving = null,
            RevisionId = revisionId,
            State = FunctionStates.Active,
            StateReason = null,
            StateReasonCode = null,
            LastUpdateStatus = FunctionStates.Successful,
            LastUpdateStatusReason = null,
            LastUpdateStatusReasonCode = null,
        };
    }

    /// <summary>The definition cannot run. A creation fails for good; after a failed update the one before serves on.</summary>
    public static FunctionRecord NotPrepared(this FunctionRecord record, PreparationFailure failure, string revisionId)
    {
        Require(record.IsUnderWay(), record);
        return record.State == FunctionStates.Pending
            ? record with
            {
                RevisionId = revisionId,
                State = FunctionStates.Failed,
                StateReason = failure.Reason,
                StateReasonCode = failure.Code,
            }
            : record with
            {
                RevisionId = revisionId,
                LastUpdateStatus = FunctionStates.Failed,
                LastUpdateStatusReason = failure.Reason,
                LastUpdateStatusReasonCode = failure.Code,
            };
    }

    private static void Require(bool allowed, FunctionRecord record)
    {
        if (!allowed)
        {
            throw new InvalidOperationException(
                $"{record.Name} is {record.State} and its last update {record.LastUpdateStatus}: this transition is forbidden.");
        }
    }
}

/// <summary>Why a definition cannot run.</summary>
/// <param name="Code">One of AWS's <c>StateReasonCode</c> values, for example <c>InvalidRuntime</c>.</param>
/// <param name="Reason">For the user.</param>
internal sealed record PreparationFailure(string Code, string Reason);
