namespace Lambent.Contracts;

/// <summary>What the platform asks of identity and access management about the roles that functions run as.</summary>
/// <remarks>Called off the warm road only: when a function is created or changed, and once for each sandbox that starts.</remarks>
public interface IExecutionRoles
{
    /// <summary>Whether Lambda may run a function of this account as this role: it is there, and its trust policy lets Lambda in.</summary>
    /// <exception cref="ExecutionRoleException">Nobody could say.</exception>
    Task<bool> CanBeAssumedAsync(string account, string roleArn, CancellationToken cancellation);

    /// <summary>Credentials for one sandbox of the function. They work from now on.</summary>
    /// <exception cref="ExecutionRoleException">There are none.</exception>
    Task<RoleCredentials> AssumeAsync(FunctionSnapshot function, CancellationToken cancellation);
}

/// <summary>Temporary credentials of an execution role.</summary>
/// <param name="AccessKeyId">Begins with <c>ASIA</c>.</param>
/// <param name="SecretAccessKey">Never logged.</param>
/// <param name="SessionToken">Belongs to the key.</param>
/// <param name="Expires">The sandbox must be gone by then.</param>
public sealed record RoleCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expires)
{
    /// <inheritdoc/>
    public override string ToString() => $"{AccessKeyId} (secret withheld)";
}

/// <summary>A role could not be asked about or assumed; the message is for the operator.</summary>
public sealed class ExecutionRoleException(string message) : Exception(message);
