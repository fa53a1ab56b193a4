using System.Globalization;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Aliases;

/// <summary>
/// What Lambda refuses of an alias.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
/// </summary>
internal static class AliasRules
{
    /// <summary>The pattern of an alias in a path or a body: not a number alone, which would be a version.</summary>
    public static readonly Pattern Name = new("(?!^[0-9]+$)([a-zA-Z0-9-_]+)", "[a-zA-Z0-9-_]+", "[0-9]+");

    private static readonly Pattern Version = new(@"(\$LATEST(\.PUBLISHED)?|[0-9]+)");

    private static readonly Pattern AdditionalVersion = new("[0-9]+");

    /// <summary>The failures of the model on the function and the alias of a path.</summary>
    public static IEnumerable<string?> CheckPath(HttpContext context) =>
        [.. FunctionReference.CheckName(FunctionReference.NameOf(context)), .. CheckName(NameOf(context))];

    /// <summary>The failures of the model on an alias's name.</summary>
    public static IEnumerable<string?> CheckName(string? name) =>
    [
        Member.Required(name, "name"),
        Member.LengthAtMost(name, "name", 128),
        Member.LengthAtLeast(name, "name", 1),
        string.IsNullOrEmpty(name) ? null : Member.Matching(name, "name", Name),
    ];

    /// <summary>The failures of the model on what an alias leads to.</summary>
    public static IEnumerable<string?> CheckRoute(AliasRequest alias) =>
    [
        .. CheckVersion(alias.FunctionVersion),
        Member.LengthAtMost(alias.Description, "description", 256),
        .. CheckWeights(alias.RoutingConfig?.AdditionalVersionWeights),
    ];

    /// <summary>The failures of the model on a version.</summary>
    public static IEnumerable<string?> CheckVersion(string? version) =>
    [
        Member.LengthAtMost(version, "functionVersion", 1024),
        Member.LengthAtLeast(version, "functionVersion", 1),
        string.IsNullOrEmpty(version) ? null : Member.Matching(version, "functionVersion", Version),
    ];

    /// <summary>The alias of the path.</summary>
    public static string NameOf(HttpContext context) => (string?)context.Request.RouteValues["Name"] ?? "";

    /// <summary>
    /// Null if the alias may lead where it shall: at most one other version, which is another than the first and, as the first,
    /// there. In the function's turn.
    /// </summary>
    public static AwsError? Check(LambdaControlPlane plane, FunctionArn function, string version, AliasRoutingConfiguration? routing)
    {
        var weights = routing?.AdditionalVersionWeights ?? new Dictionary<string, double?>();
        if (weights.Count > 1)
        {
            return FunctionErrors.Invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
        }

        if (weights.ContainsKey(version))
        {
            return FunctionErrors.Invalid(
                $"Invalid function version {version}. Function version {version} is already included in routing configuration.");
        }

        if (weights.Count > 0 && version == FunctionErrors.Latest)
        {
            return new AwsError(
                400, "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version");
        }

        foreach (var target in (string[])[version, .. weights.Keys])
        {
            if (!FunctionReference.Find(plane, function with { Qualifier = target }).Is(out _, out var missing))
            {
                return missing;
            }
        }

        return null;
    }

    private static IEnumerable<string?> CheckWeights(IReadOnlyDictionary<string, double?>? weights)
    {
        const string path = "routingConfig.additionalVersionWeights";
        yield return weights is null || weights.Keys.All(v => v.Length is >= 1 and <= 1024 && AdditionalVersion.Matches(v))
            ? null
            : Member.Failed(Text(weights), path,
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length "
                + $"greater than or equal to 1, Member must satisfy regular expression pattern: {AdditionalVersion.Text}, Member must not be null]");
        yield return weights is null || weights.Values.All(w => w is >= 0 and <= 1)
            ? null
            : Member.Failed(Text(weights), path,
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater "
                + "than or equal to 0.0, Member must not be null]");
    }

    // As Java prints a map of doubles.
    private static string Text(IReadOnlyDictionary<string, double?> weights) =>
        $"{{{string.Join(", ", weights.Select(w => $"{w.Key}={Text(w.Value)}"))}}}";

    private static string Text(double? weight) => weight switch
    {
        null => "null",
        { } whole when double.IsInteger(whole) && Math.Abs(whole) < 1e7 => whole.ToString("0.0", CultureInfo.InvariantCulture),
        { } other => other.ToString("R", CultureInfo.InvariantCulture),
    };
}
