using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>
/// All that a function keeps initialised.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
/// </summary>
internal static class ListProvisionedConcurrencyConfigs
{
    private const int MaxItemsAllowed = 50;

    public static Result<ListProvisionedConcurrencyConfigsResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var checks = FunctionReference.CheckName(FunctionReference.NameOf(context));
        if (!Paging.Read(context.Request.Query, checks, MaxItemsAllowed).Is(out var paging, out var error)
            || !FunctionReference.OfWriter(plane, context).Is(out var arn, out error)
            || !FunctionReference.Find(plane, arn).Is(out _, out error))
        {
            return error;
        }

        var (page, next) = paging.Cut(plane.Provisioned.Of(arn.Key()));
        return new ListProvisionedConcurrencyConfigsResponse(
            [.. page.Select(p =>
            {
                var qualified = arn with { Qualifier = p.Key };
                return p.Value.Answer(plane.Keeper.StatusOf(qualified), qualified.ToString());
            })],
            next);
    }
}
