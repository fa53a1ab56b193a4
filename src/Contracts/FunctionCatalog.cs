using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Lambent.Contracts;

/// <summary>
/// The functions that the road can reach: one immutable map, swapped as a whole. The control plane writes, frontends and
/// pollers read without a lock.
/// </summary>
public sealed class FunctionCatalog
{
    private ImmutableDictionary<string, FunctionSnapshot> snapshots =
        ImmutableDictionary<string, FunctionSnapshot>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>
    /// Says, after the fact, that a version has another revision now, or none: its old sandboxes are of no more use.
    /// </summary>
    public event Action<FunctionArn, string?>? Changed;

    /// <summary>Finds what an ARN means; without a qualifier it means <c>$LATEST</c>.</summary>
    public bool TryFind(FunctionArn arn, [NotNullWhen(true)] out FunctionSnapshot? snapshot)
    {
        var key = (arn.Qualifier is null ? arn with { Qualifier = "$LATEST" } : arn).ToString();
        return Volatile.Read(ref snapshots).TryGetValue(key, out snapshot);
    }

    /// <summary>Makes the snapshot what its ARN means from now on. In-flight invokes keep the one that they have.</summary>
    public void Publish(FunctionSnapshot snapshot)
    {
        ImmutableInterlocked.AddOrUpdate(ref snapshots, snapshot.Arn.ToString(), snapshot, (_, _) => snapshot);
        Changed?.Invoke(snapshot.Arn, snapshot.Revision);
    }

    /// <summary>Takes every version of the function out.</summary>
    public void Remove(FunctionArn function)
    {
        var latest = function with { Qualifier = "$LATEST" };
        if (ImmutableInterlocked.TryRemove(ref snapshots, latest.ToString(), out _))
        {
            Changed?.Invoke(latest, null);
        }
    }
}
