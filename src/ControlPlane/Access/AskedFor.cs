using Lambent.Aws.Policies;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Access;

/// <summary>
/// The members of all requests that policies may ask for, each of the type that the operation reads it as.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html#awslambda-policy-keys
/// </summary>
internal sealed record AskedFor
{
    public static AskedFor Nothing { get; } = new();

    public string? FunctionName { get; init; }

    public string? Role { get; init; }

    public IReadOnlyList<string>? Layers { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public VpcConfig? VpcConfig { get; init; }

    public string? CodeSigningConfigArn { get; init; }

    public string? Principal { get; init; }

    public string? AuthType { get; init; }

    public string? FunctionUrlAuthType { get; init; }

    /// <summary>As condition keys.</summary>
    public void AddTo(RequestContext context) => context
        .With("lambda:Layer", Layers?.OfType<string>() ?? [])
        .With("lambda:SubnetIds", VpcConfig?.SubnetIds?.OfType<string>() ?? [])
        .With("lambda:SecurityGroupIds", VpcConfig?.SecurityGroupIds?.OfType<string>() ?? [])
        .With("lambda:CodeSigningConfigArn", CodeSigningConfigArn)
        .With("lambda:Principal", Principal)
        .With("lambda:FunctionUrlAuthType", FunctionUrlAuthType ?? AuthType)
        .With("aws:TagKeys", Tags?.Keys ?? [])
        .WithAll("aws:RequestTag/", Tags ?? new Dictionary<string, string>());
}
