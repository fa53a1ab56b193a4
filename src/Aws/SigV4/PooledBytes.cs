using System.Buffers;
using System.Text;

namespace Lambent.Aws;

/// <summary>Bytes that grow in a pooled array. Pass it by reference; dispose it once.</summary>
internal struct PooledBytes(int capacity) : IDisposable
{
    public byte[] Array { get; private set; } = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => Array.AsSpan(0, Length);

    public void Add(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Adds text as UTF-8; half a surrogate pair becomes U+FFFD.</summary>
    public void Add(scoped ReadOnlySpan<char> text) =>
        Length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    public void CutTo(int length) => Length = length;

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(Array);

    private Span<byte> Room(int count)
    {
        if (Array.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Array.Length * 2, Length + count));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Array);
            Array = larger;
        }

        return Array.AsSpan(Length);
    }
}
