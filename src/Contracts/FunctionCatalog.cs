using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Lambent.Contracts;

/// <summary>
/// The functions that the road can reach: one immutable map, swapped as a whole. The control plane writes, frontends and
/// pollers read without a lock.
/// </summary>
public sealed class FunctionCatalog
{
    private readonly Lock writing = new();
    private ImmutableDictionary<FunctionName, FunctionEntry> entries = ImmutableDictionary<FunctionName, FunctionEntry>.Empty;

    /// <summary>
    /// Says, after the fact and in the order of the changes, what a function was and what it is: null before its creation and
    /// after its deletion.
    /// </summary>
    public event Action<FunctionEntry?, FunctionEntry?>? Changed;

    /// <summary>All that there are now.</summary>
    public IEnumerable<FunctionEntry> All => Volatile.Read(ref entries).Values;

    /// <summary>Finds a function, whatever the qualifier.</summary>
    public FunctionEntry? Find(FunctionArn arn) => Volatile.Read(ref entries).GetValueOrDefault(new FunctionName(arn.Account, arn.Name));

    /// <summary>Finds the version that an ARN means; without a qualifier it means <c>$LATEST</c>.</summary>
    /// <param name="arn">With a version, an alias or no qualifier.</param>
    /// <param name="snapshot">The version.</param>
    /// <param name="draw">0 to 1, at random: decides between the two versions of an alias.</param>
    public bool TryFind(FunctionArn arn, [NotNullWhen(true)] out FunctionSnapshot? snapshot, double draw = 1) =>
        (snapshot = Find(arn)?.Resolve(arn.Qualifier, draw)) is not null;

    /// <summary>Makes the entry what its ARN means from now on. In-flight invokes keep what they have.</summary>
    public void Publish(FunctionEntry entry)
    {
        lock (writing)
        {
            var name = new FunctionName(entry.Arn.Account, entry.Arn.Name);
            var before = entries.GetValueOrDefault(name);
            Volatile.Write(ref entries, entries.SetItem(name, entry));
            Changed?.Invoke(before, entry);
        }
    }

    /// <summary>Takes the function out, with all its versions.</summary>
    public void Remove(FunctionArn function)
    {
        lock (writing)
        {
            var name = new FunctionName(function.Account, function.Name);
            if (entries.TryGetValue(name, out var before))
            {
                Volatile.Write(ref entries, entries.Remove(name));
                Changed?.Invoke(before, null);
            }
        }
    }

    /// <summary>One Lambent is one region.</summary>
    private sealed record FunctionName(string Account, string Name);
}
