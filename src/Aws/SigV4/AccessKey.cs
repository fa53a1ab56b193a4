using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Lambent.Aws;

/// <summary>An access key and whom it speaks for. Its text form shows neither the secret nor the session token.</summary>
/// <param name="AccessKeyId">The public half, such as <c>AKIA…</c>, or <c>ASIA…</c> for temporary credentials.</param>
/// <param name="SecretAccessKey">The secret half.</param>
/// <param name="AccountId">The twelve digits of the account.</param>
/// <param name="PrincipalArn">The user or session that the key belongs to.</param>
/// <param name="PrincipalId">The unique id of that principal, such as <c>AIDA…</c> or <c>AROA…:session</c>.</param>
/// <param name="SessionToken">For temporary credentials the token that every request must carry, else null.</param>
/// <param name="Expires">For temporary credentials the end of their life, else null.</param>
public readonly record struct AccessKey(
    string AccessKeyId,
    string SecretAccessKey,
    string AccountId,
    string PrincipalArn,
    string PrincipalId,
    string? SessionToken = null,
    DateTimeOffset? Expires = null)
{
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("AccessKeyId = ").Append(AccessKeyId).Append(", PrincipalArn = ").Append(PrincipalArn);
        return true;
    }
}

/// <summary>Where a verifier finds access keys.</summary>
/// <remarks>
/// Called once for every request, from many threads at once and before the caller is known: it must be quick, must not
/// throw for any text, and must answer from what is known now, so that a deleted key stops to work at once.
/// </remarks>
public interface IAccessKeys
{
    /// <summary>Finds an active key by its id, which is compared exactly.</summary>
    bool TryFind(string accessKeyId, [MaybeNullWhen(false)] out AccessKey key);
}
