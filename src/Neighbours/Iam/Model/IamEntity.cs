using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Lambent.Neighbours.Iam.Model;

/// <summary>What every resource of IAM has. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html</summary>
internal abstract record IamEntity
{
    /// <summary>Unique in its account and kind, not distinguished by case.</summary>
    public required string Name { get; init; }

    /// <summary>Begins and ends with a slash.</summary>
    public required string Path { get; init; }

    /// <summary>Never used again, as <c>AIDA…</c> of a user.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset Created { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary><c>user</c>, <c>group</c>, <c>role</c> or <c>policy</c>, as ARNs have it.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    public string Arn(string account) => $"arn:aws:iam::{account}:{Kind}{Path}{Name}";
}

/// <summary>An entity that policies are attached to.</summary>
internal abstract record IamIdentity : IamEntity
{
    /// <summary>Documents by name.</summary>
    public ImmutableSortedDictionary<string, string> Inline { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>ARNs of managed policies.</summary>
    public ImmutableSortedSet<string> Attached { get; init; } = ImmutableSortedSet<string>.Empty;

    /// <summary>ARN of the managed policy that permissions end at, or null; groups have none.</summary>
    public string? Boundary { get; init; }
}

/// <summary>A user with its access keys.</summary>
internal sealed record IamUser : IamIdentity
{
    /// <summary>Two at most.</summary>
    public ImmutableArray<UserKey> Keys { get; init; } = [];

    /// <inheritdoc/>
    public override string Kind => "user";
}

/// <summary>An access key of a user.</summary>
/// <param name="Id">Begins with <c>AKIA</c>.</param>
/// <param name="Secret">Never logged.</param>
/// <param name="IsActive">An inactive key signs nothing.</param>
/// <param name="Created">When it was made.</param>
internal sealed record UserKey(string Id, string Secret, bool IsActive, DateTimeOffset Created)
{
    public string Status => IsActive ? "Active" : "Inactive";

    /// <inheritdoc/>
    public override string ToString() => $"{Id} (secret withheld)";
}

/// <summary>A group of users.</summary>
internal sealed record IamGroup : IamIdentity
{
    /// <summary>Names of users.</summary>
    public ImmutableSortedSet<string> Members { get; init; } = ImmutableSortedSet<string>.Empty;

    /// <inheritdoc/>
    public override string Kind => "group";
}

/// <summary>A role.</summary>
internal sealed record IamRole : IamIdentity
{
    /// <summary>Who may assume it.</summary>
    public required string TrustPolicy { get; init; }

    public string? Description { get; init; }

    /// <summary>3,600 to 43,200.</summary>
    public int MaxSessionSeconds { get; init; } = 3600;

    /// <inheritdoc/>
    public override string Kind => "role";
}

/// <summary>A managed policy with its versions, the oldest first.</summary>
internal sealed record ManagedPolicy : IamEntity
{
    public string? Description { get; init; }

    public required DateTimeOffset Updated { get; init; }

    public required ImmutableArray<ManagedPolicyVersion> Versions { get; init; }

    /// <summary>The number of the version that is in force.</summary>
    public int Default { get; init; } = 1;

    /// <summary>The highest number that a version has had.</summary>
    public int LastNumber { get; init; } = 1;

    /// <inheritdoc/>
    public override string Kind => "policy";

    /// <summary>The document in force.</summary>
    [JsonIgnore]
    public string Document => Versions.First(v => v.Number == Default).Document;
}

/// <summary>One version of a managed policy; numbers are never used again.</summary>
internal sealed record ManagedPolicyVersion(int Number, string Document, DateTimeOffset Created)
{
    [JsonIgnore]
    public string Id => $"v{Number}";
}
