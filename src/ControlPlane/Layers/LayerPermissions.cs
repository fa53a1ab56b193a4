using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Layers;

/// <summary>
/// Which other accounts may use a layer version.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html,
/// https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html
/// </summary>
internal static class LayerPermissions
{
    private const string Action = "lambda:GetLayerVersion";

    private static readonly Pattern StatementId = new("([a-zA-Z0-9-_]+)");

    private static readonly Pattern AllowedAction = new(Action);

    private static readonly Pattern Principal = new(@"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root");

    private static readonly Pattern Organization = new("o-[a-z0-9]{10,32}");

    public static async Task<Result<AddLayerVersionPermissionResponse>> AddAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.AddLayerVersionPermissionRequest).Is(out var add, out var error)
            || !LayerReference.OfVersion(plane, context, CheckModel(add)).Is(out var layer, out error))
        {
            return error;
        }

        var statement = new PolicyStatement
        {
            Sid = add.StatementId!,
            Principal = add.Principal switch
            {
                "*" => PolicyPrincipal.Everybody,
                [>= '0' and <= '9', ..] account => PolicyPrincipal.OfAccount(account),
                var root => new PolicyPrincipal("AWS", root!),
            },
            Action = add.Action!,
            Resource = layer.VersionText,
            Condition = add.OrganizationId is { } organization ? PolicyConditions.Equal("aws:PrincipalOrgID", organization) : null,
        };
        var revision = plane.Surroundings.NewId();
        return (await ChangeAsync(plane, context, layer, policy => ResourcePolicy.With(policy, statement, revision)))
            .Select(_ => new AddLayerVersionPermissionResponse(statement.Text(), revision));
    }

    public static Result<GetPolicyResponse> Get(LambdaControlPlane plane, HttpContext context)
    {
        if (!LayerReference.OfVersion(plane, context).Is(out var layer, out var error)
            || !Find(plane, layer).Is(out var version, out error))
        {
            return error;
        }

        return version.Policy is { } policy ? new GetPolicyResponse(policy.Text(), policy.RevisionId) : ResourcePolicy.None();
    }

    public static async Task<AwsError?> RemoveAsync(LambdaControlPlane plane, HttpContext context)
    {
        var statementId = (string)context.Request.RouteValues["StatementId"]!;
        var check = Member.Matching(statementId, "statementId", StatementId);
        if (!LayerReference.OfVersion(plane, context, check).Is(out var layer, out var error))
        {
            return error;
        }

        var removed = await ChangeAsync(
            plane, context, layer,
            policy => policy is null ? ResourcePolicy.None() : policy.Without(statementId, plane.Surroundings.NewId()));
        return removed.Is(out _, out error) ? null : error;
    }

    private static IEnumerable<string?> CheckModel(AddLayerVersionPermissionRequest add) =>
    [
        Member.Required(add.StatementId, "statementId"),
        Member.LengthAtMost(add.StatementId, "statementId", 100),
        Member.Matching(add.StatementId, "statementId", StatementId),
        Member.Required(add.Action, "action"),
        Member.Matching(add.Action, "action", AllowedAction),
        Member.Required(add.Principal, "principal"),
        Member.Matching(add.Principal, "principal", Principal),
        Member.Matching(add.OrganizationId, "organizationId", Organization),
    ];

    private static Result<LayerVersionRecord> Find(LambdaControlPlane plane, LayerReference layer) =>
        layer.Find(plane) is { } version ? version : FunctionErrors.NotFound($"Layer version {layer.VersionText} does not exist.");

    /// <summary>Changes the policy, if it is the one that the caller has seen; a policy without statements is none.</summary>
    private static async Task<Result<LayerRecord>> ChangeAsync(
        LambdaControlPlane plane, HttpContext context, LayerReference layer, Func<ResourcePolicy?, Result<ResourcePolicy>> change)
    {
        string? revision = context.Request.Query["RevisionId"];
        if (!Find(plane, layer).Is(out _, out var error))
        {
            return error;
        }

        return await plane.Layers.ChangeAsync(layer.Arn.Account, layer.Arn.Name, before =>
        {
            if (before?.Find(layer.Version) is not { } version)
            {
                return FunctionErrors.NotFound($"Layer version {layer.VersionText} does not exist.");
            }

            if (!change(version.Policy).Is(out var policy, out var refused))
            {
                return refused;
            }

            return revision is null || revision == version.Policy?.RevisionId
                ? before.With(version with { Policy = policy.Statements.Count == 0 ? null : policy })
                : StaleRevision();
        });
    }

    private static AwsError StaleRevision() => AwsError.User(
        412, "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id");
}
