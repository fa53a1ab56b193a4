using System.Diagnostics;
using Lambent.Contracts;
using Lambent.Invoke.Tracing;

namespace Lambent.Invoke.Telemetry;

/// <summary>
/// The spans of an invocation: one for the whole, one below it for each stage. Attributes as OpenTelemetry's "Semantic conventions
/// for FaaS spans" and "AWS Lambda" name them.
/// </summary>
internal static class InvokeSpan
{
    private static readonly string[] Names = Enum.GetNames<InvokeStage>();

    /// <summary>The span of the invocation, below what the caller's trace header names. Null if nobody wants it.</summary>
    internal static Activity? Start(ActivitySource source, InvokeRequest request, DateTimeOffset began)
    {
        var outer = Activity.Current;
        Activity.Current = null; // the span of the HTTP server is of another trace
        TraceHeader.TryRead(request.TraceId, out var parent);
        var span = source.StartActivity(request.Function.Arn.Name, ActivityKind.Server, parent, startTime: began);
        if (span is null)
        {
            Activity.Current = outer;
            return null;
        }

        if (span.IsAllDataRequested)
        {
            var function = request.Function;
            span.SetTag("faas.name", function.Arn.Name)
                .SetTag("faas.version", function.Arn.Qualifier)
                .SetTag("faas.invocation_id", request.RequestId)
                .SetTag("faas.max_memory", function.MemoryMb * 1024L * 1024L)
                .SetTag("faas.trigger", "other")
                .SetTag("aws.lambda.invoked_arn", request.InvokedFunctionArn)
                .SetTag("cloud.resource_id", function.Arn.ToString())
                .SetTag("cloud.account.id", function.Arn.Account)
                .SetTag("cloud.region", function.Arn.Region);
        }

        return span;
    }

    /// <summary>The span of a stage; null without an invocation's span.</summary>
    internal static Activity? Stage(ActivitySource source, Activity? invoke, InvokeStage stage, DateTime? began) => invoke is null
        ? null
        : source.StartActivity(Names[(int)stage], ActivityKind.Internal, invoke.Context, startTime: began ?? default(DateTimeOffset));

    /// <summary>How a start ended.</summary>
    internal static void Tag(Activity? span, StartOutcome outcome)
    {
        if (span is null)
        {
            return;
        }

        span.SetTag("faas.coldstart", true);
        switch (outcome)
        {
            case StartOutcome.Started started:
                span.SetTag("lambent.from_stock", started.FromStock);
                if (started.InitError is { } error)
                {
                    Fail(span, error);
                }

                break;
            case StartOutcome.NoSandbox:
                Fail(span, "Sandbox.Failure");
                break;
        }
    }

    /// <summary>How the invocation ended.</summary>
    internal static void End(Activity? span, InvokeOutcome outcome)
    {
        if (span is null)
        {
            return;
        }

        switch (outcome)
        {
            case InvokeOutcome.FunctionError error:
                Fail(span, error.ErrorType);
                break;
            case InvokeOutcome.Throttled throttled:
                Fail(span, throttled.Reason);
                break;
            case InvokeOutcome.ServiceFault fault:
                Fail(span, $"{fault.Stage}");
                break;
        }

        span.Stop();
    }

    private static void Fail(Activity span, string type) => span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", type);
}
