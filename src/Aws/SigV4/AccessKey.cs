using System.Collections.Immutable;
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
    /// <summary>For temporary credentials what was agreed when they were made, else null.</summary>
    public KeySession? Session { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("AccessKeyId = ").Append(AccessKeyId).Append(", PrincipalArn = ").Append(PrincipalArn);
        return true;
    }
}

/// <summary>What was agreed when temporary credentials were made. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html</summary>
public sealed record KeySession
{
    /// <summary>The role that was assumed, with its path; null for the session of a user.</summary>
    public string? RoleArn { get; init; }

    /// <summary>Policy documents that limit the session; without any it may do what its role may.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];

    /// <summary>Managed policies that limit it in the same way.</summary>
    public ImmutableArray<string> PolicyArns { get; init; } = [];

    /// <summary>Session tags.</summary>
    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Keys of the tags that go on to the next session in a chain.</summary>
    public ImmutableArray<string> TransitiveTags { get; init; } = [];

    /// <summary>Who is behind a chain of roles; once set it stays.</summary>
    public string? SourceIdentity { get; init; }
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

    /// <summary>The same, of a request that carries a session token; a token may hold all that there is to know of its key.</summary>
    bool TryFind(string accessKeyId, string? sessionToken, [MaybeNullWhen(false)] out AccessKey key) => TryFind(accessKeyId, out key);
}
