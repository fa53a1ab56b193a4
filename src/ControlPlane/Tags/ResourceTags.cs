using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.CodeSigning;
using Lambent.ControlPlane.EventSources;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Tags;

/// <summary>
/// Tags of functions, event source mappings and code signing configurations, by the ARN of the resource.
/// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html (UntagResource, ListTags)
/// </summary>
internal static class ResourceTags
{
    private const int RegionPart = 3, AccountPart = 4, KindPart = 5, NamePart = 6;

    private static readonly Pattern Resource = new(
        @"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?"
        + "|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
        + "|capacity-provider:[a-zA-Z0-9-_]+)");

    public static async Task<AwsError?> TagAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.TagResourceRequest).Is(out var request, out var error))
        {
            return error;
        }

        return await ChangeAsync(
            plane, context, request.Tags is { Count: 0 } ? NothingToDo() : null, tags => TagRecord.With(tags, request.Tags!),
            Member.Required(request.Tags, "tags"),
            request.Tags?.Values.Any(v => v is null) == true
                ? "Value at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must not be null]" : null);
    }

    public static Task<AwsError?> UntagAsync(LambdaControlPlane plane, HttpContext context)
    {
        var keys = context.Request.Query["tagKeys"];
        return ChangeAsync(
            plane, context, null, tags => TagRecord.Without(tags, keys.OfType<string>()), Member.Required(keys.Count == 0 ? null : "", "tagKeys"));
    }

    public static Result<ListTagsResponse> List(LambdaControlPlane plane, HttpContext context)
    {
        if (!Read(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        var (account, name) = (arn[AccountPart], arn[NamePart]);
        var (exists, tags) = arn[KindPart] switch
        {
            "function" => (plane.Store.Index.Find(new(account, name)) is not null, TagRecord.Of(plane, new(account, name))),
            "code-signing-config" => (plane.CodeSigning.Find(account, name) is not null, plane.CodeSigning.Find(account, name)?.Tags),
            "event-source-mapping" => (plane.EventSources.Find(account, name) is not null, plane.EventSources.Find(account, name)?.Tags),
            _ => (false, null),
        };
        return exists ? new ListTagsResponse(tags ?? new Dictionary<string, string>()) : NotFound(arn);
    }

    private static async Task<AwsError?> ChangeAsync(
        LambdaControlPlane plane, HttpContext context, AwsError? refused, Func<IReadOnlyDictionary<string, string>?, TagRecord> change,
        params IEnumerable<string?> checks)
    {
        if (!Read(plane, context, checks).Is(out var arn, out var error) || refused is not null)
        {
            return error ?? refused;
        }

        var (account, name) = (arn[AccountPart], arn[NamePart]);
        switch (arn[KindPart])
        {
            case "function":
                return await ChangeFunctionAsync(plane, new FunctionArn(plane.Options.Region, account, name), change);
            case "code-signing-config":
                var config = await plane.CodeSigning.ChangeAsync(account, name, before =>
                    before is null ? NotFound(arn) : Checked<CodeSigningRecord>(change(before.Tags), tags => before with { Tags = tags }));
                return config.Is(out _, out error) ? null : error;
            case "event-source-mapping":
                var mapping = await plane.EventSources.ChangeAsync(account, name, before =>
                    before is null ? NotFound(arn) : Checked<EventSourceRecord>(change(before.Tags), tags => before with { Tags = tags }));
                return mapping.Is(out _, out error) ? null : error;
            default:
                return NotFound(arn);
        }
    }

    private static async Task<AwsError?> ChangeFunctionAsync(
        LambdaControlPlane plane, FunctionArn arn, Func<IReadOnlyDictionary<string, string>?, TagRecord> change)
    {
        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (plane.Store.Index.Find(arn.Key()) is null)
        {
            return FunctionErrors.NotFound(arn);
        }

        var after = change(TagRecord.Of(plane, arn.Key()));
        if (TagRecord.Check(after.Tags) is { } error)
        {
            return error;
        }

        await plane.Tags.PutAsync(arn.Key(), FunctionErrors.Latest, after);

        // Recorded on AWS: with its tags, a function changes its revision.
        await FunctionUpdate.ReviseAsync(plane, arn, plane.Surroundings.NewId());
        return null;
    }

    private static Result<T> Checked<T>(TagRecord tags, Func<IReadOnlyDictionary<string, string>, T> make)
        where T : class => TagRecord.Check(tags.Tags) is { } error ? error : make(tags.Tags);

    /// <summary>The parts of the ARN, which is one of this region and the caller's account and has no version or alias.</summary>
    private static Result<string[]> Read(LambdaControlPlane plane, HttpContext context, params IEnumerable<string?> checks)
    {
        var text = ((string?)context.Request.RouteValues["Resource"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var error = ModelErrors.Of([.. checks, Member.LengthAtMost(text, "resource", 256), Member.Matching(text, "resource", Resource)]);
        if (error is not null)
        {
            return error;
        }

        var parts = text.Split(':');
        if (parts.Length > NamePart + 1)
        {
            return FunctionErrors.Invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.");
        }

        return parts[RegionPart] != plane.Options.Region || parts[AccountPart] != AwsRequest.Of(context).Caller.AccountId
            ? FunctionErrors.AccessDenied()
            : parts;
    }

    /// <summary>No tags to add. Recorded on AWS.</summary>
    private static AwsError NothingToDo() => FunctionErrors.Invalid("An error occurred and the request cannot be processed.");

    private static AwsError NotFound(string[] arn) => arn[KindPart] switch
    {
        "function" => FunctionErrors.NotFound($"Function not found: {string.Join(':', arn)}"),
        "event-source-mapping" => FunctionErrors.NotFound($"Event source mapping not found: {string.Join(':', arn)}"),
        "capacity-provider" => FunctionErrors.NotFound($"Capacity provider not found: {string.Join(':', arn)}"),
        _ => ResourcePolicy.NoSuchResource(),
    };
}
