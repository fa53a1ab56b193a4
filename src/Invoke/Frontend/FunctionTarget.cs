using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// Which function a path and its <c>Qualifier</c> mean; of an alias with two versions, one is drawn. Who may not invoke it does not
/// hear whether there is one.
/// </summary>
internal static class FunctionTarget
{
    internal static (FunctionArn? Target, FunctionSnapshot? Function, AwsError? Error) Find(
        HttpRequest request, AwsRequest aws, string region, FunctionCatalog catalog, Authorizer access, Func<double> draw)
    {
        var name = (string)request.RouteValues["FunctionName"]!;
        var home = new FunctionArn(region, aws.Caller.AccountId, "", null);
        var qualifier = request.Query["Qualifier"].ToString();
        var target = FunctionArn.Parse(name, home);
        if (InvokeErrors.AgainstModel(name, target is not null, qualifier) is { } malformed)
        {
            return (null, null, malformed);
        }

        if (qualifier.Length > 0)
        {
            if (target!.Qualifier is not null && target.Qualifier != qualifier)
            {
                return (null, null, InvokeErrors.TwoQualifiers());
            }

            target = target with { Qualifier = qualifier };
        }

        var error = target!.Region != region ? InvokeErrors.WrongRegion(target.Region, region)
            : InvokeAccess.Refuse(access, aws, target, catalog);
        if (error is not null)
        {
            return (null, null, error);
        }

        return catalog.TryFind(target, out var function, draw()) ? (target, function, null) : (null, null, InvokeErrors.NotFound(target));
    }
}
