using Lambent.Aws;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// What Lambda refuses of a list of layers. There are no layers here yet, so every layer is one that does not exist.
/// </summary>
internal static class LayerRules
{
    private const int MaxLayers = 5;

    private const int RegionPart = 3, AccountPart = 4;

    /// <summary>Null if there is no layer; the ARNs must have satisfied the model.</summary>
    public static AwsError? Check(IReadOnlyList<string>? layers, string region, AwsRequest request)
    {
        if (layers is not { Count: > 0 })
        {
            return null;
        }

        if (layers.Count > MaxLayers)
        {
            return FunctionErrors.Invalid($"Cannot reference more than {MaxLayers} layers.");
        }

        if (layers.GroupBy(WithoutVersion).FirstOrDefault(g => g.Distinct().Count() > 1) is { } same)
        {
            var two = same.Distinct().Take(2).ToList();
            return FunctionErrors.Invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                + $"{two[0]} and {two[1]} are versions of the same layer.");
        }

        var layer = layers[0];
        var parts = layer.Split(':');
        if (parts[RegionPart] != region)
        {
            return FunctionErrors.Invalid(
                $"Layers are not in the same region as the function. Layers are expected to be in region {region}.");
        }

        return parts[AccountPart] == request.Caller.AccountId
            ? FunctionErrors.Invalid($"Layer version {layer} does not exist.")
            : new AwsError(
                403, "AccessDeniedException",
                $"User: {request.Caller.PrincipalArn} is not authorized to perform: lambda:GetLayerVersion on resource: {layer} "
                + "because no resource-based policy allows the lambda:GetLayerVersion action") { MessageName = "Message" };
    }

    private static string WithoutVersion(string arn) => arn[..arn.LastIndexOf(':')];
}
