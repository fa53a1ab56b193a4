using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lambent.Aws;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend;

/// <summary>
/// The answer of InvokeWithResponseStream: a <c>PayloadChunk</c> for what the function writes, in the end one
/// <c>InvokeComplete</c>. For a client that has gone the function runs on; what it writes goes nowhere.
/// </summary>
internal sealed class EventStreamAnswer(HttpContext context, AwsRequest aws, InvokeCall call) : IResponseStream
{
    private static readonly byte[] ChunkHeaders = EventStreamMessage.EventHeaders("PayloadChunk", "application/octet-stream");
    private static readonly byte[] CompleteHeaders = EventStreamMessage.EventHeaders("InvokeComplete", "application/json");
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>True once the client has its status.</summary>
    internal bool HasBegun { get; private set; }

    /// <inheritdoc/>
    public async ValueTask BeginAsync(string contentType, CancellationToken cancellation)
    {
        Begin();
        await FlushAsync(cancellation);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => SendAsync(ChunkHeaders, bytes.Span, cancellation);

    /// <summary>The last event.</summary>
    internal async Task CompleteAsync(InvokeOutcome outcome)
    {
        Begin();
        await SendAsync(CompleteHeaders, Completion(outcome), CancellationToken.None);
    }

    private void Begin()
    {
        if (HasBegun)
        {
            return;
        }

        HasBegun = true;
        call.PrepareAnswer(context, aws, 200);
        context.Response.ContentType = EventStreamMessage.ContentType;
        context.Response.Headers["X-Amz-Executed-Version"] = call.Function.Arn.Qualifier;
    }

    private ValueTask SendAsync(byte[] headers, ReadOnlySpan<byte> payload, CancellationToken cancellation)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return ValueTask.CompletedTask;
        }

        EventStreamMessage.Write(context.Response.BodyWriter, headers, payload);
        return FlushAsync(cancellation);
    }

    private async ValueTask FlushAsync(CancellationToken cancellation) => await context.Response.BodyWriter.FlushAsync(cancellation);

    /// <summary>What is not there is left out.</summary>
    private byte[] Completion(InvokeOutcome outcome)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            if (outcome is InvokeOutcome.FunctionError failed)
            {
                json.WriteString("ErrorCode", "Unhandled");
                json.WriteString("ErrorDetails", failed.Payload.IsEmpty ? failed.ErrorType : Encoding.UTF8.GetString(failed.Payload.Span));
            }
            else if (outcome is InvokeOutcome.ServiceFault fault)
            {
                json.WriteString("ErrorCode", "ServiceException");
                json.WriteString("ErrorDetails", $"{fault.Stage}: {fault.Message}");
            }

            if (call.WantsTail)
            {
                json.WriteString("LogResult", Convert.ToBase64String(outcome.LogTail.Span));
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
