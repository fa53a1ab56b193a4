using System.Security.Cryptography;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Urls;

/// <summary>
/// HTTP addresses of functions: configured here, served by the frontend.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html (Get, Update, Delete, List)
/// </summary>
internal static class FunctionUrlConfigs
{
    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz234567";

    private const int IdLength = 32, MaxItemsAllowed = 50;

    public static async Task<Result<UrlResponse>> CreateAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.UrlRequest).Is(out var request, out var error))
        {
            return error;
        }

        error = ModelErrors.Of([Member.Required(request.AuthType, "authType"), .. UrlRules.CheckModel(request)]);
        if (error is not null)
        {
            return error;
        }

        if (!UrlRules.Target(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (!UrlRules.Exists(plane, arn))
        {
            return UrlRules.NoFunction();
        }

        if (UrlRules.Find(plane, arn).Is(out _, out _))
        {
            return FunctionErrors.Conflict(
                $"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this Lambda function");
        }

        var now = plane.Surroundings.Clock.GetUtcNow();
        var url = new UrlRecord
        {
            Id = RandomNumberGenerator.GetString(IdLetters, IdLength),
            AuthType = request.AuthType!,
            InvokeMode = request.InvokeMode,
            Cors = request.Cors,
            Created = now,
            LastModified = now,
        };
        await plane.Urls.PutAsync(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest, url);
        return UrlRules.Answer(plane, context, arn, url) with { LastModifiedTime = null, InvokeMode = url.InvokeMode };
    }

    public static Result<UrlResponse> Get(LambdaControlPlane plane, HttpContext context) =>
        UrlRules.Target(plane, context).Is(out var arn, out var error)
            ? UrlRules.Find(plane, arn).Select(url => UrlRules.Answer(plane, context, arn, url))
            : error;

    public static async Task<Result<UrlResponse>> UpdateAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.UrlRequest).Is(out var request, out var error))
        {
            return error;
        }

        error = ModelErrors.Of(UrlRules.CheckModel(request));
        if (error is not null)
        {
            return error;
        }

        if (!UrlRules.Target(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (!UrlRules.Exists(plane, arn))
        {
            return UrlRules.NoFunction();
        }

        if (!UrlRules.Find(plane, arn).Is(out var before, out error))
        {
            return error;
        }

        var after = before with
        {
            AuthType = request.AuthType ?? before.AuthType,
            InvokeMode = request.InvokeMode ?? before.InvokeMode,
            Cors = request.Cors ?? before.Cors,
            LastModified = plane.Surroundings.Clock.GetUtcNow(),
        };
        await plane.Urls.PutAsync(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest, after);
        return UrlRules.Answer(plane, context, arn, after) with { InvokeMode = after.InvokeMode };
    }

    public static async Task<AwsError?> DeleteAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!UrlRules.Target(plane, context).Is(out var arn, out var error))
        {
            return error;
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        return await plane.Urls.RemoveAsync(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest) ? null : ResourcePolicy.NoSuchResource();
    }

    public static Result<ListUrlsResponse> List(LambdaControlPlane plane, HttpContext context)
    {
        if (!Paging.Read(context.Request.Query, [], MaxItemsAllowed).Is(out var paging, out var error)
            || !FunctionReference.OfReader(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        if (plane.Store.Index.Find(arn.Key()) is null)
        {
            return UrlRules.NoFunction();
        }

        var (page, next) = paging.Cut(plane.Urls.Of(arn.Key()));
        return new ListUrlsResponse(
            [.. page.Select(u => UrlRules.Answer(plane, context, arn with { Qualifier = u.Key == FunctionErrors.Latest ? null : u.Key }, u.Value))],
            next);
    }
}
