using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
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
    public static async Task<Result<FunctionConfiguration>> BeginAsync(
        LambdaControlPlane plane, FunctionArn arn, FunctionRecord record, FunctionDefinition definition)
    {
        var after = record.UpdateBegun(definition, plane.Surroundings.NewId(), plane.Surroundings.Clock.GetUtcNow());
        if (!await plane.Store.TryReplaceAsync(record, after))
        {
            return FunctionErrors.UpdateInProgress(arn);
        }

        plane.Lifecycle.Begin(after);
        return plane.Views.Configuration(after);
    }
}
