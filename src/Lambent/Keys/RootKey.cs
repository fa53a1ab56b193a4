using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Storage;

namespace Lambent.Keys;

/// <summary>
/// The root access key: made at the first start, kept in <c>DATA/root-access-key.json</c>, readable by the owner alone. A user
/// may bring their own by <c>LAMBENT_ACCESS_KEY_ID</c>, <c>LAMBENT_SECRET_ACCESS_KEY</c> and <c>LAMBENT_ACCOUNT_ID</c>.
/// </summary>
/// <param name="AccessKeyId">Begins with <c>AKIA</c> when Lambent made it.</param>
/// <param name="SecretAccessKey">Never logged.</param>
/// <param name="AccountId">Twelve digits.</param>
internal sealed record RootKey(string AccessKeyId, string SecretAccessKey, string AccountId)
{
    private const string DefaultAccount = "000000000000";

    /// <summary>Brought by the environment, else kept, else new.</summary>
    internal static RootKey Obtain(string dataFolder)
    {
        var kept = Read(dataFolder) ?? Create(dataFolder);
        var brought = Environment.GetEnvironmentVariable("LAMBENT_ACCESS_KEY_ID");
        var secret = Environment.GetEnvironmentVariable("LAMBENT_SECRET_ACCESS_KEY");
        var account = Environment.GetEnvironmentVariable("LAMBENT_ACCOUNT_ID");
        if (string.IsNullOrEmpty(brought) != string.IsNullOrEmpty(secret))
        {
            throw new StartException("LAMBENT_ACCESS_KEY_ID and LAMBENT_SECRET_ACCESS_KEY go together: set both, or none.");
        }

        if (!string.IsNullOrEmpty(account) && (account.Length != 12 || !account.All(char.IsAsciiDigit)))
        {
            throw new StartException($"LAMBENT_ACCOUNT_ID must be twelve digits, but is '{account}'.");
        }

        return new RootKey(
            string.IsNullOrEmpty(brought) ? kept.AccessKeyId : brought,
            string.IsNullOrEmpty(secret) ? kept.SecretAccessKey : secret,
            string.IsNullOrEmpty(account) ? kept.AccountId : account);
    }

    /// <summary>The kept key, or null before the first start.</summary>
    internal static RootKey? Read(string dataFolder)
    {
        var file = FileOf(dataFolder);
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllText(file), KeyJson.Default.RootKey) : null;
    }

    /// <summary>As the verifier needs it.</summary>
    internal AccessKey ToAccessKey() =>
        new(AccessKeyId, SecretAccessKey, AccountId, $"arn:aws:iam::{AccountId}:root", AccountId, null, null);

    /// <inheritdoc/>
    public override string ToString() => $"{AccessKeyId} of {AccountId} (secret withheld)";

    private static RootKey Create(string dataFolder)
    {
        var key = new RootKey(
            IamIds.NewKeyId("AKIA", DefaultAccount), IamIds.NewSecret(), DefaultAccount);
        OwnerFile.Write(FileOf(dataFolder), JsonSerializer.SerializeToUtf8Bytes(key, KeyJson.Default.RootKey));
        return key;
    }

    private static string FileOf(string dataFolder) => Path.Combine(dataFolder, "root-access-key.json");
}

[JsonSerializable(typeof(RootKey))]
internal sealed partial class KeyJson : JsonSerializerContext;

/// <summary>Lambent cannot start; the message says what to do.</summary>
internal sealed class StartException(string message) : Exception(message);
