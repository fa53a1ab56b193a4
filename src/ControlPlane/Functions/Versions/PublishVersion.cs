using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions.Versions;

/// <summary>
/// Makes an immutable version of <c>$LATEST</c>: 1. the model, 2. existence, 3. RevisionId, 4. CodeSha256, 5. whether it is
/// ready, 6. whether anything changed since the last version; else that is the answer.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
/// </summary>
internal static class PublishVersion
{
    public static async Task<Result<FunctionConfiguration>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        var body = AwsRequest.Of(context).Body;
        if (!RequestJson.Read(body, ControlPlaneJson.Wire.PublishVersionRequest).Is(out var publish, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([
            .. FunctionReference.CheckName(FunctionReference.NameOf(context)),
            Member.LengthAtMost(publish.Description, "description", 256),
            Member.OneOf(publish.PublishTo, "publishTo", "LATEST_PUBLISHED")]);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfWriter(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        if (publish.PublishTo is not null)
        {
            return FunctionErrors.NotThereYet("Capacity providers (PublishTo) are");
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());

        // A background step may change the record between the look and the publication: look again.
        while (true)
        {
            if (!FunctionUpdate.Find(plane, arn, publish.RevisionId).Is(out var latest, out error))
            {
                return error;
            }

            error = CheckCode(latest, publish) ?? FunctionUpdate.CheckIdle(latest, arn);
            if (error is not null)
            {
                return error;
            }

            if (Publication.Unchanged(plane, latest) is { } last)
            {
                return plane.Views.Configuration(last, last.Version);
            }

            var version = Publication.Next(plane, latest, publish.Description);
            if (await plane.Store.TryReplaceAsync(latest, latest.Touched(plane.Surroundings.NewId()), version))
            {
                plane.Lifecycle.Begin(version);
                return plane.Views.Configuration(version, version.Version);
            }
        }
    }

    private static AwsError? CheckCode(FunctionRecord latest, PublishVersionRequest publish)
    {
        var current = FunctionViews.CodeSha256(latest.Definition);
        return string.IsNullOrEmpty(publish.CodeSha256) || publish.CodeSha256 == current
            ? null
            : FunctionErrors.Invalid(
                $"CodeSHA256 ({publish.CodeSha256}) is different from current CodeSHA256 in $LATEST ({current}). "
                + "Please try again with the CodeSHA256 in $LATEST.");
    }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html</summary>
internal sealed record PublishVersionRequest
{
    public string? CodeSha256 { get; init; }

    public string? Description { get; init; }

    public string? RevisionId { get; init; }

    public string? PublishTo { get; init; }
}
