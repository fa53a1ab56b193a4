namespace Lambent.Contracts;

/// <summary>
/// The runtime identifiers of Lambda. Source: "Lambda runtimes", Lambda Developer Guide, and the enumeration that AWS
/// prints in its own validation error.
/// </summary>
public static class LambdaRuntimes
{
    /// <summary>What CreateFunction accepts, in the order in which AWS names them in its errors.</summary>
    public static readonly IReadOnlyList<string> Supported =
    [
        "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs22.x", "java17", "nodejs24.x",
        "dotnet10", "java25", "nodejs18.x", "python3.10", "java11", "dotnet8", "python3.11", "java21", "ruby3.3", "provided.al2",
        "ruby3.4", "java8.al2", "ruby3.2", "python3.9",
    ];

    /// <summary>Once supported, refused today in AWS's own words.</summary>
    public static readonly IReadOnlySet<string> Deprecated = new HashSet<string>(StringComparer.Ordinal)
    {
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x",
        "java8", "python2.7", "python3.6", "python3.7", "python3.8", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
        "dotnetcore3.1", "dotnet6", "go1.x", "ruby2.5", "ruby2.7", "provided",
    };

    /// <summary>True for runtimes whose package brings its own <c>bootstrap</c>.</summary>
    public static bool IsCustom(string runtime) => runtime.StartsWith("provided", StringComparison.Ordinal);
}

/// <summary>Which interpreter of this machine serves a runtime.</summary>
/// <param name="Runtime">As the function names it, for example <c>python3.12</c>.</param>
/// <param name="ServedBy">What really runs, for example <c>python3.11.2</c>.</param>
/// <param name="IsExact">False if it is another version of the same language.</param>
public sealed record RuntimeMatch(string Runtime, string ServedBy, bool IsExact);

/// <summary>The runtimes that this machine can run.</summary>
public interface IRuntimeDirectory
{
    /// <summary>Null if no interpreter of the language is here, or Lambent has no bootstrap for it.</summary>
    RuntimeMatch? Match(string runtime);
}
