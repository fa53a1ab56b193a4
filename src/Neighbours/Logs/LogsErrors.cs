using Lambent.Aws;

namespace Lambent.Neighbours.Logs;

/// <summary>Errors in the words of CloudWatch Logs.</summary>
internal static class LogsErrors
{
    internal static readonly AwsError Serialization = new(400, "SerializationException", "Could not deserialize the request.");

    internal static readonly AwsError NoGroup = NotFound("The specified log group does not exist.");

    internal static readonly AwsError NoStream = NotFound("The specified log stream does not exist.");

    internal static readonly AwsError GroupExists = new(400, "ResourceAlreadyExistsException", "The specified log group already exists");

    internal static readonly AwsError StreamExists = new(400, "ResourceAlreadyExistsException", "The specified log stream already exists");

    internal static readonly AwsError BadToken = Invalid("The specified nextToken is invalid.");

    internal static AwsError Invalid(string message) => new(400, "InvalidParameterException", message);

    /// <summary>As every AWS service words what its model forbids.</summary>
    internal static AwsError Constraint(string? value, string member, string constraint) => Invalid(
        $"1 validation error detected: Value {(value is null ? "null" : $"'{value}'")} at '{member}' failed to satisfy constraint: Member must {constraint}");

    private static AwsError NotFound(string message) => new(400, "ResourceNotFoundException", message);
}
