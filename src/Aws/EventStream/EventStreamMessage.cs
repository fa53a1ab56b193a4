using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Lambent.Aws;

/// <summary>
/// Writes messages of <c>application/vnd.amazon.eventstream</c>: the lengths of all and of the headers, the CRC of both,
/// headers, payload, and the CRC of all that. Integers are big-endian.
/// https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html
/// </summary>
public static class EventStreamMessage
{
    /// <summary>The media type of a stream of such messages.</summary>
    public const string ContentType = "application/vnd.amazon.eventstream";

    private const int PreludeBytes = 12, CrcBytes = 4;

    /// <summary>Writes one message.</summary>
    /// <param name="to">Where it goes; it is not flushed.</param>
    /// <param name="headers">As <see cref="EncodeHeaders"/> made them.</param>
    /// <param name="payload">What the message carries.</param>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(to);
        var length = PreludeBytes + headers.Length + payload.Length + CrcBytes;
        var message = to.GetSpan(length)[..length];
        BinaryPrimitives.WriteInt32BigEndian(message, length);
        BinaryPrimitives.WriteInt32BigEndian(message[4..], headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], Crc32.Compute(message[..8]));
        headers.CopyTo(message[PreludeBytes..]);
        payload.CopyTo(message[(PreludeBytes + headers.Length)..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[^CrcBytes..], Crc32.Compute(message[..^CrcBytes]));
        to.Advance(length);
    }

    /// <summary>The headers of an event as AWS's services write them: its name, then the media type of its payload.</summary>
    public static byte[] EventHeaders(string eventType, string contentType) =>
        EncodeHeaders((":event-type", eventType), (":content-type", contentType), (":message-type", "event"));

    /// <summary>Headers with text values, the only kind that the services of Lambent send.</summary>
    /// <exception cref="ArgumentException">A name is longer than 255 bytes or a value longer than 32,767.</exception>
    public static byte[] EncodeHeaders(params ReadOnlySpan<(string Name, string Value)> headers)
    {
        const byte Text = 7;
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in headers)
        {
            var (nameBytes, valueBytes) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
            if (nameBytes.Length is 0 or > byte.MaxValue || valueBytes.Length > short.MaxValue)
            {
                throw new ArgumentException($"The header {name} has no name, or is too long.", nameof(headers));
            }

            buffer.Write([(byte)nameBytes.Length]);
            buffer.Write(nameBytes);
            buffer.Write([Text, (byte)(valueBytes.Length >> 8), (byte)valueBytes.Length]);
            buffer.Write(valueBytes);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
