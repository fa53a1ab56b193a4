using System.Globalization;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>Which layer and version a request means. <c>LayerName</c> is a name or an ARN without a version.</summary>
/// <param name="Arn">The layer; whether it exists is another question.</param>
/// <param name="Version">0 where the operation has no version.</param>
internal sealed record LayerReference(LayerArn Arn, long Version = 0)
{
    private const int RegionPart = 3, AccountPart = 4, NamePart = 6, VersionPart = 7;

    private static readonly Pattern Name =
        new(@"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+");

    private static readonly Pattern VersionArn = new(
        @"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+");

    /// <summary>The ARN of the version.</summary>
    public string VersionText => Arn.Of(Version);

    /// <summary>The layer of the path.</summary>
    /// <param name="plane">The region and account of a bare name come from here and the caller.</param>
    /// <param name="context">The request.</param>
    /// <param name="checks">The other checks of the operation's model: all failures come in one error.</param>
    public static Result<LayerReference> OfLayer(LambdaControlPlane plane, HttpContext context, params IEnumerable<string?> checks)
    {
        var name = ((string?)context.Request.RouteValues["LayerName"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var error = ModelErrors.Of([.. checks, Member.LengthAtMost(name, "layerName", 140), Member.Matching(name, "layerName", Name)]);
        if (error is not null)
        {
            return error;
        }

        var parts = name.Split(':');
        return new LayerReference(parts.Length == 1
            ? new LayerArn(plane.Options.Region, AwsRequest.Of(context).Caller.AccountId, name)
            : new LayerArn(parts[RegionPart], parts[AccountPart], parts[NamePart]));
    }

    /// <summary>The layer and version of the path.</summary>
    public static Result<LayerReference> OfVersion(LambdaControlPlane plane, HttpContext context, params IEnumerable<string?> checks)
    {
        if (!OfLayer(plane, context, checks).Is(out var layer, out var error))
        {
            return error;
        }

        var text = (string?)context.Request.RouteValues["VersionNumber"];
        return !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var version)
            ? RequestJson.Malformed("STRING_VALUE can not be converted to a Long")
            : version < 1 ? FunctionErrors.Invalid("Layer Version Cannot be less than 1") : layer with { Version = version };
    }

    /// <summary>The version that an ARN names.</summary>
    public static Result<LayerReference> OfArn(string? arn)
    {
        var error = ModelErrors.Of(Member.Required(arn, "arn"), Member.LengthAtMost(arn, "arn", 140), Member.Matching(arn, "arn", VersionArn));
        return error is null ? OfVersionText(arn!) : error;
    }

    /// <summary>The same for an ARN that has satisfied the model. A number that is too large names no version.</summary>
    public static LayerReference OfVersionText(string arn)
    {
        var parts = arn.Split(':');
        return new LayerReference(
            new LayerArn(parts[RegionPart], parts[AccountPart], parts[NamePart]),
            long.TryParse(parts[VersionPart], CultureInfo.InvariantCulture, out var version) ? version : 0);
    }

    /// <summary>The version, if there is one in this region.</summary>
    public LayerVersionRecord? Find(LambdaControlPlane plane) =>
        Arn.Region == plane.Options.Region ? plane.Layers.Find(Arn.Account, Arn.Name)?.Find(Version) : null;

    /// <summary>The version, if it is there.</summary>
    public Result<LayerVersionRecord> Get(LambdaControlPlane plane) => Find(plane) is { } version ? version : ResourcePolicy.NoSuchResource();
}
