using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam;

/// <summary>Answers one operation: from the account as it is, its next state and the answer. No I/O, no clock of its own.</summary>
internal delegate IamOutcome IamOperation(IamAccount account, IamRequest request);

/// <summary>The parameters that IAM's operations share.</summary>
/// <param name="query">What the client sent.</param>
/// <param name="now">When.</param>
internal sealed partial class IamRequest(QueryRequest query, DateTimeOffset now)
{
    internal const int DocumentAtMost = 131_072, ExistingNameAtMost = 128, TagsAtMost = 50;

    private const int TagKeyAtMost = 128, TagValueAtMost = 256, PathAtMost = 512, ArnAtMost = 2048, ArnLeast = 20, PageAtMost = 1000, PageUsual = 100;

    internal QueryRequest Query => query;

    /// <summary>To the second, as IAM tells it.</summary>
    internal DateTimeOffset Now { get; } = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());

    internal AwsError? Fault => query.Fault;

    internal string Arn(string name) => query.Required(name, ArnAtMost, ArnLeast);

    internal string Document(string name = "PolicyDocument") => query.Required(name, DocumentAtMost);

    /// <summary>The path of something new.</summary>
    internal string Path(string name = "Path")
    {
        var path = query.Optional(name, PathAtMost) ?? "/";
        if (!PathForm().IsMatch(path))
        {
            query.Refuse(QueryErrors.Validation(
                $"The specified value for {char.ToLowerInvariant(name[0])}{name[1..]} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."));
        }

        return path;
    }

    /// <summary>What paths must begin with to be listed.</summary>
    internal string PathPrefix() => query.Optional("PathPrefix", PathAtMost) ?? "/";

    /// <summary><c>Tags.member.1.Key</c> and <c>Value</c>.</summary>
    internal ImmutableSortedDictionary<string, string> Tags()
    {
        var tags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var count = query.Count("Tags", "Key");
        if (count > TagsAtMost)
        {
            query.Violates($"Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {TagsAtMost}");
        }

        for (var i = 1; i <= count; i++)
        {
            var key = query.Required($"Tags.member.{i}.Key", TagKeyAtMost);
            tags[key] = query.Required($"Tags.member.{i}.Value", TagValueAtMost, least: 0);
            if (!names.Add(key))
            {
                query.Refuse(IamErrors.Invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
            }

            if (!TagLetters().IsMatch(key) || !TagLetters().IsMatch(tags[key]))
            {
                query.Violates($@"Value at 'tags.{i}.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{{L}}\p{{Z}}\p{{N}}_.:/=+\-@]+");
            }
        }

        return tags.ToImmutable();
    }

    /// <summary>
    /// One page of a list in the order of its keys, and the members that tell of the next. The marker is the last key, so that the
    /// server keeps nothing.
    /// </summary>
    internal (List<T> Items, List<XElement> Markers) Page<T>(IEnumerable<T> all, Func<T, string> key)
    {
        var most = query.Number("MaxItems", 1, PageAtMost, PageUsual);
        var after = query.Value("Marker") is { } marker ? Position(marker) : "";
        if (after is null)
        {
            query.Refuse(QueryErrors.Validation("Invalid Marker."));
        }

        if (Fault is not null)
        {
            return ([], []);
        }

        var found = all.Where(i => string.Compare(key(i), after, StringComparison.OrdinalIgnoreCase) > 0)
            .OrderBy(key, StringComparer.OrdinalIgnoreCase).Take(most + 1).ToList();
        List<XElement> markers = [new("IsTruncated", found.Count > most)];
        if (found.Count > most)
        {
            found.RemoveAt(most);
            markers.Add(new XElement("Marker", Convert.ToBase64String(Encoding.UTF8.GetBytes("p" + key(found[^1])))));
        }

        return (found, markers);
    }

    /// <summary>The same, as elements.</summary>
    internal XElement[] Page<T>(string member, IEnumerable<T> all, Func<T, string> key, Func<T, XElement> view)
    {
        var (items, markers) = Page(all, key);
        return [.. markers, new XElement(member, items.Select(view))];
    }

    /// <summary>The answer of a list, unless its parameters were wrong.</summary>
    internal IamOutcome Listed<T>(string member, IEnumerable<T> all, Func<T, string> key, Func<T, XElement> view)
    {
        var page = Page(member, all, key, view);
        return Fault is { } fault ? fault : page;
    }

    private static string? Position(string marker)
    {
        var bytes = new byte[marker.Length];
        return Convert.TryFromBase64String(marker, bytes, out var count) && count > 0 && bytes[0] == 'p'
            ? Encoding.UTF8.GetString(bytes, 1, count - 1)
            : null;
    }

    [GeneratedRegex(@"\A/([!-\x7F]+/)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex PathForm();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z")]
    private static partial Regex TagLetters();
}
