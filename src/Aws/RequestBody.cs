using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>Reads a request's body in one piece, as a signature needs it.</summary>
public static class RequestBody
{
    private const int ReadBytes = 16 * 1024;

    /// <summary>The body, or null if it is larger than the limit.</summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ContentLength is { } length)
        {
            if (length > limit)
            {
                return null;
            }

            var exact = length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(exact, cancellation);
            return exact;
        }

        var buffer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(ReadBytes), cancellation);
            buffer.Advance(read);
            if (read == 0)
            {
                return buffer.WrittenSpan.ToArray();
            }

            if (buffer.WrittenCount > limit)
            {
                return null;
            }
        }
    }
}
