using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Access;

/// <summary>
/// Stands before every operation: who may not, hears nothing else, not even whether there is such a function.
/// </summary>
internal static class AccessGuard
{
    private const string LambdaPrefix = "lambda:";

    /// <summary>Lets only those through to the endpoint whom the rule's action is allowed.</summary>
    public static void Needs(this IEndpointConventionBuilder endpoint, LambdaControlPlane plane, AccessRule rule) =>
        endpoint.Needs(plane, _ => rule, rule);

    /// <summary>The same where one route is two operations.</summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="plane">Knows the resources and asks the policies.</param>
    /// <param name="choose">Which one a request is.</param>
    /// <param name="rules">All of them.</param>
    public static void Needs(this IEndpointConventionBuilder endpoint, LambdaControlPlane plane, Func<HttpContext, AccessRule> choose, params AccessRule[] rules) =>
        endpoint.Add(builder =>
        {
            var run = builder.RequestDelegate!;
            Array.ForEach(rules, builder.Metadata.Add);
            builder.RequestDelegate = context => Refuse(plane, context, choose(context)) is { } refused
                ? RestJsonError.WriteAsync(context.Response, refused, AwsRequest.Of(context).RequestId, context.RequestAborted)
                : run(context);
        });

    private static AwsError? Refuse(LambdaControlPlane plane, HttpContext context, AccessRule rule)
    {
        var request = AwsRequest.Of(context);
        var asked = AskedFor.Nothing;
        if (rule.ReadsBody && !Authorizer.IsRoot(request.Caller)
            && !RequestJson.Read(request.Body, ControlPlaneJson.Wire.AskedFor).Is(out asked, out var malformed))
        {
            return malformed;
        }

        var target = rule.Target(plane, context, asked);
        var refused = plane.Access.Refuse(request, new AccessQuestion(LambdaPrefix + rule.Action, target.Resource, target.Policy, keys =>
        {
            target.AddKeys?.Invoke(keys);
            asked.AddTo(keys);
        }));
        if (refused is not null)
        {
            return target.IsSilent && !IsAtHome(target.Resource, request) ? FunctionErrors.AccessDenied() : refused;
        }

        var home = $"arn:aws:lambda:{plane.Options.Region}:{request.Caller.AccountId}";
        return rule.Also(asked, target.Resource, home).Select(question => plane.Access.Refuse(request, question)).FirstOrDefault(no => no is not null);
    }

    private static bool IsAtHome(string resource, AwsRequest request) => resource == "*" || resource.Split(':')[4] == request.Caller.AccountId;
}
