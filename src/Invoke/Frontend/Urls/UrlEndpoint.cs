using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// Function URLs: HTTP straight to a function. Stage 1, Receive, for callers that are no AWS clients; then
/// <see cref="InvokePath"/> has it. Source: "Lambda function URLs", Lambda Developer Guide.
/// </summary>
/// <param name="catalog">Where the functions are.</param>
/// <param name="urls">Which function a URL means.</param>
/// <param name="access">Who may use them.</param>
/// <param name="limits">The payload may have 6 MB each way, counted over the whole event.</param>
/// <param name="invoke">The road.</param>
/// <param name="verifier">For URLs with <c>AuthType</c> <c>AWS_IAM</c>.</param>
/// <param name="draw">0 to 1, at random: decides between the two versions of an alias.</param>
/// <param name="telemetry">Hears of every trace that begins here.</param>
/// <param name="clock">The time that events tell.</param>
public sealed class UrlEndpoint(
    FunctionCatalog catalog, UrlIndex urls, Authorizer access, Limits limits, Func<InvokeRequest, Task<InvokeOutcome>> invoke, SigV4Verifier verifier, Func<double> draw,
    RoadTelemetry telemetry, TimeProvider clock)
{
    /// <summary>True if the request is for a function URL, known or not.</summary>
    public static bool IsFor(HttpRequest request) => UrlTarget.Of(request) is not null;

    /// <summary>Answers it.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var requestId = AwsRequestId.New();
        context.Response.Headers[RestJsonError.RequestIdHeader] = requestId;
        var target = UrlTarget.Of(context.Request)!;
        if (urls.Find(target.Id) is not { } url)
        {
            await UrlErrors.WriteUnknownAsync(context.Response);
            return;
        }

        if (url.Settings.Cors is { } cors && HttpMethods.IsOptions(context.Request.Method))
        {
            UrlCors.AnswerPreflight(context, cors);
            return;
        }

        var (request, error) = await ReadAsync(context, target, url, requestId);
        if (error is not null)
        {
            UrlCors.Decorate(context, url.Settings.Cors);
            await RestJsonError.WriteAsync(context.Response, error, requestId, context.RequestAborted);
            return;
        }

        if (url.Settings.InvokeMode == "RESPONSE_STREAM")
        {
            await StreamAsync(context, url, request!);
        }
        else
        {
            await AnswerAsync(context, url, request!.TraceId, await invoke(request));
        }
    }

    /// <summary>The checks in this order: size, signature, function and permission, size of the event.</summary>
    private async Task<(InvokeRequest? Request, AwsError? Error)> ReadAsync(HttpContext context, UrlTarget target, FunctionUrl url, string requestId)
    {
        var needsSignature = url.Settings.AuthType == "AWS_IAM";
        if (needsSignature && verifier.RefuseUnread(context.Request, "lambda") is { } stranger)
        {
            return (null, Refusal(stranger));
        }

        if (await RequestBody.ReadAsync(context.Request, limits.MaxRequestBytes, context.RequestAborted) is not { } body)
        {
            return (null, InvokeErrors.TooLarge(limits.MaxRequestBytes));
        }

        AccessKey? caller = null;
        if (needsSignature)
        {
            switch (verifier.Verify(context.Request, body, "lambda"))
            {
                case SigV4Result.Refused refused:
                    return (null, Refusal(refused.Error));
                case SigV4Result.Verified verified:
                    caller = verified.Key;
                    break;
            }
        }

        var entry = catalog.Find(url.Function);
        var signed = new AwsRequest(requestId, caller ?? default, body) { Http = context };
        if (entry?.Resolve(url.Function.Qualifier, draw()) is not { } function || !InvokeAccess.Allows(access, signed, url, entry))
        {
            return (null, UrlErrors.Forbidden());
        }

        var traceId = TraceId.From(context.Request, telemetry, clock);
        var payload = UrlEvent.Of(context, target, body, caller, requestId, traceId, clock.GetUtcNow());
        var error = payload.Length > limits.MaxRequestBytes ? InvokeErrors.TooLarge(limits.MaxRequestBytes) : InvokeErrors.OfFunction(function);
        return (new InvokeRequest
        {
            RequestId = requestId,
            Function = function,
            InvokedFunctionArn = url.Function.ToString(),
            Payload = payload,
            TraceId = traceId,
        }, error);
    }

    /// <summary>Who signs nothing hears what everybody hears who may not call; a wrong signature is explained.</summary>
    private static AwsError Refusal(AwsError error) => error.Type == "MissingAuthenticationTokenException" ? UrlErrors.Forbidden() : error;

    private async Task StreamAsync(HttpContext context, FunctionUrl url, InvokeRequest request)
    {
        var stream = new UrlStream(context, c => Decorate(c, url, request.TraceId));
        var outcome = await invoke(request with { ResponseStream = stream });
        if (!stream.HasBegun && !(outcome is InvokeOutcome.Succeeded && stream.TryEndEmpty()))
        {
            await FailAsync(context, url, request.TraceId, outcome);
        }
    }

    private static Task AnswerAsync(HttpContext context, FunctionUrl url, string traceId, InvokeOutcome outcome)
    {
        if (outcome is not InvokeOutcome.Succeeded succeeded || UrlAnswer.Parse(succeeded.Payload.Span) is not { } answer)
        {
            return FailAsync(context, url, traceId, outcome);
        }

        answer.WriteHead(context.Response);
        Decorate(context, url, traceId);
        if (answer.IsBodiless)
        {
            return Task.CompletedTask;
        }

        context.Response.ContentLength = answer.Body.Length;
        return context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }

    private static Task FailAsync(HttpContext context, FunctionUrl url, string traceId, InvokeOutcome outcome)
    {
        Decorate(context, url, traceId);
        var error = outcome switch
        {
            InvokeOutcome.Throttled throttled => InvokeErrors.Throttled(throttled),
            InvokeOutcome.ServiceFault fault => InvokeErrors.Fault(fault),
            _ => null,
        };
        return error is null
            ? UrlErrors.WriteBadGatewayAsync(context.Response).AsTask()
            : RestJsonError.WriteAsync(context.Response, error, context.Response.Headers[RestJsonError.RequestIdHeader]!, context.RequestAborted);
    }

    private static void Decorate(HttpContext context, FunctionUrl url, string traceId)
    {
        context.Response.Headers["X-Amzn-Trace-Id"] = traceId;
        UrlCors.Decorate(context, url.Settings.Cors);
    }
}
