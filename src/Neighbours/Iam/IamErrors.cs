using Lambent.Aws;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// Errors in IAM's words. Names and statuses: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html; texts as
/// public issues and infrastructure tools' tests quote them.
/// </summary>
internal static class IamErrors
{
    internal static AwsError NoSuch(string kind, string name) => NoSuchEntity($"The {kind} with name {name} cannot be found.");

    internal static AwsError NoSuchEntity(string message) => new(404, "NoSuchEntity", message);

    internal static AwsError Exists(string kind, string name) => new(
        409, "EntityAlreadyExists", $"{char.ToUpperInvariant(kind[0])}{kind[1..]} with name {name} already exists.");

    internal static AwsError PolicyExists(string name) => new(
        409, "EntityAlreadyExists", $"A policy called {name} already exists. Duplicate names are not allowed.");

    internal static AwsError Conflict(string message) => new(409, "DeleteConflict", message);

    internal static AwsError Limit(string message) => new(409, "LimitExceeded", message);

    internal static AwsError Quota(string what, int most) => Limit($"Cannot exceed quota for {what}: {most}");

    internal static AwsError Invalid(string message) => new(400, "InvalidInput", message);

    internal static AwsError Malformed(string message) => new(400, "MalformedPolicyDocument", message);

    internal static AwsError NoPolicy(string arn) => NoSuchEntity($"Policy {arn} was not found.");

    internal static AwsError NotAttachable(string arn) => NoSuchEntity($"Policy {arn} does not exist or is not attachable.");

    internal static AwsError NoVersion(string arn, string version) =>
        NoSuchEntity($"Policy {arn} version {version} does not exist or is not attachable.");
}
