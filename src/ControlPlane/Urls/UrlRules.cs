using System.Globalization;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Urls;

/// <summary>What the operations on function URLs share. A URL leads to <c>$LATEST</c> or an alias, never to a version.</summary>
internal static class UrlRules
{
    private static readonly Pattern Qualifier = new(@"((?!^\d+$)^[0-9a-zA-Z-_]+$)", "[0-9a-zA-Z-_]+", @"\d+");

    /// <summary>The function or alias of the request.</summary>
    public static Result<FunctionArn> Target(LambdaControlPlane plane, HttpContext context)
    {
        var given = ModelErrors.Of(Member.Matching(context.Request.Query["Qualifier"], "qualifier", Qualifier));
        if (given is not null)
        {
            return given;
        }

        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        return ModelErrors.Of(Member.Matching(arn.Qualifier, "qualifier", Qualifier)) is { } version ? version : arn;
    }

    /// <summary>True if there is such a function, and such an alias if one is named.</summary>
    public static bool Exists(LambdaControlPlane plane, FunctionArn arn) =>
        plane.Store.Index.Find(arn.Key()) is not null && (arn.Qualifier is null || plane.Aliases.Find(arn.Key(), arn.Qualifier) is not null);

    /// <summary>The URL, if there is one.</summary>
    public static Result<UrlRecord> Find(LambdaControlPlane plane, FunctionArn arn) =>
        plane.Urls.Find(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest) is { } url ? url : ResourcePolicy.NoSuchResource();

    /// <summary>404 of those who would write.</summary>
    public static AwsError NoFunction() => FunctionErrors.NotFound("Function does not exist");

    /// <summary>The failures of the model.</summary>
    public static IEnumerable<string?> CheckModel(UrlRequest request) =>
    [
        Member.OneOf(request.AuthType, "authType", "NONE", "AWS_IAM"),
        Member.OneOf(request.InvokeMode, "invokeMode", "RESPONSE_STREAM", "BUFFERED"),
        .. CheckList(request.Cors?.AllowHeaders, "allowHeaders", 100, 0, 1_024),
        .. CheckList(request.Cors?.AllowMethods, "allowMethods", 6, 0, 6),
        .. CheckList(request.Cors?.AllowOrigins, "allowOrigins", 100, 1, 253),
        .. CheckList(request.Cors?.ExposeHeaders, "exposeHeaders", 100, 0, 1_024),
        Member.Within(request.Cors?.MaxAge, "cors.maxAge", 0, 86_400),
    ];

    /// <summary>The answer of the operations.</summary>
    public static UrlResponse Answer(LambdaControlPlane plane, HttpContext context, FunctionArn arn, UrlRecord url) => new()
    {
        FunctionUrl = AddressOf(plane, context.Request, url.Id),
        FunctionArn = arn.ToString(),
        AuthType = url.AuthType,
        Cors = url.Cors,
        CreationTime = Time(url.Created),
        LastModifiedTime = Time(url.LastModified),
        InvokeMode = url.Mode,
    };

    private static string AddressOf(LambdaControlPlane plane, HttpRequest request, string id)
    {
        var endpoint = plane.Options.PublicEndpoint?.Invoke() ?? new Uri($"{request.Scheme}://{request.Host.ToUriComponent()}");
        var suffix = plane.Options.FunctionUrlSuffix ?? (endpoint.IsDefaultPort ? "localhost" : $"localhost:{endpoint.Port}");
        return $"{endpoint.Scheme}://{id}.lambda-url.{plane.Options.Region}.{suffix}/";
    }

    private static IEnumerable<string?> CheckList(IReadOnlyList<string>? list, string member, int most, int shortest, int longest) =>
    [
        Member.CountAtMost(list, $"cors.{member}", most),
        Member.Each(list, $"cors.{member}", e => e.Length >= shortest && e.Length <= longest,
            $"Member must have length less than or equal to {longest}, Member must have length greater than or equal to {shortest}, "
            + "Member must satisfy regular expression pattern: .*, Member must not be null"),
    ];

    // With microseconds, other than most times of Lambda.
    private static string Time(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
