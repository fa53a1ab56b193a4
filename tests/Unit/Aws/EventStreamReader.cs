using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Lambent.Aws.Tests;

/// <summary>Reads event stream messages as a strict client does; its CRC is zlib's, not ours.</summary>
internal static class EventStreamReader
{
    internal sealed record Message(List<(string Name, string Value)> Headers, byte[] Payload);

    /// <summary>All messages of a whole stream.</summary>
    /// <exception cref="InvalidDataException">A length or a checksum is wrong.</exception>
    internal static List<Message> ReadAll(ReadOnlySpan<byte> stream)
    {
        List<Message> messages = [];
        while (stream.Length > 0)
        {
            var length = stream.Length < 16 ? 0 : BinaryPrimitives.ReadInt32BigEndian(stream);
            var headers = stream.Length < 16 ? 0 : BinaryPrimitives.ReadInt32BigEndian(stream[4..]);
            Require(length >= 16 && length <= stream.Length && headers >= 0 && headers <= length - 16, "length");
            var message = stream[..length];
            Require(Crc(message[..8]) == BinaryPrimitives.ReadUInt32BigEndian(message[8..]), "CRC of the prelude");
            Require(Crc(message[..^4]) == BinaryPrimitives.ReadUInt32BigEndian(message[^4..]), "CRC of the message");
            messages.Add(new(ReadHeaders(message.Slice(12, headers)), message[(12 + headers)..^4].ToArray()));
            stream = stream[length..];
        }

        return messages;
    }

    private static List<(string Name, string Value)> ReadHeaders(ReadOnlySpan<byte> bytes)
    {
        List<(string Name, string Value)> headers = [];
        while (bytes.Length > 0)
        {
            var name = bytes.Slice(1, bytes[0]);
            var rest = bytes[(1 + name.Length)..];
            Require(rest[0] == 7, "type of a header");
            var value = rest.Slice(3, BinaryPrimitives.ReadUInt16BigEndian(rest[1..]));
            headers.Add((Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));
            bytes = rest[(3 + value.Length)..];
        }

        return headers;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"wrong {what}");
        }
    }

    /// <summary>Of the trailer that GZIP writes: CRC-32, then the length, little-endian.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(bytes);
            if (bytes.IsEmpty)
            {
                gzip.Flush();
            }
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(to.GetBuffer().AsSpan((int)to.Length - 8));
    }
}
