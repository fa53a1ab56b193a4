using Lambent.Contracts;

namespace Lambent.ControlPlane.Aliases;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html, and UpdateAlias, which has the name in its path.</summary>
internal sealed record AliasRequest
{
    public string? Name { get; init; }

    public string? FunctionVersion { get; init; }

    public string? Description { get; init; }

    public AliasRoutingConfiguration? RoutingConfig { get; init; }

    public string? RevisionId { get; init; }
}

/// <summary>The shares of other versions; AWS allows one.</summary>
internal sealed record AliasRoutingConfiguration
{
    public IReadOnlyDictionary<string, double?>? AdditionalVersionWeights { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html. Members in AWS's order.</summary>
internal sealed record AliasConfiguration(
    string AliasArn, string Name, string FunctionVersion, string Description, AliasRoutingConfiguration? RoutingConfig, string RevisionId)
{
    public static AliasConfiguration Of(FunctionArn function, AliasRecord alias) => new(
        (function with { Qualifier = alias.Name }).ToString(), alias.Name, alias.FunctionVersion, alias.Description,
        alias.AdditionalVersion is { } version
            ? new() { AdditionalVersionWeights = new Dictionary<string, double?> { [version] = alias.AdditionalWeight } }
            : null,
        alias.RevisionId);
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html</summary>
internal sealed record ListAliasesResponse(string? NextMarker, IReadOnlyList<AliasConfiguration> Aliases);
