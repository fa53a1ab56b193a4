using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Layers;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// Which layers a function may have: five at most, that exist, of this region, that the caller may use, one version of each.
/// https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
/// </summary>
internal static class LayerRules
{
    private const int MaxLayers = 5;

    /// <summary>The layers that a request names, held until they are disposed of. Null (not given) is answered as null.</summary>
    /// <param name="plane">Knows the layers.</param>
    /// <param name="arns">Must have satisfied the model.</param>
    /// <param name="request">Who sent it must be allowed to use them.</param>
    public static Result<LayersOfRequest> Take(LambdaControlPlane plane, IReadOnlyList<string>? arns, AwsRequest request)
    {
        if (!Find(plane, arns, request).Is(out var found, out var error))
        {
            return error;
        }

        // Held, and then looked for once more: what is there now cannot lose its package before the function refers to it.
        var held = plane.Held.Keep([.. found.Layers?.Select(l => l.CodeSha256Hex) ?? []]);
        if (Find(plane, arns, request).Is(out _, out error))
        {
            return new LayersOfRequest(found.Layers, held);
        }

        held.Dispose();
        return error;
    }

    /// <summary>Null if code and layers together are not too large.</summary>
    public static AwsError? CheckSize(FunctionDefinition definition)
    {
        var total = definition.UnzippedSize + (definition.Layers?.Sum(l => l.UnzippedSize) ?? 0);
        return total <= PackageRules.MaxUnzippedBytes ? null : FunctionErrors.Invalid(
            $"Function code combined with layers exceeds the maximum allowed size of {PackageRules.MaxUnzippedBytes} bytes. "
            + $"The actual size is {total} bytes.");
    }

    private static Result<LayersOfRequest> Find(LambdaControlPlane plane, IReadOnlyList<string>? arns, AwsRequest request)
    {
        if (arns?.Count > MaxLayers)
        {
            return FunctionErrors.Invalid($"Cannot reference more than {MaxLayers} layers.");
        }

        if (arns?.GroupBy(WithoutVersion).FirstOrDefault(g => g.Count() > 1)?.ToList() is [var one, var other, ..])
        {
            return FunctionErrors.Invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                + $"{one} and {other} are versions of the same layer.");
        }

        var found = new List<LayerUse>();
        foreach (var arn in arns ?? [])
        {
            if (!FindOne(plane, arn, request).Is(out var layer, out var error))
            {
                return error;
            }

            found.Add(layer);
        }

        return new LayersOfRequest(arns is null ? null : found, null);
    }

    private static Result<LayerUse> FindOne(LambdaControlPlane plane, string arn, AwsRequest request)
    {
        if (arn.Contains(":::awslayer:", StringComparison.Ordinal))
        {
            return FunctionErrors.Invalid($"Layer version {arn} does not exist.");
        }

        var layer = LayerReference.OfVersionText(arn);
        if (layer.Arn.Region != plane.Options.Region)
        {
            return FunctionErrors.Invalid(
                $"Layers are not in the same region as the function. Layers are expected to be in region {plane.Options.Region}.");
        }

        var version = layer.Find(plane);
        var target = AccessTargets.OfLayerVersion(plane, layer);
        if (plane.Access.Refuse(request, new AccessQuestion("lambda:GetLayerVersion", arn, target.Policy)) is { } denied)
        {
            return denied;
        }

        return version is null
            ? FunctionErrors.Invalid($"Layer version {arn} does not exist.")
            : new LayerUse(arn, version.CodeSha256Hex, version.CodeSize, version.UnzippedSize);
    }

    private static string WithoutVersion(string arn) => arn[..arn.LastIndexOf(':')];
}

/// <summary>The layers that a request names; their packages stay at least until it is disposed of.</summary>
/// <param name="layers">See <see cref="Layers"/>.</param>
/// <param name="held">What keeps the packages.</param>
internal sealed class LayersOfRequest(IReadOnlyList<LayerUse>? layers, IDisposable? held) : IDisposable
{
    /// <summary>Null if the request does not speak of layers; empty if it takes them away.</summary>
    public IReadOnlyList<LayerUse>? Layers => layers;

    /// <summary>The definition with these layers.</summary>
    public FunctionDefinition In(FunctionDefinition definition) =>
        layers is null ? definition : definition with { Layers = layers.Count == 0 ? null : layers };

    public void Dispose() => held?.Dispose();
}
