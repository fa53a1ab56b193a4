using System.Security.Cryptography;

namespace Lambent.Aws;

/// <summary>The key that signs for one day, region and service. For any number of threads.</summary>
/// <param name="key">Its bytes.</param>
internal sealed class SigningKey(byte[] key) : IDisposable
{
    private IncrementalHash? idle;

    /// <summary>Writes the text's HMAC-SHA256, 32 bytes.</summary>
    /// <remarks>OpenSSL needs twice as long to prepare a key as to use it: one that is prepared is kept for the next text.</remarks>
    internal void Sign(ReadOnlySpan<byte> text, Span<byte> mac)
    {
        var hmac = Interlocked.Exchange(ref idle, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(text);
        hmac.GetHashAndReset(mac);
        Interlocked.Exchange(ref idle, hmac)?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref idle, null)?.Dispose();
}
