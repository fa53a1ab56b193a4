using Lambent.Aws;

namespace Lambent.ControlPlane.Validation;

/// <summary>All failures of the API's model in one error, which comes before every other check.</summary>
internal static class ModelErrors
{
    /// <summary>Null if all checks were satisfied. The body has no <c>Type</c>, other than most errors of Lambda.</summary>
    public static AwsError? Of(params IEnumerable<string?> checks)
    {
        var failures = checks.OfType<string>().ToList();
        return failures.Count == 0 ? null : new AwsError(400, "ValidationException", Text(failures));
    }

    /// <summary><c>2 validation errors detected: …; …</c></summary>
    public static string Text(params IReadOnlyList<string> failures) =>
        $"{failures.Count} validation error{(failures.Count == 1 ? "" : "s")} detected: {string.Join("; ", failures)}";
}
