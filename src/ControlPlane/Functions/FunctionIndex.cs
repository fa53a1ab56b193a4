using System.Collections.Immutable;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions;

/// <summary>All functions in memory, immutable and in order: what Get and List read without the disk.</summary>
internal sealed class FunctionIndex(
    ImmutableSortedSet<FunctionKey> order, ImmutableDictionary<FunctionKey, FunctionRecord> records)
{
    /// <summary>No function at all.</summary>
    public static readonly FunctionIndex Empty = Of([]);

    /// <summary>Every function of every account.</summary>
    public IEnumerable<FunctionRecord> All => records.Values;

    /// <summary>An index of these functions.</summary>
    public static FunctionIndex Of(IReadOnlyCollection<FunctionRecord> functions) =>
        new([.. functions.Select(f => f.Key())], functions.ToImmutableDictionary(f => f.Key()));

    /// <summary>The function, or null.</summary>
    public FunctionRecord? Find(FunctionKey key) => records.GetValueOrDefault(key);

    /// <summary>The functions of the account whose names come after this one (null: all), in their order.</summary>
    public IEnumerable<FunctionRecord> After(string account, string? name)
    {
        var at = order.IndexOf(new FunctionKey(account, name ?? ""));
        for (var i = at < 0 ? ~at : at + 1; i < order.Count && order[i].Account == account; i++)
        {
            yield return records[order[i]];
        }
    }

    /// <summary>The index with this function in place of the one of its name.</summary>
    public FunctionIndex With(FunctionRecord record) => new(order.Add(record.Key()), records.SetItem(record.Key(), record));

    /// <summary>The index without the function.</summary>
    public FunctionIndex Without(FunctionKey key) => new(order.Remove(key), records.Remove(key));
}
