using System.Security.Cryptography;
using System.Text;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Neighbours.Iam;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// The roles of functions, from Lambent's own IAM. A role that is not there is nobody's: its sessions carry no permission, and
/// whether a function may name it is a setting.
/// </summary>
/// <param name="store">The roles.</param>
/// <param name="tokens">Makes the credentials.</param>
/// <param name="isStrict">A role that is not there cannot be assumed.</param>
/// <param name="sandboxLife">The longest that a sandbox lasts, without its last run.</param>
/// <param name="clock">Time.</param>
public sealed class ExecutionRoles(IamStore store, SessionTokens tokens, bool isStrict, TimeSpan sandboxLife, TimeProvider clock) : IExecutionRoles
{
    private const string Lambda = "lambda.amazonaws.com";

    /// <inheritdoc/>
    public Task<bool> CanBeAssumedAsync(string account, string roleArn, CancellationToken cancellation) =>
        Task.FromResult(store.Of(account).Role(roleArn) is { } role ? Trusts(role.TrustPolicy, account, roleArn) : !isStrict);

    /// <inheritdoc/>
    public Task<RoleCredentials> AssumeAsync(FunctionSnapshot function, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(function);
        var (account, arn) = (function.Arn.Account, function.Role);
        var role = store.Of(account).Role(arn);

        // A role of another account, or of nobody, must not be taken for one of this account with the same name.
        var name = role?.Name ?? (arn.Split(':') is [_, _, _, _, var owner, ..] && owner != account ? $"{owner}." : "") + arn[(arn.LastIndexOf('/') + 1)..];
        var id = $"{role?.Id ?? NobodysId(arn)}:{function.Arn.Name}";
        var session = new KeySession { RoleArn = role is null ? $"arn:aws:iam::{account}:role/{name}" : arn };
        var expires = clock.GetUtcNow() + sandboxLife + TimeSpan.FromMilliseconds(function.TimeoutMs);
        var key = tokens.Issue(account, $"arn:aws:sts::{account}:assumed-role/{name}/{function.Arn.Name}", id, expires, session);
        return Task.FromResult(new RoleCredentials(key.AccessKeyId, key.SecretAccessKey, key.SessionToken!, key.Expires!.Value));
    }

    /// <summary>Whether a trust policy lets Lambda in.</summary>
    internal static bool Trusts(string trustPolicy, string account, string roleArn)
    {
        var question = new AccessRequest(Principal.OfService(Lambda), "sts:AssumeRole", roleArn, new RequestContext().With("aws:SourceAccount", account));
        return Policy.TryParse(trustPolicy, PolicyKind.Trust, out var policy, out _)
            && AccessEvaluation.Decide(question, PrincipalPolicies.None, policy, mustBeNamed: true).IsAllowed;
    }

    private static string NobodysId(string arn) => "AROA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(arn)))[..17];
}
