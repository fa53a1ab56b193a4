using System.Collections.Immutable;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Tags;

/// <summary>
/// The tags of a resource: 50 at most, keys of 1 to 128 letters that AWS has not reserved, values of 256 at most. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
/// </summary>
/// <param name="Tags">By key.</param>
internal sealed record TagRecord(ImmutableSortedDictionary<string, string> Tags)
{
    private const int MostTags = 50, LongestKey = 128, LongestValue = 256;

    /// <summary>The tags that were set after a function was created; those of its creation are in its record.</summary>
    public static FunctionPart<TagRecord> Part(FunctionStore store) =>
        new(store, "tags", json => json.TagRecord,
            (entry, tags) => tags.TryGetValue(FunctionErrors.Latest, out var set) ? entry with { Tags = set.Tags } : entry);

    /// <summary>The tags of a function; null if it has none.</summary>
    public static IReadOnlyDictionary<string, string>? Of(LambdaControlPlane plane, FunctionKey function)
    {
        var tags = plane.Tags.Find(function, FunctionErrors.Latest)?.Tags ?? plane.Store.Index.Find(function)?.Tags;
        return tags is null or { Count: 0 } ? null : tags;
    }

    /// <summary>Null if a resource may have these tags.</summary>
    public static AwsError? Check(IReadOnlyDictionary<string, string>? tags) =>
        tags?.Count > MostTags ? FunctionErrors.Invalid("Number of tags exceeds resource tag limit.")
        : tags?.Select(t => Fault(t.Key, t.Value)).FirstOrDefault(f => f is not null) is { } fault ? FunctionErrors.Invalid(fault)
        : null;

    /// <summary>Tags with those of a request, which win.</summary>
    public static TagRecord With(IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string> added) =>
        new(Sorted(before).SetItems(added));

    /// <summary>Tags without some keys.</summary>
    public static TagRecord Without(IReadOnlyDictionary<string, string>? before, IEnumerable<string> keys) =>
        new(Sorted(before).RemoveRange(keys));

    private static string? Fault(string key, string value) =>
        key.Length is 0 or > LongestKey ? $"Tag keys must have 1 to {LongestKey} characters."
        : value?.Length > LongestValue ? $"Tag values must have at most {LongestValue} characters."
        : key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) ? "Tag keys must not begin with aws:, which is reserved for AWS use."
        : null;

    private static ImmutableSortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string>? tags) =>
        (tags ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html</summary>
internal sealed record TagResourceRequest
{
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html</summary>
internal sealed record ListTagsResponse(IReadOnlyDictionary<string, string> Tags);
