using System.Collections.Immutable;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Policies;

/// <summary>
/// What the policy of a function, a version or an alias is changed with: the resource must be there, its revision may be asked
/// for, and changes with its policy. Writers hold the function's turn.
/// </summary>
internal static class FunctionPolicies
{
    /// <summary>The policies of a control plane, by qualifier; published as text.</summary>
    public static FunctionPart<ResourcePolicy> Part(FunctionStore store) => new(
        store, "policy", json => json.ResourcePolicy,
        (entry, policies) => entry with { Policies = policies.ToImmutableDictionary(p => p.Key, p => p.Value.Text(), StringComparer.Ordinal) });

    /// <summary>The revision of the function, version or alias; null if there is none.</summary>
    public static string? RevisionOf(LambdaControlPlane plane, FunctionArn arn) =>
        AliasOf(plane, arn)?.RevisionId ?? (FunctionReference.Find(plane, arn).Is(out var record, out _) ? record.RevisionId : null);

    /// <summary>True if the caller has seen the latest revision, or does not care.</summary>
    public static bool IsLatest(LambdaControlPlane plane, FunctionArn arn, string? seen) =>
        string.IsNullOrEmpty(seen) || seen == RevisionOf(plane, arn);

    /// <summary>Writes the policy, or deletes one without statements, and gives the resource a new revision.</summary>
    public static async Task WriteAsync(LambdaControlPlane plane, FunctionArn arn, ResourcePolicy policy)
    {
        var (key, qualifier) = (arn.Key(), arn.Qualifier ?? FunctionErrors.Latest);
        if (policy.Statements.Count == 0)
        {
            await plane.Policies.RemoveAsync(key, qualifier);
        }
        else
        {
            await plane.Policies.PutAsync(key, qualifier, policy);
        }

        if (AliasOf(plane, arn) is { } alias)
        {
            await plane.Aliases.PutAsync(key, qualifier, alias with { RevisionId = policy.RevisionId });
            return;
        }

        await FunctionUpdate.ReviseAsync(plane, arn, policy.RevisionId);
    }

    /// <summary>404 in the words for what the qualifier looks like: an alias, or anything else.</summary>
    public static AwsError NotFound(FunctionArn arn) =>
        arn.Qualifier is { } qualifier && !qualifier.All(char.IsAsciiDigit) && !qualifier.Contains('$', StringComparison.Ordinal)
            ? AliasErrors.CannotFind(arn)
            : FunctionErrors.NotFound(arn);

    private static AliasRecord? AliasOf(LambdaControlPlane plane, FunctionArn arn) =>
        arn.Qualifier is null ? null : plane.Aliases.Find(arn.Key(), arn.Qualifier);
}
