using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>
/// What is known of a request beside who asks for what: the values of condition keys, <c>aws:SourceIp</c>,
/// <c>lambda:FunctionArn</c>. The names of keys have no case.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
/// </summary>
/// <remarks>Filled by one thread before the evaluation, then only read.</remarks>
public sealed class RequestContext
{
    private readonly Dictionary<string, ImmutableArray<string>> values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets a key of one value. Null says that the request has none.</summary>
    public RequestContext With(string key, string? value)
    {
        if (value is not null)
        {
            values[key] = [value];
        }

        return this;
    }

    /// <summary>Sets a key of several values, such as <c>aws:TagKeys</c>; without any the request has none.</summary>
    public RequestContext With(string key, IEnumerable<string> many)
    {
        if (many.ToImmutableArray() is { Length: > 0 } list)
        {
            values[key] = list;
        }

        return this;
    }

    /// <summary>Sets a key of each pair, such as <c>aws:PrincipalTag/</c> and the name of the tag.</summary>
    public RequestContext WithAll(string prefix, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        foreach (var (name, value) in pairs)
        {
            With(prefix + name, value);
        }

        return this;
    }

    /// <summary>The values of a key, at least one; false if the request has none.</summary>
    public bool TryFind(string key, out ImmutableArray<string> found) => values.TryGetValue(key, out found);
}
