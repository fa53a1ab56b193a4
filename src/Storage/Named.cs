using Dapper;

namespace Lambent.Storage;

/// <summary>
/// Parameters of a statement, by name. For what runs once, at a start: for an anonymous type Dapper searches the statement with
/// a regular expression and compiles a method, which takes some ten milliseconds the first time.
/// </summary>
public static class Named
{
    /// <summary>One parameter; <c>Add</c> has more.</summary>
    public static DynamicParameters Of(string name, object value)
    {
        var named = new DynamicParameters();
        named.Add(name, value);
        return named;
    }
}
