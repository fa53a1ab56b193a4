using Lambent.Aws;

namespace Lambent.Neighbours.Query;

/// <summary>Errors that the services of the query protocol share.</summary>
internal static class QueryErrors
{
    internal static AwsError Validation(string message) => new(400, "ValidationError", message);

    internal static AwsError Denied(string message) => new(403, "AccessDenied", message);
}
