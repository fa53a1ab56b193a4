using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>
/// How events are treated, for every qualifier for which it was said.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html
/// </summary>
internal static class ListFunctionEventInvokeConfigs
{
    private const int MaxItemsAllowed = 50;

    public static Result<ListFunctionEventInvokeConfigsResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var checks = FunctionReference.CheckNamespacedName(FunctionReference.NameOf(context));
        if (!Paging.Read(context.Request.Query, checks, MaxItemsAllowed).Is(out var paging, out var error)
            || !FunctionReference.OfReader(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        error = EventInvokeRules.CheckExists(plane, arn with { Qualifier = null });
        if (error is not null)
        {
            return error;
        }

        var (page, next) = paging.Cut(plane.EventInvoke.Of(arn.Key()));
        return new ListFunctionEventInvokeConfigsResponse(
            [.. page.Select(c => FunctionEventInvokeConfig.Of(arn with { Qualifier = c.Key }, c.Value))], next);
    }
}
