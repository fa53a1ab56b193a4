using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Functions;

/// <summary>What both update operations share: the preconditions, and the change of the record.</summary>
internal static class FunctionUpdate
{
    /// <summary>The record, if it is there and of the revision that the caller has seen (null: any).</summary>
    public static Result<FunctionRecord> Find(LambdaControlPlane plane, FunctionArn arn, string? revisionId)
    {
        if (!FunctionReference.Find(plane, arn).Is(out var record, out var error))
        {
            return error;
        }

        return revisionId is null || revisionId == record.RevisionId ? record : FunctionErrors.StaleRevision();
    }

    /// <summary>Null if no other change is under way.</summary>
    public static AwsError? CheckIdle(FunctionRecord record, FunctionArn arn)
    {
        if (!record.IsUnderWay())
        {
            return null;
        }

        return record.State == FunctionStates.Pending ? FunctionErrors.StillPending(arn) : FunctionErrors.UpdateInProgress(arn);
    }

    /// <summary>Writes the new definition and begins to make it ready; another writer that was faster wins.</summary>
    /// <param name="plane">The control plane.</param>
    /// <param name="arn">The function, as it was named.</param>
    /// <param name="record">The function, as the caller has seen it.</param>
    /// <param name="definition">What it is to be.</param>
    /// <param name="publish">True publishes the new definition, and answers with the version.</param>
    public static async Task<Result<FunctionConfiguration>> BeginAsync(
        LambdaControlPlane plane, FunctionArn arn, FunctionRecord record, FunctionDefinition definition, bool publish = false)
    {
        var after = record.UpdateBegun(definition, plane.Surroundings.NewId(), plane.Surroundings.Clock.GetUtcNow());
        using var turn = await plane.Store.TurnAsync(record.Key());
        var last = publish ? Publication.Unchanged(plane, after) : null;
        var version = publish && last is null ? Publication.Next(plane, after) : null;
        if (!await plane.Store.TryReplaceAsync(record, after, version))
        {
            return FunctionErrors.UpdateInProgress(arn);
        }

        plane.Lifecycle.Begin(after);
        if (version is not null)
        {
            plane.Lifecycle.Begin(version);
        }

        return plane.Views.Configuration(version ?? last ?? after, (version ?? last)?.Version);
    }

    /// <summary>Something of a function or version that is not its definition changed: it has a new revision. The caller has the function's turn.</summary>
    public static async Task ReviseAsync(LambdaControlPlane plane, FunctionArn arn, string revisionId)
    {
        // While a change is under way, its end makes a new revision anyway, and must find the record as it was.
        bool written;
        do
        {
            written = !FunctionReference.Find(plane, arn).Is(out var record, out _) || record.IsUnderWay()
                || await TouchAsync(plane, record, revisionId);
        }
        while (!written);
    }

    // A version changes in the function's turn, which the caller has; the function itself by whoever is first.
    private static Task<bool> TouchAsync(LambdaControlPlane plane, FunctionRecord record, string revisionId) => record.IsVersion()
        ? plane.Store.Versions.PutAsync(record.Key(), record.Version, record.Touched(revisionId))
        : plane.Store.TryReplaceAsync(record, record.Touched(revisionId));
}
