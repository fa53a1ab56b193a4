using System.Buffers;
using Lambent.Contracts;
using Microsoft.AspNetCore.Http;

namespace Lambent.Invoke.Frontend.Urls;

/// <summary>
/// The answer of a URL whose mode is <c>RESPONSE_STREAM</c>: bytes as they come. In AWS's integration format status, headers and
/// cookies come first as JSON, ended by eight zeros; any other answer goes through as it is, with 200. Nothing is sent before the
/// first byte, so that a function which fails until then is a 502.
/// </summary>
internal sealed class UrlStream(HttpContext context, Action<HttpContext> decorate) : IResponseStream
{
    private const string IntegrationType = "application/vnd.awslambda.http-integration-response";

    /// <summary>AWS names no limit; what it is seen to take is less.</summary>
    private const int MaxPreludeBytes = 64 * 1024;

    private static readonly byte[] Delimiter = new byte[8];

    private ArrayBufferWriter<byte>? prelude;
    private string type = "";
    private bool isBroken, isBodiless;

    /// <summary>True once the client has its status.</summary>
    internal bool HasBegun { get; private set; }

    /// <inheritdoc/>
    public ValueTask BeginAsync(string contentType, CancellationToken cancellation)
    {
        type = contentType;
        prelude = contentType == IntegrationType ? new ArrayBufferWriter<byte>() : null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var rest = isBroken ? default : prelude is null ? bytes : TakePrelude(bytes.Span);
        if (isBroken || prelude is not null || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        BeginPlain();
        if (!rest.IsEmpty && !isBodiless)
        {
            context.Response.BodyWriter.Write(rest.Span);
        }

        await context.Response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>The function answered without a byte. False if that is no valid answer.</summary>
    internal bool TryEndEmpty()
    {
        if (prelude is null && !isBroken)
        {
            BeginPlain();
        }

        return HasBegun;
    }

    private void BeginPlain()
    {
        if (!HasBegun)
        {
            HasBegun = true;
            context.Response.StatusCode = 200;
            context.Response.ContentType = type;
            decorate(context);
        }
    }

    /// <summary>Collects until the zeros; what comes after them is body.</summary>
    private ReadOnlyMemory<byte> TakePrelude(ReadOnlySpan<byte> bytes)
    {
        var searchFrom = Math.Max(0, prelude!.WrittenCount - Delimiter.Length + 1);
        prelude.Write(bytes);
        var at = prelude.WrittenSpan[searchFrom..].IndexOf(Delimiter);
        var end = searchFrom + at;
        if (at < 0)
        {
            isBroken |= prelude.WrittenCount > MaxPreludeBytes;
            return default;
        }

        var head = UrlAnswer.ParsePrelude(prelude.WrittenSpan[..end]);
        var body = prelude.WrittenMemory[(end + Delimiter.Length)..];
        (prelude, isBroken) = (null, head is null);
        if (head is not null)
        {
            HasBegun = true;
            isBodiless = head.IsBodiless;
            head.WriteHead(context.Response);
            decorate(context);
        }

        return body;
    }
}
