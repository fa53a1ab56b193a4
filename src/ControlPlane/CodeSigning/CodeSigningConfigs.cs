using System.Security.Cryptography;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// Code signing configurations of an account.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html (Get, Update, Delete, List)
/// </summary>
internal static class CodeSigningConfigs
{
    private const int NamePart = 6, IdLength = 17, MostPublishers = 20;

    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly Pattern Arn = new(
        @"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}");

    private static readonly Pattern Profile = new(
        @"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)");

    public static async Task<Result<CodeSigningResponse>> CreateAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.CodeSigningRequest).Is(out var create, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([Member.Required(create.AllowedPublishers, "allowedPublishers"), .. CheckModel(create)]) ?? TagRecord.Check(create.Tags);
        if (error is not null)
        {
            return error;
        }

        var record = new CodeSigningRecord
        {
            Account = request.Caller.AccountId,
            Id = $"csc-{RandomNumberGenerator.GetString(IdLetters, IdLength)}",
            Description = create.Description,
            AllowedPublishers = create.AllowedPublishers!,
            UntrustedArtifactOnDeployment = create.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? "Warn",
            LastModified = plane.Surroundings.Clock.GetUtcNow(),
            Tags = create.Tags,
        };
        return (await plane.CodeSigning.ChangeAsync(record.Account, record.Id, _ => record)).Select(made => Answer(plane, made));
    }

    public static Result<CodeSigningResponse> Get(LambdaControlPlane plane, HttpContext context) =>
        Find(plane, context).Select(found => Answer(plane, found));

    public static async Task<Result<CodeSigningResponse>> UpdateAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.CodeSigningRequest).Is(out var update, out var error))
        {
            return error;
        }

        error = ModelErrors.Of(CheckModel(update));
        if (error is not null)
        {
            return error;
        }

        if (!Find(plane, context).Is(out var found, out error))
        {
            return error;
        }

        var changed = await plane.CodeSigning.ChangeAsync(found.Account, found.Id, before => before is null ? NotFound(found.Arn(plane.Options.Region)) : before with
        {
            Description = update.Description ?? before.Description,
            AllowedPublishers = update.AllowedPublishers ?? before.AllowedPublishers,
            UntrustedArtifactOnDeployment = update.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? before.UntrustedArtifactOnDeployment,
            LastModified = plane.Surroundings.Clock.GetUtcNow(),
        });
        return changed.Select(after => Answer(plane, after));
    }

    public static async Task<AwsError?> DeleteAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!Find(plane, context).Is(out var found, out var error))
        {
            return error;
        }

        var arn = found.Arn(plane.Options.Region);
        return await plane.CodeSigning.RemoveAsync(found.Account, found.Id, before =>
            before is null ? NotFound(arn)
            : FunctionsWith(plane, arn).Any()
                ? FunctionErrors.Conflict("Cannot delete a code signing configuration that functions use. Remove it from them first.")
                : null);
    }

    public static Result<ListCodeSigningResponse> List(LambdaControlPlane plane, HttpContext context)
    {
        if (!Paging.Read(context.Request.Query, []).Is(out var paging, out var error))
        {
            return error;
        }

        var (page, next) = paging.Cut(plane.CodeSigning.After(AwsRequest.Of(context).Caller.AccountId, paging.After), c => c.Id);
        return new ListCodeSigningResponse([.. page.Select(c => c.Answer(plane.Options.Region))], next);
    }

    public static Result<ListFunctionsByCodeSigningResponse> ListFunctions(LambdaControlPlane plane, HttpContext context)
    {
        if (!Paging.Read(context.Request.Query, []).Is(out var paging, out var error) || !Find(plane, context).Is(out var found, out error))
        {
            return error;
        }

        var arns = FunctionsWith(plane, found.Arn(plane.Options.Region)).Where(a => string.CompareOrdinal(a, paging.After) > 0).Order(StringComparer.Ordinal);
        var (page, next) = paging.Cut(arns, a => a);
        return new ListFunctionsByCodeSigningResponse(page, next);
    }

    /// <summary>True if there is such a configuration of the caller's account.</summary>
    public static bool Exists(LambdaControlPlane plane, string arn, string account) => Find(plane, arn, account) is not null;

    /// <summary>The configuration of the account, or null. The ARN must have satisfied the model.</summary>
    public static CodeSigningRecord? Find(LambdaControlPlane plane, string arn, string account) =>
        plane.CodeSigning.Find(account, arn.Split(':')[NamePart]) is { } found && found.Arn(plane.Options.Region) == arn ? found : null;

    /// <summary>404 where a function refers to a configuration.</summary>
    public static AwsError NoSuchConfig(string arn) => AwsError.User(
        404, "CodeSigningConfigNotFoundException",
        $"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}.", "Message");

    /// <summary>The failures of an ARN.</summary>
    public static IEnumerable<string?> CheckArn(string? arn) =>
    [
        Member.Required(arn, "codeSigningConfigArn"),
        Member.LengthAtMost(arn, "codeSigningConfigArn", 200),
        Member.Matching(arn, "codeSigningConfigArn", Arn),
    ];

    private static IEnumerable<string?> CheckModel(CodeSigningRequest request) =>
    [
        Member.LengthAtMost(request.Description, "description", 256),
        request.AllowedPublishers is { } given ? Member.Required(given.SigningProfileVersionArns, "allowedPublishers.signingProfileVersionArns") : null,
        Member.CountAtLeast(request.AllowedPublishers?.SigningProfileVersionArns, "allowedPublishers.signingProfileVersionArns", 1),
        Member.CountAtMost(request.AllowedPublishers?.SigningProfileVersionArns, "allowedPublishers.signingProfileVersionArns", MostPublishers),
        Member.Each(request.AllowedPublishers?.SigningProfileVersionArns, "allowedPublishers.signingProfileVersionArns", Profile.Matches,
            $"Member must satisfy regular expression pattern: {Profile.Text}, Member must not be null"),
        Member.OneOf(
            request.CodeSigningPolicies?.UntrustedArtifactOnDeployment, "codeSigningPolicies.untrustedArtifactOnDeployment", "Warn", "Enforce"),
    ];

    private static Result<CodeSigningRecord> Find(LambdaControlPlane plane, HttpContext context)
    {
        var arn = (string?)context.Request.RouteValues["CodeSigningConfigArn"] ?? "";
        if (ModelErrors.Of(CheckArn(arn)) is { } error)
        {
            return error;
        }

        var account = AwsRequest.Of(context).Caller.AccountId;
        return Exists(plane, arn, account) ? plane.CodeSigning.Find(account, arn.Split(':')[NamePart])! : NotFound(arn);
    }

    private static IEnumerable<string> FunctionsWith(LambdaControlPlane plane, string arn) =>
        from function in plane.CodeSigningOf.All
        where function.Value.Values.Any(c => c.Value == arn)
        select new Contracts.FunctionArn(plane.Options.Region, function.Key.Account, function.Key.Name).ToString();

    private static CodeSigningResponse Answer(LambdaControlPlane plane, CodeSigningRecord record) => new(record.Answer(plane.Options.Region));

    // Without a Type, other than 404 of functions (recorded on AWS).
    private static AwsError NotFound(string arn) =>
        new(404, "ResourceNotFoundException", $"The Lambda code signing configuration {arn} can not be found.") { MessageName = "Message" };
}
