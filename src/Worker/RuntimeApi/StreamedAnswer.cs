using System.Buffers;
using System.IO.Pipelines;
using Lambent.Contracts;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>
/// Hands an answer on as it comes, whether the runtime streams it or not. A slow caller slows the function down: nothing more is
/// read from it before the caller has taken what there is.
/// </summary>
internal static class StreamedAnswer
{
    /// <summary>So that throttled bytes flow evenly, and no caller gets a message larger than this.</summary>
    private const int PieceBytes = 64 * 1024;

    /// <summary>Copies the request's body. Its end is that of the stream; bytes over the limit are cut off.</summary>
    /// <exception cref="TruncatedBodyException">The runtime closed its connection before the end.</exception>
    internal static async Task<RuntimeAnswer> CopyAsync(HttpContext context, IResponseStream to, AnswerRules rules, CancellationToken over)
    {
        var bandwidth = new Bandwidth(rules.BurstBytes, rules.BytesPerSecond, rules.Clock);
        await to.BeginAsync(context.Request.ContentType is { Length: > 0 } named ? named : "application/octet-stream", over);
        var reader = context.Request.BodyReader;
        var room = AnswerRules.MaxStreamedBytes;
        while (true)
        {
            var read = await ReadAsync(reader, over);
            var isTooLarge = read.Buffer.Length > room;
            foreach (var piece in Pieces(isTooLarge ? read.Buffer.Slice(0, room) : read.Buffer))
            {
                await Task.Delay(bandwidth.Take(piece.Length), rules.Clock, over);
                await to.WriteAsync(piece, over);
                room -= piece.Length;
            }

            reader.AdvanceTo(read.Buffer.End);
            if (isTooLarge || read.IsCompleted)
            {
                return isTooLarge
                    ? RuntimeAnswer.TooLarge(AnswerRules.MaxStreamedBytes)
                    : RuntimeAnswer.Accepted(ResponseTrailers.Error(context.Request) ?? new InvocationEnd.Response(ReadOnlyMemory<byte>.Empty));
            }
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            for (var at = 0; at < segment.Length; at += PieceBytes)
            {
                yield return segment.Slice(at, Math.Min(PieceBytes, segment.Length - at));
            }
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken over)
    {
        try
        {
            return await reader.ReadAsync(over);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !over.IsCancellationRequested))
        {
            throw new TruncatedBodyException(e);
        }
    }
}
