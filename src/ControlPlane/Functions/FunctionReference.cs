using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Which function a request means. <c>FunctionName</c> is a name, a partial ARN or an ARN; whose it is has been asked before, by
/// the <see cref="Access.AccessGuard"/>. The order of the checks is AWS's: 1. the model, 2. the region, 3. whether name and
/// <c>Qualifier</c> contradict each other; existence comes after.
/// </summary>
internal static class FunctionReference
{
    private static readonly Pattern Name = new(FunctionArn.NamePattern);

    private static readonly Pattern NamespacedName = new(FunctionArn.NamespacedNamePattern);

    private static readonly Pattern UnqualifiedName = new(FunctionArn.UnqualifiedNamePattern);

    private static readonly Pattern Qualifiers = new(FunctionArn.QualifierPattern);

    /// <summary>The function of a request that reads, with the qualifier of its name or its query, if any.</summary>
    public static Result<FunctionArn> OfReader(LambdaControlPlane plane, HttpContext context)
    {
        var name = NameOf(context);
        var qualifier = context.Request.Query["Qualifier"].FirstOrDefault();
        var error = ModelErrors.Of([
            Member.LengthAtMost(qualifier, "qualifier", FunctionArn.MaxQualifierLength),
            Member.LengthAtLeast(qualifier, "qualifier", 1),
            string.IsNullOrEmpty(qualifier) ? null : Member.Matching(qualifier, "qualifier", Qualifiers),
            .. CheckNamespacedName(name)]);
        if (error is not null)
        {
            return error;
        }

        if (!Resolve(plane, context, name).Is(out var arn, out error))
        {
            return error;
        }

        return arn.Qualifier is null || qualifier is null || arn.Qualifier == qualifier
            ? arn with { Qualifier = arn.Qualifier ?? qualifier }
            : FunctionErrors.Invalid(
                "The derived qualifier from the function name does not match the specified qualifier.");
    }

    /// <summary>The function of a request that changes <c>$LATEST</c>: it must be named without a version or alias.</summary>
    public static Result<FunctionArn> OfWriter(LambdaControlPlane plane, HttpContext context)
    {
        if (!Resolve(plane, context, NameOf(context)).Is(out var arn, out var error))
        {
            return error;
        }

        return arn.Qualifier is null
            ? arn
            : FunctionErrors.Invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                + "Please specify either a function name or an unqualified function ARN.");
    }

    /// <summary>The function that is to be created.</summary>
    public static Result<FunctionArn> OfNew(LambdaControlPlane plane, AwsRequest request, string name)
    {
        if (!Resolve(plane, request, name).Is(out var arn, out var error))
        {
            return error;
        }

        return arn.Qualifier is not null ? Malformed(name, Name)
            : arn.Name.Length > FunctionArn.MaxNameLength ? TooLong(name)
            : arn.Account == request.Caller.AccountId ? arn
            : FunctionErrors.AccessDenied();
    }

    /// <summary>The <c>FunctionName</c> of the path.</summary>
    public static string NameOf(HttpContext context) =>
        ((string?)context.Request.RouteValues["FunctionName"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The checks of the model on the name that a writing operation was given.</summary>
    public static IEnumerable<string?> CheckName(string? name) => CheckName(name, Name);

    /// <summary>The same where a version or alias is against the model.</summary>
    public static IEnumerable<string?> CheckUnqualifiedName(string name) => CheckName(name, UnqualifiedName);

    /// <summary>The same where names with dots are allowed.</summary>
    public static IEnumerable<string?> CheckNamespacedName(string name) =>
    [
        Member.LengthAtMost(name, "functionName", FunctionArn.MaxNamespacedNameLength),
        Member.Matching(name, "functionName", NamespacedName),
    ];

    /// <summary>The record that the ARN means: <c>$LATEST</c>, a version, or the version that an alias points to first.</summary>
    public static Result<FunctionRecord> Find(LambdaControlPlane plane, FunctionArn arn)
    {
        var key = arn.Key();
        var qualifier = arn.Qualifier ?? FunctionErrors.Latest;
        var version = plane.Aliases.Find(key, qualifier)?.FunctionVersion ?? qualifier;
        var record = plane.Store.Index.Find(key);
        return (version == FunctionErrors.Latest || record is null ? record : plane.Store.Versions.Find(key, version)) is { } found
            ? found
            : FunctionErrors.NotFound(arn);
    }

    private static Result<FunctionArn> Resolve(LambdaControlPlane plane, HttpContext context, string name) =>
        Resolve(plane, AwsRequest.Of(context), name);

    private static Result<FunctionArn> Resolve(LambdaControlPlane plane, AwsRequest request, string name)
    {
        var home = new FunctionArn(plane.Options.Region, request.Caller.AccountId, name);
        var arn = FunctionArn.Parse(name, home);
        if (arn is null)
        {
            return Malformed(name, NamespacedName);
        }

        if (arn.Region != home.Region)
        {
            return FunctionErrors.NotFound($"Functions from '{arn.Region}' are not reachable in this region ('{home.Region}')");
        }

        return arn;
    }

    // Lambda's own check at a creation, after the model's: another error type with the model's words. Who asks for such a name hears
    // that it is not there (recorded on AWS).
    private static AwsError TooLong(string name) => FunctionErrors.Invalid(ModelErrors.Text(
        Member.Failed(name, "functionName", $"Member must have length less than or equal to {FunctionArn.MaxNameLength}")));

    private static AwsError Malformed(string name, Pattern pattern) => ModelErrors.Of(
        Member.Failed(name, "functionName", $"Member must satisfy regular expression pattern: {pattern.Text}"))!;

    private static IEnumerable<string?> CheckName(string? name, Pattern pattern) =>
    [
        Member.Required(name, "functionName"),
        Member.LengthAtMost(name, "functionName", 140),
        Member.LengthAtLeast(name, "functionName", 1),
        string.IsNullOrEmpty(name) ? null : Member.Matching(name, "functionName", pattern),
    ];
}
