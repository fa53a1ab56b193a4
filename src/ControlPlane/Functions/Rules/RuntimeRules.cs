using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Validation;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>Which runtimes a function may name, in AWS's words, and what this host has of them.</summary>
internal static class RuntimeRules
{
    // "Supported features and limitations" of SnapStart: Java 11, Python 3.12, .NET 8 and later.
    private static readonly string[] WithSnapStart =
        ["java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10"];

    /// <summary>Null if a function may be created with, or changed to, this runtime (null: it is not changed).</summary>
    public static AwsError? Check(string? runtime, LambdaControlPlane plane)
    {
        if (runtime is null)
        {
            return null;
        }

        if (LambdaRuntimes.Deprecated.Contains(runtime))
        {
            return FunctionErrors.Invalid(
                $"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
                + "We recommend you use a supported runtime while creating or updating functions.");
        }

        if (!LambdaRuntimes.Supported.Contains(runtime))
        {
            return FunctionErrors.Invalid(
                $"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                + $"{Member.Text(LambdaRuntimes.Supported)} or be a valid ARN");
        }

        return plane.Options.StrictRuntimes ? CheckStrictly(runtime, plane.Runtimes.Match(runtime)) : null;
    }

    /// <summary>Null if the runtime can be frozen, or need not be.</summary>
    public static AwsError? CheckSnapStart(string? applyOn, string? runtime) =>
        applyOn != "PublishedVersions" || WithSnapStart.Contains(runtime)
            ? null
            : FunctionErrors.Invalid($"{runtime} is not supported for SnapStart enabled functions.");

    /// <summary>Says what is missing on this host for the runtime, and what to install.</summary>
    public static string Missing(string runtime)
    {
        var advice = Language(runtime) switch
        {
            "python" => "Install Python 3 (on Debian: apt-get install python3), restart Lambent and update the function.",
            "nodejs" => "Install Node.js (on Debian: apt-get install nodejs), restart Lambent and update the function.",
            _ => "Lambent runs Python, Node.js and custom runtimes yet: package the program with a bootstrap and use "
                + "provided.al2023.",
        };
        return $"The runtime {runtime} is not available on this host. {advice}";
    }

    private static AwsError? CheckStrictly(string runtime, RuntimeMatch? match) => match switch
    {
        { IsExact: true } => null,
        null => FunctionErrors.Invalid(Missing(runtime)),
        _ => FunctionErrors.Invalid(
            $"The runtime {runtime} is not installed on this host, which would run {match.ServedBy} in its place, and "
            + $"--strict-runtimes forbids that. Install {runtime}, or start Lambent without --strict-runtimes."),
    };

    private static string Language(string runtime) => new([.. runtime.TakeWhile(char.IsAsciiLetter)]);
}
