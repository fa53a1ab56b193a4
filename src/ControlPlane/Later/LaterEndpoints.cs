using Lambent.Aws;
using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lambent.ControlPlane.Later;

/// <summary>
/// Operations of Lambda that Lambent has not: durable execution and capacity providers. They are answered with an error that clients
/// know and that says so, not as a path that nobody knows.
/// </summary>
internal static class LaterEndpoints
{
    private const string Executions = "/2025-12-01/durable-executions/{DurableExecutionArn}", Callback = "/2025-12-01/durable-execution-callbacks/{CallbackId}";

    private const string Providers = "/2025-11-30/capacity-providers", Provider = Providers + "/{CapacityProviderName}";

    private const string Scaling = "/2025-11-30/functions/{FunctionName}/function-scaling-config";

    private static readonly (string Action, string Method, string Path)[] DurableExecution =
    [
        ("CheckpointDurableExecution", "POST", Executions + "/checkpoint"),
        ("GetDurableExecution", "GET", Executions),
        ("GetDurableExecutionHistory", "GET", Executions + "/history"),
        ("GetDurableExecutionState", "GET", Executions + "/state"),
        ("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"),
        ("StopDurableExecution", "POST", Executions + "/stop"),
        ("SendDurableExecutionCallbackSuccess", "POST", Callback + "/succeed"),
        ("SendDurableExecutionCallbackFailure", "POST", Callback + "/fail"),
        ("SendDurableExecutionCallbackHeartbeat", "POST", Callback + "/heartbeat"),
    ];

    private static readonly (string Action, string Method, string Path)[] CapacityProviders =
    [
        ("CreateCapacityProvider", "POST", Providers),
        ("GetCapacityProvider", "GET", Provider),
        ("ListCapacityProviders", "GET", Providers),
        ("UpdateCapacityProvider", "PUT", Provider),
        ("DeleteCapacityProvider", "DELETE", Provider),
        ("ListFunctionVersionsByCapacityProvider", "GET", Provider + "/function-versions"),
        ("PutFunctionScalingConfig", "PUT", Scaling),
        ("GetFunctionScalingConfig", "GET", Scaling),
    ];

    public static void Map(IEndpointRouteBuilder endpoints, LambdaControlPlane plane)
    {
        Refuse(endpoints, plane, DurableExecution, FunctionErrors.NotThereYet("Durable executions are"));
        Refuse(endpoints, plane, CapacityProviders, FunctionErrors.NotThereYet("Capacity providers are"));
    }

    private static void Refuse(
        IEndpointRouteBuilder endpoints, LambdaControlPlane plane, (string Action, string Method, string Path)[] operations, AwsError error)
    {
        foreach (var (action, method, path) in operations)
        {
            endpoints.MapMethods(path, [method], (RequestDelegate)(context => Reply.SendEmptyAsync(context, Task.FromResult<AwsError?>(error))))
                .Needs(plane, new AccessRule(action, AccessTargets.None));
        }
    }
}
