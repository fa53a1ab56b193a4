using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Storage;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// Temporary credentials without a table: the session token is the session itself, encrypted and authenticated (AES-256-GCM) under
/// a key that only this Lambent has. So their number costs nothing, and they work after a restart until they expire.
/// </summary>
/// <param name="key">32 bytes.</param>
public sealed class SessionTokens(byte[] key)
{
    /// <summary>Bytes of the key.</summary>
    public const int KeyBytes = 32;

    private const byte Form = 1;
    private const int NonceBytes = 12, TagBytes = 16, HeadBytes = 1 + NonceBytes + TagBytes;

    /// <summary>Longer than any that is made: policies and tags are bounded before they are sealed.</summary>
    private const int LongestToken = 24 * 1024, LargestSession = 128 * 1024;

    /// <summary>Opened tokens that are kept ready. Full, it starts over empty.</summary>
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<string, AccessKey> opened = new(StringComparer.Ordinal);

    /// <summary>The key in this file, which is made if it is not there, readable by its owner alone.</summary>
    public static SessionTokens OfFile(string path)
    {
        if (!File.Exists(path))
        {
            OwnerFile.Write(path, RandomNumberGenerator.GetBytes(KeyBytes));
        }

        var kept = File.ReadAllBytes(path);
        return kept.Length == KeyBytes ? new SessionTokens(kept) : throw new InvalidDataException($"{path} is damaged: it must have {KeyBytes} bytes. Without it, new ones are made.");
    }

    /// <summary>New credentials.</summary>
    /// <param name="account">Twelve digits.</param>
    /// <param name="principalArn">Whom they speak for.</param>
    /// <param name="principalId">The unique id of that.</param>
    /// <param name="expires">The end of their life; told to the second.</param>
    /// <param name="session">What was agreed.</param>
    public AccessKey Issue(string account, string principalArn, string principalId, DateTimeOffset expires, KeySession session)
    {
        var life = new SealedSession(IamIds.NewKeyId("ASIA", account), IamIds.NewSecret(), account, principalArn, principalId, expires.ToUnixTimeSeconds(), session);
        return KeyOf(life, Seal(life));
    }

    /// <summary>The credentials that a token holds; false if this Lambent did not make it, or made it for another key.</summary>
    public bool TryOpen(string accessKeyId, string token, [MaybeNullWhen(false)] out AccessKey found)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (!opened.TryGetValue(token, out found))
        {
            if (token.Length > LongestToken || Open(token) is not { } life)
            {
                return false;
            }

            found = KeyOf(life, token);
            if (opened.Count >= Capacity)
            {
                opened.Clear();
            }

            opened[token] = found;
        }

        return found.AccessKeyId == accessKeyId;
    }

    private string Seal(SealedSession life)
    {
        var plain = Compressed(JsonSerializer.SerializeToUtf8Bytes(life, SessionJson.Default.SealedSession));
        var whole = new byte[HeadBytes + plain.Length];
        whole[0] = Form;
        var nonce = whole.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, whole.AsSpan(HeadBytes), whole.AsSpan(1 + NonceBytes, TagBytes));
        return Convert.ToBase64String(whole);
    }

    private SealedSession? Open(string token)
    {
        Span<byte> whole = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, whole, out var count) || count < HeadBytes || whole[0] != Form)
        {
            return null;
        }

        var plain = new byte[count - HeadBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(whole.Slice(1, NonceBytes), whole[HeadBytes..count], whole.Slice(1 + NonceBytes, TagBytes), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        var json = new byte[LargestSession];
        return BrotliDecoder.TryDecompress(plain, json, out var length)
            ? JsonSerializer.Deserialize(json.AsSpan(0, length), SessionJson.Default.SealedSession)
            : null;
    }

    private static byte[] Compressed(byte[] json)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(json.Length)];
        return BrotliEncoder.TryCompress(json, compressed, out var length, quality: 4, window: 18)
            ? compressed[..length]
            : throw new InvalidOperationException("A session could not be compressed.");
    }

    private static AccessKey KeyOf(SealedSession life, string token) => new(
        life.Id, life.Secret, life.Account, life.PrincipalArn, life.PrincipalId, token, DateTimeOffset.FromUnixTimeSeconds(life.Expires))
    {
        Session = life.Session,
    };
}

/// <summary>What a token holds.</summary>
internal sealed record SealedSession(string Id, string Secret, string Account, string PrincipalArn, string PrincipalId, long Expires, KeySession Session);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SealedSession))]
internal sealed partial class SessionJson : JsonSerializerContext;
