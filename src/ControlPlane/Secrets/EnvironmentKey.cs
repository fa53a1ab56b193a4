using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lambent.Storage;

namespace Lambent.ControlPlane.Secrets;

/// <summary>
/// Keeps the values of environments unreadable at rest, by envelope encryption: each record has a data key of its own, which lies
/// beside its variables, itself encrypted under a key that is derived from the master key and the function's <c>KMSKeyArn</c>.
/// AES-256-GCM both times, bound to the function's account and name.
/// </summary>
/// <param name="master">32 random bytes.</param>
internal sealed class EnvironmentKey(byte[] master)
{
    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16, WrappedBytes = NonceBytes + KeyBytes + TagBytes;

    /// <summary>The first byte of what is sealed, for the day on which there is another form.</summary>
    private const byte Form = 1;

    /// <summary>Whose key wraps where a function names none. Source: "Securing environment variables", Lambda Developer Guide.</summary>
    private const string Default = "alias/aws/lambda";

    /// <summary>The key in a file that only its owner may read, made at the first start.</summary>
    public static EnvironmentKey Obtain(string file)
    {
        if (File.Exists(file))
        {
            return File.ReadAllBytes(file) is { Length: KeyBytes } kept ? new(kept)
                : throw new CryptographicException($"{file} is not a key of {KeyBytes} bytes. Put back the one that was there.");
        }

        var made = RandomNumberGenerator.GetBytes(KeyBytes);
        OwnerFile.Write(file, made);
        return new(made);
    }

    /// <summary>Seals variables for the record of a function.</summary>
    public string Seal(IReadOnlyDictionary<string, string> variables, string account, string name, string? kmsKeyArn)
    {
        var bound = Bound(account, name);
        var dataKey = RandomNumberGenerator.GetBytes(KeyBytes);
        var values = JsonSerializer.SerializeToUtf8Bytes(variables, ControlPlaneJson.Wire.IReadOnlyDictionaryStringString);
        return Convert.ToBase64String([Form, .. Encrypt(Wrapping(kmsKeyArn), dataKey, bound), .. Encrypt(dataKey, values, bound)]);
    }

    /// <summary>What was sealed.</summary>
    /// <exception cref="CryptographicException">Another key or another function sealed it, or it was altered.</exception>
    public IReadOnlyDictionary<string, string> Open(string text, string account, string name, string? kmsKeyArn)
    {
        var (sealedBytes, bound) = (Convert.FromBase64String(text), Bound(account, name));
        try
        {
            if (sealedBytes.Length < 1 + WrappedBytes || sealedBytes[0] != Form)
            {
                throw new CryptographicException("It has no form that is known.");
            }

            var dataKey = Decrypt(Wrapping(kmsKeyArn), sealedBytes.AsSpan(1, WrappedBytes), bound);
            var values = Decrypt(dataKey, sealedBytes.AsSpan(1 + WrappedBytes), bound);
            return JsonSerializer.Deserialize(values, ControlPlaneJson.Wire.IReadOnlyDictionaryStringString)!;
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException(
                $"The environment of the function {name} cannot be decrypted: the key in the data folder is not the one that it was encrypted with.", e);
        }
    }

    private static byte[] Bound(string account, string name) => Encoding.UTF8.GetBytes($"{account}:{name}");

    private byte[] Wrapping(string? kmsKeyArn) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, KeyBytes, info: Encoding.UTF8.GetBytes(kmsKeyArn ?? Default));

    private static byte[] Encrypt(byte[] key, byte[] plain, byte[] bound)
    {
        var made = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(made.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(made.AsSpan(0, NonceBytes), plain, made.AsSpan(NonceBytes, plain.Length), made.AsSpan(NonceBytes + plain.Length), bound);
        return made;
    }

    private static byte[] Decrypt(byte[] key, ReadOnlySpan<byte> made, byte[] bound)
    {
        var plain = new byte[Math.Max(0, made.Length - NonceBytes - TagBytes)];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(made[..NonceBytes], made[NonceBytes..^TagBytes], made[^TagBytes..], plain, bound);
        return plain;
    }
}
