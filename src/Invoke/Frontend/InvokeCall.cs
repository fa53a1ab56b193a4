using System.Text;
using System.Text.Json;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.Tracing;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend;

/// <summary>What a caller of Invoke asked for, read and checked.</summary>
internal sealed record InvokeCall(
    FunctionArn Target, FunctionSnapshot Function, InvocationType Type, bool WantsTail, string? ClientContext, string TraceId)
{
    private const int MaxClientContextLetters = 3583;

    /// <summary>Reads headers and query; the checks come in AWS's order: form, function and whether the caller may, size, payload, context, state.</summary>
    internal static (InvokeCall? Call, AwsError? Error) Read(
        HttpContext context, AwsRequest aws, string region, FunctionCatalog catalog, Authorizer access, Limits limits, Func<double> draw, RoadTelemetry telemetry,
        TimeProvider clock, params ReadOnlySpan<InvocationType> types)
    {
        var request = context.Request;
        if (TypeOf(request) is not { } type || !types.Contains(type))
        {
            return (null, InvokeErrors.NoSuchType(request.Headers["X-Amz-Invocation-Type"].ToString(), types));
        }

        if (TailOf(request) is not { } wantsTail)
        {
            return (null, InvokeErrors.NoSuchLogType(request.Headers["X-Amz-Log-Type"].ToString()));
        }

        var (target, function, error) = FunctionTarget.Find(request, aws, region, catalog, access, draw);
        error ??= CheckSize(aws.Body.Length, type, limits) ?? PayloadCheck.Error(aws.Body.Span);
        if (error is not null)
        {
            return (null, error);
        }

        if (!TryReadContext(request, out var clientContext))
        {
            return (null, AwsError.User(400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."));
        }

        if (InvokeErrors.OfFunction(function!) is { } notNow)
        {
            return (null, notNow);
        }

        var call = new InvokeCall(target!, function!, type, wantsTail, clientContext, Frontend.TraceId.From(request, telemetry, clock));
        return type == InvocationType.RequestResponse ? call.Count(catalog, telemetry) : (call, null);
    }

    /// <summary>Writes the run into the trace header, and refuses one too many. An event is counted when it runs.</summary>
    private (InvokeCall? Call, AwsError? Error) Count(FunctionCatalog catalog, RoadTelemetry telemetry)
    {
        var (traceId, earlierRuns) = Lineage.Add(TraceId, Target);
        if (earlierRuns < Lineage.RunsAtMost || catalog.Find(Target) is { AllowsRecursion: true })
        {
            return (this with { TraceId = traceId }, null);
        }

        telemetry.RecursionStopped(Function);
        return (null, InvokeErrors.Recursive());
    }

    /// <summary>What the function gets: who sends nothing sends an empty object.</summary>
    internal ReadOnlyMemory<byte> PayloadOf(AwsRequest aws) => aws.Body.IsEmpty ? PayloadCheck.Empty : aws.Body;

    internal InvokeRequest ToRequest(AwsRequest aws) => new()
    {
        RequestId = aws.RequestId,
        Function = Function,
        InvokedFunctionArn = Target.ToString(),
        Payload = PayloadOf(aws),
        ClientContext = ClientContext,
        TraceId = TraceId,
        ReceivedAt = aws.ReceivedAt,
    };

    /// <summary>Status and headers that every answer of the operation has.</summary>
    internal void PrepareAnswer(HttpContext context, AwsRequest aws, int status)
    {
        context.Response.StatusCode = status;
        var headers = context.Response.Headers;
        headers[RestJsonError.RequestIdHeader] = aws.RequestId;
        headers["x-amzn-Remapped-Content-Length"] = "0";
        headers["X-Amzn-Trace-Id"] = TraceId;
    }

    private static InvocationType? TypeOf(HttpRequest request) => request.Headers["X-Amz-Invocation-Type"].ToString() switch
    {
        "" or "RequestResponse" => InvocationType.RequestResponse,
        "Event" => InvocationType.Event,
        "DryRun" => InvocationType.DryRun,
        _ => null,
    };

    private static bool? TailOf(HttpRequest request) => request.Headers["X-Amz-Log-Type"].ToString() switch
    {
        "" or "None" => false,
        "Tail" => true,
        _ => null,
    };

    private static AwsError? CheckSize(int bytes, InvocationType type, Limits limits) => type switch
    {
        InvocationType.Event when bytes > limits.MaxEventBytes => InvokeErrors.EventTooLarge(bytes, limits.MaxEventBytes),
        _ when bytes > limits.MaxRequestBytes => InvokeErrors.TooLarge(limits.MaxRequestBytes),
        _ => null,
    };

    private static bool TryReadContext(HttpRequest request, out string? clientContext)
    {
        clientContext = null;
        var text = request.Headers["X-Amz-Client-Context"].ToString();
        if (text.Length == 0)
        {
            return true;
        }

        var bytes = new byte[text.Length];
        if (text.Length > MaxClientContextLetters || !Convert.TryFromBase64String(text, bytes, out var length))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
            clientContext = Compact(json.RootElement);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: half of a surrogate pair, which is no text
        {
            return false;
        }
    }

    /// <summary>It travels in a header of the Runtime API, so it must be one line of ASCII: the same JSON with escapes.</summary>
    private static string Compact(JsonElement element)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            element.WriteTo(writer);
        }

        return Encoding.ASCII.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
