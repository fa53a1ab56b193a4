using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Layers;
using Lambent.ControlPlane.Tags;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Access;

/// <summary>How operations name what they are done to.</summary>
internal static class AccessTargets
{
    /// <summary>The account, or everything in it.</summary>
    public static AccessTarget None(LambdaControlPlane plane, HttpContext context, AskedFor asked) => AccessTarget.None;

    /// <summary>The function of the path, whatever version or alias is meant.</summary>
    public static AccessTarget Function(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        OfFunction(plane, ArnOf(plane, context, FunctionReference.NameOf(context)) is { } arn ? arn with { Qualifier = null } : null);

    /// <summary>The function of the path, or its version or alias, if one is named.</summary>
    public static AccessTarget Qualified(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        OfFunction(plane, ArnOf(plane, context, FunctionReference.NameOf(context)) is { } arn
            ? arn with { Qualifier = arn.Qualifier ?? context.Request.Query["Qualifier"].FirstOrDefault() } : null);

    /// <summary>The function that is to be created.</summary>
    public static AccessTarget NewFunction(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        OfFunction(plane, ArnOf(plane, context, asked.FunctionName ?? ""));

    /// <summary>The function with a URL, which policies may ask for by its ARN and kind of URL.</summary>
    public static AccessTarget Url(LambdaControlPlane plane, HttpContext context, AskedFor asked)
    {
        var target = Qualified(plane, context, asked);
        var url = ArnOf(plane, context, FunctionReference.NameOf(context)) is { } arn
            ? plane.Urls.Find(arn.Key(), arn.Qualifier ?? context.Request.Query["Qualifier"].FirstOrDefault() ?? FunctionErrors.Latest) : null;
        return target with
        {
            AddKeys = keys =>
            {
                target.AddKeys?.Invoke(keys);
                keys.With("lambda:FunctionArn", target.Resource).With("lambda:FunctionUrlAuthType", url?.AuthType);
            },
        };
    }

    /// <summary>Nothing yet; policies may ask for the function that the mapping is for.</summary>
    public static AccessTarget NewMapping(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        AccessTarget.None with { AddKeys = keys => keys.With("lambda:FunctionArn", FunctionText(plane, context, asked)) };

    /// <summary>The event source mapping of the path, and the function that it is or shall be for.</summary>
    public static AccessTarget Mapping(LambdaControlPlane plane, HttpContext context, AskedFor asked)
    {
        var (account, id) = (AwsRequest.Of(context).Caller.AccountId, (string)context.Request.RouteValues["UUID"]!);
        var mapping = plane.EventSources.Find(account, id);
        return new AccessTarget($"arn:aws:lambda:{plane.Options.Region}:{account}:event-source-mapping:{id}", null, keys => keys
            .With("lambda:FunctionArn", asked.FunctionName is null ? mapping?.FunctionArn : FunctionText(plane, context, asked))
            .WithAll("aws:ResourceTag/", mapping?.Tags ?? new Dictionary<string, string>()));
    }

    /// <summary>The code signing configuration of the path.</summary>
    public static AccessTarget CodeSigningConfig(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        OfArn(plane, ((string?)context.Request.RouteValues["CodeSigningConfigArn"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whatever the ARN of the path names.</summary>
    public static AccessTarget Tagged(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        OfArn(plane, ((string?)context.Request.RouteValues["Resource"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)) with { IsSilent = true };

    /// <summary>The same; the tags that shall go are in the query.</summary>
    public static AccessTarget Untagged(LambdaControlPlane plane, HttpContext context, AskedFor asked)
    {
        var target = Tagged(plane, context, asked);
        return target with
        {
            AddKeys = keys =>
            {
                target.AddKeys?.Invoke(keys);
                keys.With("aws:TagKeys", context.Request.Query["tagKeys"].OfType<string>());
            },
        };
    }

    /// <summary>The layer of the path.</summary>
    public static AccessTarget Layer(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        LayerReference.OfLayer(plane, context).Is(out var layer, out _) ? new AccessTarget(layer.Arn.ToString()) : AccessTarget.None;

    /// <summary>The version of the path, with its policy.</summary>
    public static AccessTarget LayerVersion(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        LayerReference.OfVersion(plane, context).Is(out var layer, out _) ? OfLayerVersion(plane, layer) : AccessTarget.None;

    /// <summary>The version that an ARN of the query names.</summary>
    public static AccessTarget LayerVersionByArn(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        LayerReference.OfArn(context.Request.Query["Arn"]).Is(out var layer, out _) ? OfLayerVersion(plane, layer) : AccessTarget.None;

    /// <summary>A version of a layer, with its policy.</summary>
    public static AccessTarget OfLayerVersion(LambdaControlPlane plane, LayerReference layer) => new(
        layer.VersionText, () => layer.Find(plane)?.Policy is { } policy ? ParsedPolicies.Of(policy.Text()) : null);

    private static AccessTarget OfFunction(LambdaControlPlane plane, FunctionArn? arn) => arn is null ? AccessTarget.None : new AccessTarget(
        arn.ToString(),
        () => plane.Catalog.Find(arn)?.Policies.GetValueOrDefault(arn.Qualifier ?? FunctionErrors.Latest) is { } text ? ParsedPolicies.Of(text) : null,
        keys => keys.WithAll("aws:ResourceTag/", TagRecord.Of(plane, arn.Key()) ?? new Dictionary<string, string>()))
    {
        IsSilent = true,
    };

    private static AccessTarget OfArn(LambdaControlPlane plane, string arn)
    {
        var parts = arn.Split(':', 7);
        var tags = parts is [_, _, _, _, var account, var kind, var name] ? kind switch
        {
            "function" => TagRecord.Of(plane, new(account, name)),
            "code-signing-config" => plane.CodeSigning.Find(account, name)?.Tags,
            "event-source-mapping" => plane.EventSources.Find(account, name)?.Tags,
            _ => null,
        }
        : null;
        return new AccessTarget(
            arn.StartsWith("arn:", StringComparison.Ordinal) ? arn : "*", null,
            keys => keys.WithAll("aws:ResourceTag/", tags ?? new Dictionary<string, string>()));
    }

    private static string? FunctionText(LambdaControlPlane plane, HttpContext context, AskedFor asked) =>
        ArnOf(plane, context, asked.FunctionName ?? "")?.ToString();

    private static FunctionArn? ArnOf(LambdaControlPlane plane, HttpContext context, string name) =>
        FunctionArn.Parse(name, new FunctionArn(plane.Options.Region, AwsRequest.Of(context).Caller.AccountId, name));
}
