using Lambent.Aws;
using Lambent.Aws.Policies;

namespace Lambent.Neighbours.Iam;

/// <summary>What a policy document must be before it is kept.</summary>
internal static class PolicyDocuments
{
    /// <summary>What is wrong with a document for that place; null if nothing is.</summary>
    internal static AwsError? FaultOf(string document, PolicyKind kind) =>
        Policy.TryParse(document, kind, out _, out var fault) ? null : IamErrors.Malformed(fault);

    /// <summary>Characters, without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html</summary>
    internal static int Size(string document) => document.Count(c => !char.IsWhiteSpace(c));

    /// <summary>A document that was accepted when it was kept.</summary>
    internal static Policy Read(string document, PolicyKind kind) =>
        Policy.TryParse(document, kind, out var policy, out var fault) ? policy : throw new InvalidDataException($"A stored policy cannot be read: {fault}");
}
