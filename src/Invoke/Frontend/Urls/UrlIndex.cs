using System.Collections.Immutable;
using Lambent.Contracts;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>Function URLs by their ids. Follows the catalog from its making on, which comes before the catalog's first change.</summary>
public sealed class UrlIndex
{
    private ImmutableDictionary<string, FunctionUrl> urls = ImmutableDictionary.Create<string, FunctionUrl>(StringComparer.OrdinalIgnoreCase);

    /// <summary>An index of this catalog.</summary>
    public UrlIndex(FunctionCatalog catalog) => catalog.Changed += Follow;

    /// <summary>Finds by id; host names have no case.</summary>
    internal FunctionUrl? Find(string id) => Volatile.Read(ref urls).GetValueOrDefault(id);

    private void Follow(FunctionEntry? before, FunctionEntry? after)
    {
        if (before?.Urls == after?.Urls)
        {
            return;
        }

        var next = urls.RemoveRange(before?.Urls.Values.Select(u => u.Id) ?? []);
        Volatile.Write(ref urls, next.SetItems((after?.Urls ?? []).Select(u => KeyValuePair.Create(
            u.Value.Id, new FunctionUrl(after!.Arn with { Qualifier = u.Key == FunctionEntry.Latest ? null : u.Key }, u.Value)))));
    }
}

/// <summary>One URL.</summary>
/// <param name="Function">The function, with the alias if it is the URL of one.</param>
/// <param name="Settings">How it may be called.</param>
internal sealed record FunctionUrl(FunctionArn Function, FunctionUrlSettings Settings);
