using System.Text.Json;
using Lambent.Worker.RuntimeApi.Extensions;
using Lambent.Worker.SandboxLife;
using Lambent.Worker.SandboxLife.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi.Telemetry;

/// <summary>
/// <c>PUT /2022-07-01/telemetry</c>, and <c>PUT /2020-08-15/logs</c> of the Logs API, which it replaced. Source: "Lambda Telemetry
/// API reference" and "Lambda Logs API", Lambda Developer Guide; error types from AWS's emulator (RIE, <c>runtimelogs.go</c>).
/// </summary>
internal static class TelemetryEndpoint
{
    private const int MaxSubscriptionBytes = 64 * 1024;

    internal static async Task HandleAsync(HttpContext context, Generation generation, bool byLogsApi)
    {
        var (extension, refusal) = ExtensionEndpoints.Identify(context, generation);
        if (extension is null)
        {
            await RuntimeApiAnswer.RefusedAsync(context, refusal!);
            return;
        }

        var (subscription, problem) = await ReadAsync(context, byLogsApi);
        if (subscription is null)
        {
            await RuntimeApiAnswer.ErrorAsync(context, 400, problem!, "ValidationError");
            return;
        }

        if (!generation.Telemetry.TrySubscribe(extension, subscription))
        {
            var api = byLogsApi ? "Logs" : "Telemetry";
            await RuntimeApiAnswer.RefusedAsync(context, new($"{api}.SubscriptionClosed", $"{api} API subscription is closed already"));
            return;
        }

        await RuntimeApiAnswer.WriteAsync(context, 200, "\"OK\""u8.ToArray());
    }

    private static async Task<(TelemetrySubscription? Subscription, string? Problem)> ReadAsync(HttpContext context, bool byLogsApi)
    {
        try
        {
            var body = await RuntimeApiBody.ReadAsync(context, MaxSubscriptionBytes);
            var subscription = body is null ? null : JsonSerializer.Deserialize(body, TelemetryJson.Default.TelemetrySubscription);
            subscription = subscription is null ? null : subscription with { ByLogsApi = byLogsApi };
            var problem = subscription is null ? "unexpected end of JSON input" : subscription.Problem();
            return problem is null ? (subscription, null) : (null, problem);
        }
        catch (Exception e) when (e is JsonException or TruncatedBodyException)
        {
            return (null, e.Message);
        }
    }
}
