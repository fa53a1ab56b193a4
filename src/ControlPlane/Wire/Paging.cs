using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Wire;

/// <summary>
/// <c>MaxItems</c> and <c>Marker</c> of a list. A marker names the last element of its page, so that elements that come and go
/// meanwhile neither repeat nor hide others.
/// </summary>
/// <param name="Size">Elements of one page at most.</param>
/// <param name="After">The last element of the page before; null for the first page.</param>
internal sealed record Paging(int Size, string? After)
{
    /// <summary>"…returns a maximum of 50 items in each response, even if you set the number higher." (ListFunctions and others)</summary>
    private const int MaxPage = 50;

    /// <summary>What <c>MaxItems</c> may be, where the model says no less.</summary>
    private const int MaxItemsAllowed = 10_000;

    /// <summary>Reads both, or gives the error of the model's checks, those of the operation's other members first.</summary>
    public static Result<Paging> Read(IQueryCollection query, IEnumerable<string?> otherChecks, int allowed = MaxItemsAllowed)
    {
        string? most = query["MaxItems"];
        int? maxItems = int.TryParse(most, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (!string.IsNullOrEmpty(most) && maxItems is null)
        {
            return RequestJson.Malformed("STRING_VALUE can not be converted to an Integer");
        }

        if (ModelErrors.Of([.. otherChecks, Member.Within(maxItems, "maxItems", 1, allowed)]) is { } error)
        {
            return error;
        }

        string? marker = query["Marker"];
        if (!string.IsNullOrEmpty(marker) && !Base64Url.IsValid(marker))
        {
            return FunctionErrors.Invalid("The Marker of the request was not made by this operation.");
        }

        return new Paging(
            Math.Min(maxItems ?? MaxPage, MaxPage),
            string.IsNullOrEmpty(marker) ? null : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(marker)));
    }

    /// <summary>One page of what comes after <see cref="After"/>, and the marker of the next, null if there is none.</summary>
    /// <param name="rest">In order.</param>
    /// <param name="name">Names an element, as the order has it.</param>
    public (IReadOnlyList<T> Page, string? NextMarker) Cut<T>(IEnumerable<T> rest, Func<T, string> name)
    {
        var found = rest.Take(Size + 1).ToList();
        var page = found.Take(Size).ToList();
        return (page, found.Count > Size ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name(page[^1]))) : null);
    }

    /// <summary>The same of elements that are ordered by their name as text.</summary>
    public (IReadOnlyList<KeyValuePair<string, T>> Page, string? NextMarker) Cut<T>(IEnumerable<KeyValuePair<string, T>> sorted) =>
        Cut(sorted.SkipWhile(e => After is not null && string.CompareOrdinal(e.Key, After) <= 0), e => e.Key);
}
