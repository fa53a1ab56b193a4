using System.Collections.Immutable;

namespace Lambent.Aws.Policies;

/// <summary>What a principal brings with it to every request.</summary>
public sealed record PrincipalPolicies
{
    /// <summary>Somebody without any policy: may do nothing but what a resource's policy says.</summary>
    public static PrincipalPolicies None { get; } = new();

    /// <summary>Of a user its own and those of its groups, of a session those of its role: inline and managed.</summary>
    public ImmutableArray<Policy> Identity { get; init; } = [];

    /// <summary>The permissions boundary of the user or role, or null.</summary>
    public Policy? Boundary { get; init; }

    /// <summary>Passed when the session was made; without any the session may do what its role may.</summary>
    public ImmutableArray<Policy> Session { get; init; } = [];

    /// <summary>Of the user, or of the role and the session: <c>aws:PrincipalTag/…</c>.</summary>
    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The user's name; null for a session: <c>aws:username</c>.</summary>
    public string? UserName { get; init; }

    /// <summary>The ARN, with its path, of the role of a session; null for a user.</summary>
    public string? IssuerArn { get; init; }
}

/// <summary>Where an authorizer finds the identity's side of a question.</summary>
/// <remarks>
/// Called for every request of somebody who is not a root, from many threads at once: it must be quick (parsed policies are
/// kept), must not throw, and must answer from what is known now, so that a detached policy stops to work at once.
/// </remarks>
public interface IPrincipalPolicies
{
    /// <summary>What the holder of this key brings; <see cref="PrincipalPolicies.None"/> if nothing is known of it.</summary>
    PrincipalPolicies Of(in AccessKey caller);
}
