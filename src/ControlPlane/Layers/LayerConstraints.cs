using Lambent.Contracts;
using Lambent.ControlPlane.Validation;

namespace Lambent.ControlPlane.Layers;

/// <summary>The constraints of the API's model on what a layer says it is compatible with, as AWS prints them.</summary>
internal static class LayerConstraints
{
    private static readonly string[] Architectures = ["x86_64", "arm64"];

    // As AWS printed them in February 2025: with names that were never public, and in no order. Those that came later are last.
    private static readonly IReadOnlyList<string> Filters = [.. ((string[])
    [
        "ruby2.6", "dotnetcore1.0", "python3.7", "nodejs8.10", "nasa", "ruby2.7", "python2.7-greengrass", "dotnetcore2.0", "python3.8",
        "java21", "dotnet6", "dotnetcore2.1", "python3.9", "java11", "nodejs6.10", "provided", "dotnetcore3.1", "dotnet8", "java17",
        "nodejs", "nodejs4.3", "java8.al2", "go1.x", "nodejs20.x", "go1.9", "byol", "nodejs10.x", "provided.al2023", "python3.10",
        "java8", "nodejs12.x", "python3.11", "nodejs8.x", "python3.12", "nodejs14.x", "nodejs8.9", "python3.13", "nodejs16.x",
        "provided.al2", "nodejs4.3-edge", "nodejs18.x", "ruby3.2", "python3.4", "ruby3.3", "ruby2.5", "python3.6", "python2.7",
    ]).Union(LambdaRuntimes.Supported)];

    /// <summary>The failures of what a new version says.</summary>
    public static IEnumerable<string?> Check(IReadOnlyList<string>? runtimes, IReadOnlyList<string>? architectures) =>
    [
        Member.CountAtMost(runtimes, "compatibleRuntimes", 15),
        runtimes is null || runtimes.All(r => LambdaRuntimes.Supported.Contains(r) || LambdaRuntimes.Deprecated.Contains(r))
            ? null
            : Member.Failed(
                Member.Text(runtimes), "compatibleRuntimes",
                $"Member must satisfy enum value set: {Member.Text(LambdaRuntimes.Supported)}"),
        Member.CountAtMost(architectures, "compatibleArchitectures", 2),
        Member.Each(architectures, "compatibleArchitectures", Architectures.Contains, $"Member must satisfy enum value set: {Member.Text(Architectures)}"),
    ];

    /// <summary>The failures of the filters of a list.</summary>
    public static IEnumerable<string?> CheckFilters(string? runtime, string? architecture) =>
    [
        Member.OneOf(runtime, "compatibleRuntime", Filters),
        Member.OneOf(architecture, "compatibleArchitecture", Architectures),
    ];
}
