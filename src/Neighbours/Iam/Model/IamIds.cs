using System.Globalization;
using System.Security.Cryptography;

namespace Lambent.Neighbours.Iam.Model;

/// <summary>
/// Identifiers and keys in AWS's forms. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
/// </summary>
public static class IamIds
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string SecretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private const int PrefixLength = 4, UniqueLength = 17, KeyLength = 16;

    /// <summary>A key's first 48 bits after the prefix hold the account above the last seven of them, as on AWS; the first is 0.</summary>
    private const int AccountShift = 7, AccountBits = 48;

    /// <summary>A unique id such as <c>AIDA…</c>.</summary>
    public static string NewId(string prefix) => prefix + RandomNumberGenerator.GetString(Base32, UniqueLength);

    /// <summary>Forty letters.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetString(SecretLetters, 40);

    /// <summary>An access key id that tells its account.</summary>
    /// <param name="prefix"><c>AKIA</c>, or <c>ASIA</c> for temporary credentials.</param>
    /// <param name="account">Twelve digits.</param>
    public static string NewKeyId(string prefix, string account)
    {
        Span<byte> bits = stackalloc byte[10];
        RandomNumberGenerator.Fill(bits);
        var number = (UInt128)ulong.Parse(account, CultureInfo.InvariantCulture) << AccountShift | (uint)(bits[5] & 0x7F);
        UInt128 rest = 0;
        foreach (var one in bits[6..])
        {
            rest = (rest << 8) | one;
        }

        var all = (number << 32) | rest;
        return string.Create(PrefixLength + KeyLength, (prefix, all), static (text, key) =>
        {
            key.prefix.CopyTo(text);
            for (var i = text.Length - 1; i >= PrefixLength; i--, key.all >>= 5)
            {
                text[i] = Base32[(int)(key.all & 31)];
            }
        });
    }

    /// <summary>The account that an access key id tells; null if it is no such id.</summary>
    public static string? AccountOf(string accessKeyId)
    {
        if (accessKeyId.Length != PrefixLength + KeyLength)
        {
            return null;
        }

        UInt128 all = 0;
        foreach (var letter in accessKeyId.AsSpan(PrefixLength))
        {
            if (Base32.IndexOf(letter, StringComparison.Ordinal) is not (>= 0 and var value))
            {
                return null;
            }

            all = (all << 5) | (uint)value;
        }

        var account = (ulong)(all >> 32) & ((1UL << (AccountBits - 1)) - 1);
        return (account >> AccountShift).ToString("d12", CultureInfo.InvariantCulture);
    }
}
