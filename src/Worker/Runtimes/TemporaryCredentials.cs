using System.Security.Cryptography;

namespace Lambent.Worker.Runtimes;

/// <summary>
/// Credentials in the form that an execution role gives. They are random: until the access work (roles, sessions) no service
/// accepts them.
/// </summary>
internal static class TemporaryCredentials
{
    private const string KeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string SecretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    internal static FunctionCredentials New() => new(
        "ASIA" + RandomNumberGenerator.GetString(KeyLetters, 16),
        RandomNumberGenerator.GetString(SecretLetters, 40),
        RandomNumberGenerator.GetString(SecretLetters, 128));
}
