using Lambent.Aws;
using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions;

/// <summary>The errors of function operations in AWS's words.</summary>
internal static class FunctionErrors
{
    /// <summary>The version that can be changed.</summary>
    public const string Latest = FunctionEntry.Latest;

    /// <summary>400, the error of a value that the model allows and Lambda does not.</summary>
    public static AwsError Invalid(string message) => AwsError.User(400, "InvalidParameterValueException", message);

    /// <summary>400 for what AWS can do and Lambent cannot yet.</summary>
    public static AwsError NotThereYet(string what) => Invalid($"{what} not supported by this version of Lambent yet.");

    /// <summary>404; the ARN is named as it was asked for.</summary>
    public static AwsError NotFound(FunctionArn arn) => NotFound($"Function not found: {arn}");

    /// <summary>404, spelled with a capital <c>Message</c>.</summary>
    public static AwsError NotFound(string message) => AwsError.User(404, "ResourceNotFoundException", message, "Message");

    /// <summary>409.</summary>
    public static AwsError Conflict(string message) => AwsError.User(409, "ResourceConflictException", message);

    /// <summary>409 for a name that is taken.</summary>
    public static AwsError AlreadyExists(string name) => Conflict($"Function already exist: {name}");

    /// <summary>409 while another update is under way.</summary>
    public static AwsError UpdateInProgress(FunctionArn arn) =>
        Conflict($"The operation cannot be performed at this time. An update is in progress for resource: {arn.Unqualified}");

    /// <summary>409 while the function is being created.</summary>
    public static AwsError StillPending(FunctionArn arn) => Conflict(
        $"The operation cannot be performed at this time. The resource {arn.Unqualified} is currently in the following state: "
        + "'Pending'. StateReasonCode: 'Creating'");

    /// <summary>412; names the operation that answers the latest revision, which is not the same one everywhere (recorded on AWS).</summary>
    public static AwsError StaleRevision(string from = "GetFunction/GetAlias") => AwsError.User(
        412, "PreconditionFailedException",
        $"The Revision Id provided does not match the latest Revision Id. Call the {from} API to retrieve the latest Revision Id");

    /// <summary>413.</summary>
    public static AwsError TooLarge(string message) => AwsError.User(413, "RequestEntityTooLargeException", message);

    /// <summary>403 with a message of null: another account's function, and no policy that lets the caller in.</summary>
    public static AwsError AccessDenied() => new(403, "AccessDeniedException", null!) { MessageName = "Message" };
}
