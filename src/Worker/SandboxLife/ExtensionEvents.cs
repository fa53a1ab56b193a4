using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lambent.Worker.SandboxLife;

/// <summary>What extensions hear of an invoke. Source: "Using the Lambda Extensions API", Invoke phase.</summary>
internal sealed record InvokeEvent(string EventType, long DeadlineMs, string RequestId, string InvokedFunctionArn, ExtensionTracing Tracing)
{
    internal static byte[] Of(Invocation invocation) => JsonSerializer.SerializeToUtf8Bytes(
        new InvokeEvent(
            Extension.Invoke, invocation.DeadlineMs, invocation.Request.RequestId, invocation.Request.InvokedFunctionArn,
            new ExtensionTracing("X-Amzn-Trace-Id", invocation.Request.TraceId)),
        ExtensionJson.Default.InvokeEvent);
}

/// <summary>The trace of an invoke.</summary>
internal sealed record ExtensionTracing(string Type, string Value);

/// <summary>What extensions hear at the end.</summary>
internal sealed record ShutdownEvent(string EventType, long DeadlineMs, string ShutdownReason);

/// <summary>The answer to a registration. <c>accountId</c> is there only if the extension asked for it.</summary>
internal sealed record ExtensionRegistered(
    string FunctionName, string FunctionVersion, string Handler,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AccountId);

/// <summary>What an extension registers for.</summary>
internal sealed record ExtensionRegistration(IReadOnlyList<string>? Events, IReadOnlyList<string>? ConfigurationKeys);

[JsonSerializable(typeof(InvokeEvent))]
[JsonSerializable(typeof(ShutdownEvent))]
[JsonSerializable(typeof(ExtensionRegistered))]
[JsonSerializable(typeof(ExtensionRegistration))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ExtensionJson : JsonSerializerContext;
