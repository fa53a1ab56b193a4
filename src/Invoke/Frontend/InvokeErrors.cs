using Lambent.Aws;
using Lambent.Contracts;
using Lambent.Invoke.Counting;

namespace Lambent.Invoke.Frontend;

/// <summary>The errors of Invoke, in AWS's words (recorded 2024 to 2026; <c>shared/design/lambda-errors.md</c>).</summary>
internal static class InvokeErrors
{
    internal static AwsError NotFound(FunctionArn target) => AwsError.User(
        404, "ResourceNotFoundException", $"Function not found: {target.Qualified}", "Message");

    /// <summary>Null if the function can be invoked as it is.</summary>
    internal static AwsError? OfFunction(FunctionSnapshot function) =>
        function.State != "Active" ? NotReady(function.State) : function.ImageUri is { } image ? ImagesDoNotRun(image) : null;

    private static AwsError NotReady(string state) => AwsError.User(
        409, "ResourceConflictException", $"The operation cannot be performed at this time. The function is currently in the following state: {state}");

    private static AwsError ImagesDoNotRun(string image) => AwsError.User(
        502, "InvalidRuntimeException", $"Lambent keeps functions of container images and does not run them yet ({image}). Give the code as a zip to run it here.");

    internal static AwsError TooLarge(int limit) => new(
        413, "RequestEntityTooLargeException", $"Request must be smaller than {limit} bytes for the InvokeFunction operation");

    internal static AwsError EventTooLarge(int bytes, int limit) => new(
        413, "RequestEntityTooLargeException", $"{bytes} byte payload is too large for the Event invocation type (limit {limit} bytes)");

    internal static AwsError TwoQualifiers() => AwsError.User(
        400, "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.");

    internal static AwsError WrongRegion(string named, string here) => AwsError.User(
        404, "ResourceNotFoundException", $"Functions from '{named}' are not reachable in this region ('{here}')", "Message");

    /// <summary>Only what the functions of the account share is worth coming back for: a function at its own limit was recorded without Retry-After.</summary>
    internal static AwsError Throttled(InvokeOutcome.Throttled throttled)
    {
        var error = new AwsError(429, "TooManyRequestsException", "Rate Exceeded.").With("Reason", throttled.Reason).With("Type", "User");
        return throttled.Reason is ThrottleReason.ReservedConcurrency or ThrottleReason.ReservedRate ? error : error.WithHeader("Retry-After", "1");
    }

    internal static AwsError Fault(InvokeOutcome.ServiceFault fault) => AwsError.Service($"{fault.Stage}: {fault.Message}");

    /// <summary>The words of the API reference: AWS's own answer is not recorded.</summary>
    internal static AwsError Recursive() => AwsError.User(
        400, "RecursiveInvocationException",
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
        "Message");

    /// <summary>All that is against the model in the function's name and <c>Qualifier</c>; null if nothing is.</summary>
    internal static AwsError? AgainstModel(string name, bool isName, string qualifier)
    {
        const int longest = FunctionArn.MaxNamespacedNameLength, longestQualifier = FunctionArn.MaxQualifierLength;
        var isQualifier = qualifier.Length == 0 || FunctionArn.IsQualifier(qualifier);
        return isName && isQualifier && name.Length <= longest && qualifier.Length <= longestQualifier ? null : Validation(
        [
            .. Failure(qualifier.Length <= longestQualifier, "qualifier", qualifier, $"have length less than or equal to {longestQualifier}"),
            .. Failure(isQualifier, "qualifier", qualifier, $"satisfy regular expression pattern: {FunctionArn.QualifierPattern}"),
            .. Failure(name.Length <= longest, "functionName", name, $"have length less than or equal to {longest}"),
            .. Failure(isName, "functionName", name, $"satisfy regular expression pattern: {FunctionArn.NamespacedNamePattern}"),
        ]);
    }

    internal static AwsError NoSuchType(string value, ReadOnlySpan<InvocationType> types) =>
        Validation(Failure(false, "invocationType", value, $"satisfy enum value set: [{string.Join(", ", types.ToArray())}]"));

    internal static AwsError NoSuchLogType(string value) => Validation(Failure(false, "logType", value, "satisfy enum value set: [None, Tail]"));

    private static string[] Failure(bool holds, string member, string value, string constraint) =>
        holds ? [] : [$"Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"];

    private static AwsError Validation(string[] failures) => new(
        400, "ValidationException", $"{failures.Length} validation error{(failures.Length == 1 ? "" : "s")} detected: {string.Join("; ", failures)}");
}
