using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Frontend.Urls;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// Who may invoke: <c>lambda:InvokeFunction</c> for every operation of the API, <c>lambda:InvokeFunctionUrl</c> for URLs.
/// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html, https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
/// </summary>
internal static class InvokeAccess
{
    private const string InvokeFunction = "lambda:InvokeFunction", InvokeFunctionUrl = "lambda:InvokeFunctionUrl";

    private static readonly Dictionary<string, string> NoTags = [];

    /// <summary>Null if the caller may. The root of the function's account is not asked about.</summary>
    internal static AwsError? Refuse(Authorizer access, AwsRequest request, FunctionArn target, FunctionCatalog catalog) =>
        target.Account == request.Caller.AccountId && Authorizer.IsRoot(request.Caller)
            ? null
            : access.Refuse(request, Question(InvokeFunction, target, catalog.Find(target), keys => keys.With("lambda:InvokedViaFunctionUrl", "false")));

    /// <summary>
    /// Whether the caller, or anybody where the URL asks for no signature, may use it. Decision 0019: the second permission that
    /// AWS asks for since October 2025, lambda:InvokeFunction, need not be there, but must not be denied.
    /// </summary>
    internal static bool Allows(Authorizer access, AwsRequest request, FunctionUrl url, FunctionEntry function) =>
        access.Decide(request, Question(InvokeFunctionUrl, url.Function, function, keys => AddKeys(keys, url))).IsAllowed
        && access.Decide(request, Question(InvokeFunction, url.Function, function, keys => AddKeys(keys, url))).Verdict != Verdict.ExplicitDeny;

    private static void AddKeys(RequestContext keys, FunctionUrl url) => keys
        .With("lambda:FunctionUrlAuthType", url.Settings.AuthType)
        .With("lambda:FunctionArn", url.Function.ToString())
        .With("lambda:InvokedViaFunctionUrl", "true");

    private static AccessQuestion Question(string action, FunctionArn target, FunctionEntry? function, Action<RequestContext> addKeys) => new(
        action, target.ToString(),
        () => function?.Policies.GetValueOrDefault(target.Qualifier ?? FunctionEntry.Latest) is { } text ? ParsedPolicies.Of(text) : null,
        keys => addKeys(keys.WithAll("aws:ResourceTag/", function?.Tags ?? NoTags)));
}
