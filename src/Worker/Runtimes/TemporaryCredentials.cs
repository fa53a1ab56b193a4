using System.Security.Cryptography;
using Lambent.Contracts;

namespace Lambent.Worker.Runtimes;

/// <summary>For a worker that nobody gives credentials: they have the form of an execution role's, and no service accepts them.</summary>
internal sealed class TemporaryCredentials : IExecutionRoles
{
    private const string KeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string SecretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// <inheritdoc/>
    public Task<bool> CanBeAssumedAsync(string account, string roleArn, CancellationToken cancellation) => Task.FromResult(true);

    /// <inheritdoc/>
    public Task<RoleCredentials> AssumeAsync(FunctionSnapshot function, CancellationToken cancellation) => Task.FromResult(new RoleCredentials(
        "ASIA" + RandomNumberGenerator.GetString(KeyLetters, 16),
        RandomNumberGenerator.GetString(SecretLetters, 40),
        RandomNumberGenerator.GetString(SecretLetters, 128),
        DateTimeOffset.MaxValue));
}
