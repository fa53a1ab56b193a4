using System.Text.Json.Nodes;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>What AWS can and Lambent cannot yet is said, in an error that clients know.</summary>
public sealed class LaterTests
{
    private const string Execution = "/2025-12-01/durable-executions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af%3A1%252Fdurable-execution%252Fe%252Fi";

    [Theory]
    [InlineData("POST", Execution + "/checkpoint", "Durable executions")]
    [InlineData("GET", Execution, "Durable executions")]
    [InlineData("GET", Execution + "/history", "Durable executions")]
    [InlineData("GET", Execution + "/state?CheckpointToken=t", "Durable executions")]
    [InlineData("POST", Execution + "/stop", "Durable executions")]
    [InlineData("GET", "/2025-12-01/functions/f/durable-executions", "Durable executions")]
    [InlineData("POST", "/2025-12-01/durable-execution-callbacks/c/succeed", "Durable executions")]
    [InlineData("POST", "/2025-12-01/durable-execution-callbacks/c/fail", "Durable executions")]
    [InlineData("POST", "/2025-12-01/durable-execution-callbacks/c/heartbeat", "Durable executions")]
    [InlineData("POST", "/2025-11-30/capacity-providers", "Capacity providers")]
    [InlineData("GET", "/2025-11-30/capacity-providers", "Capacity providers")]
    [InlineData("GET", "/2025-11-30/capacity-providers/p", "Capacity providers")]
    [InlineData("PUT", "/2025-11-30/capacity-providers/p", "Capacity providers")]
    [InlineData("DELETE", "/2025-11-30/capacity-providers/p", "Capacity providers")]
    [InlineData("GET", "/2025-11-30/capacity-providers/p/function-versions", "Capacity providers")]
    [InlineData("PUT", "/2025-11-30/functions/f/function-scaling-config?Qualifier=1", "Capacity providers")]
    [InlineData("GET", "/2025-11-30/functions/f/function-scaling-config?Qualifier=1", "Capacity providers")]
    public async Task An_operation_that_is_not_there_yet_says_so(string method, string path, string what)
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.SendAsync(method, path, "{}");
        (answer.Status, answer.ErrorType, answer.Message).ShouldBe(
            (400, "InvalidParameterValueException", $"{what} are not supported by this version of Lambent yet."));
        (await plane.SendAsync(method, path, "{}", principal: $"arn:aws:iam::{TestPlane.Account}:user/ann")).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("DurableConfig", """{"ExecutionTimeout":60}""")]
    [InlineData("CapacityProviderConfig", """{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"p"}}""")]
    [InlineData("TenancyConfig", """{"TenantIsolationMode":"PER_TENANT"}""")]
    public async Task A_function_that_needs_it_is_refused_rather_than_made_without_it(string member, string value)
    {
        await using var plane = await TestPlane.StartAsync();
        var refused = await plane.CreateAsync("f", body => body[member] = JsonNode.Parse(value));
        (refused.Status, refused.ErrorType).ShouldBe((400, "InvalidParameterValueException"));
        refused.Message!.ShouldContain($"({member}) are not supported by this version of Lambent yet.");
        (await plane.CreateAsync("f", body => body[member] = null)).Status.ShouldBe(201);
    }
}
