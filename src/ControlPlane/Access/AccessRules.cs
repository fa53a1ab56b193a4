using Lambent.Aws.Policies;

namespace Lambent.ControlPlane.Access;

/// <summary>
/// Which action each operation is, and what it is done to.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html#awslambda-actions-as-permissions
/// </summary>
internal static class AccessRules
{
    public static readonly AccessRule
        CreateFunction = new("CreateFunction", AccessTargets.NewFunction) { ReadsBody = true, Also = (asked, arn, _) => [.. PassRole(asked, arn), .. Tag(asked, arn)] },
        GetFunction = new("GetFunction", AccessTargets.Qualified),
        GetFunctionConfiguration = new("GetFunctionConfiguration", AccessTargets.Qualified),
        ListFunctions = new("ListFunctions", AccessTargets.None),
        UpdateFunctionCode = new("UpdateFunctionCode", AccessTargets.Function),
        UpdateFunctionConfiguration = new("UpdateFunctionConfiguration", AccessTargets.Function) { ReadsBody = true, Also = (asked, arn, _) => PassRole(asked, arn) },
        DeleteFunction = new("DeleteFunction", AccessTargets.Qualified),
        PublishVersion = new("PublishVersion", AccessTargets.Function),
        ListVersionsByFunction = new("ListVersionsByFunction", AccessTargets.Function),
        CreateAlias = new("CreateAlias", AccessTargets.Function),
        GetAlias = new("GetAlias", AccessTargets.Function),
        ListAliases = new("ListAliases", AccessTargets.Function),
        UpdateAlias = new("UpdateAlias", AccessTargets.Function),
        DeleteAlias = new("DeleteAlias", AccessTargets.Function),
        CreateEventSourceMapping = new("CreateEventSourceMapping", AccessTargets.NewMapping) { ReadsBody = true, Also = Tag("event-source-mapping") },
        GetEventSourceMapping = new("GetEventSourceMapping", AccessTargets.Mapping),
        ListEventSourceMappings = new("ListEventSourceMappings", AccessTargets.None),
        UpdateEventSourceMapping = new("UpdateEventSourceMapping", AccessTargets.Mapping) { ReadsBody = true },
        DeleteEventSourceMapping = new("DeleteEventSourceMapping", AccessTargets.Mapping),
        PutFunctionEventInvokeConfig = new("PutFunctionEventInvokeConfig", AccessTargets.Qualified),
        UpdateFunctionEventInvokeConfig = new("UpdateFunctionEventInvokeConfig", AccessTargets.Qualified),
        GetFunctionEventInvokeConfig = new("GetFunctionEventInvokeConfig", AccessTargets.Qualified),
        ListFunctionEventInvokeConfigs = new("ListFunctionEventInvokeConfigs", AccessTargets.Function),
        DeleteFunctionEventInvokeConfig = new("DeleteFunctionEventInvokeConfig", AccessTargets.Qualified),
        PutFunctionConcurrency = new("PutFunctionConcurrency", AccessTargets.Function),
        GetFunctionConcurrency = new("GetFunctionConcurrency", AccessTargets.Function),
        DeleteFunctionConcurrency = new("DeleteFunctionConcurrency", AccessTargets.Function),
        PutProvisionedConcurrencyConfig = new("PutProvisionedConcurrencyConfig", AccessTargets.Qualified),
        GetProvisionedConcurrencyConfig = new("GetProvisionedConcurrencyConfig", AccessTargets.Qualified),
        ListProvisionedConcurrencyConfigs = new("ListProvisionedConcurrencyConfigs", AccessTargets.Function),
        DeleteProvisionedConcurrencyConfig = new("DeleteProvisionedConcurrencyConfig", AccessTargets.Qualified),
        PublishLayerVersion = new("PublishLayerVersion", AccessTargets.Layer),
        GetLayerVersion = new("GetLayerVersion", AccessTargets.LayerVersion),
        GetLayerVersionByArn = new("GetLayerVersion", AccessTargets.LayerVersionByArn),
        ListLayers = new("ListLayers", AccessTargets.None),
        ListLayerVersions = new("ListLayerVersions", AccessTargets.Layer),
        DeleteLayerVersion = new("DeleteLayerVersion", AccessTargets.LayerVersion),
        AddLayerVersionPermission = new("AddLayerVersionPermission", AccessTargets.LayerVersion),
        GetLayerVersionPolicy = new("GetLayerVersionPolicy", AccessTargets.LayerVersion),
        RemoveLayerVersionPermission = new("RemoveLayerVersionPermission", AccessTargets.LayerVersion),
        CreateFunctionUrlConfig = new("CreateFunctionUrlConfig", AccessTargets.Url) { ReadsBody = true },
        GetFunctionUrlConfig = new("GetFunctionUrlConfig", AccessTargets.Url),
        UpdateFunctionUrlConfig = new("UpdateFunctionUrlConfig", AccessTargets.Url) { ReadsBody = true },
        DeleteFunctionUrlConfig = new("DeleteFunctionUrlConfig", AccessTargets.Url),
        ListFunctionUrlConfigs = new("ListFunctionUrlConfigs", AccessTargets.Function),
        AddPermission = new("AddPermission", AccessTargets.Qualified) { ReadsBody = true },
        GetPolicy = new("GetPolicy", AccessTargets.Qualified),
        RemovePermission = new("RemovePermission", AccessTargets.Qualified),
        CreateCodeSigningConfig = new("CreateCodeSigningConfig", AccessTargets.None) { ReadsBody = true, Also = Tag("code-signing-config") },
        GetCodeSigningConfig = new("GetCodeSigningConfig", AccessTargets.CodeSigningConfig),
        ListCodeSigningConfigs = new("ListCodeSigningConfigs", AccessTargets.None),
        UpdateCodeSigningConfig = new("UpdateCodeSigningConfig", AccessTargets.CodeSigningConfig),
        DeleteCodeSigningConfig = new("DeleteCodeSigningConfig", AccessTargets.CodeSigningConfig),
        ListFunctionsByCodeSigningConfig = new("ListFunctionsByCodeSigningConfig", AccessTargets.CodeSigningConfig),
        PutFunctionCodeSigningConfig = new("PutFunctionCodeSigningConfig", AccessTargets.Function)
        {
            ReadsBody = true,
            Also = (asked, _, _) => asked.CodeSigningConfigArn is { } config ? [new("lambda:PutFunctionCodeSigningConfig", config)] : [],
        },
        GetFunctionCodeSigningConfig = new("GetFunctionCodeSigningConfig", AccessTargets.Function),
        DeleteFunctionCodeSigningConfig = new("DeleteFunctionCodeSigningConfig", AccessTargets.Function),
        PutRuntimeManagementConfig = new("PutRuntimeManagementConfig", AccessTargets.Qualified),
        GetRuntimeManagementConfig = new("GetRuntimeManagementConfig", AccessTargets.Qualified),
        PutFunctionRecursionConfig = new("PutFunctionRecursionConfig", AccessTargets.Function),
        GetFunctionRecursionConfig = new("GetFunctionRecursionConfig", AccessTargets.Function),
        GetAccountSettings = new("GetAccountSettings", AccessTargets.None),
        TagResource = new("TagResource", AccessTargets.Tagged) { ReadsBody = true },
        UntagResource = new("UntagResource", AccessTargets.Untagged),
        ListTags = new("ListTags", AccessTargets.Tagged);

    /// <summary>Who gives a function a role must be allowed to pass it on to Lambda.</summary>
    private static IEnumerable<AccessQuestion> PassRole(AskedFor asked, string function) => asked.Role is not { } role ? []
        : [new("iam:PassRole", role, null, keys => keys.With("iam:PassedToService", "lambda.amazonaws.com").With("iam:AssociatedResourceArn", function))];

    /// <summary>Tags of something new need the action that sets tags, too.</summary>
    private static IEnumerable<AccessQuestion> Tag(AskedFor asked, string resource) =>
        asked.Tags is null or { Count: 0 } ? [] : [new("lambda:TagResource", resource, null, asked.AddTo)];

    /// <summary>The same for what has no name before it is made.</summary>
    private static Func<AskedFor, string, string, IEnumerable<AccessQuestion>> Tag(string kind) => (asked, _, home) => Tag(asked, $"{home}:{kind}:*");
}
