using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventInvoke;

/// <summary>
/// What Lambda refuses of the treatment of events, in AWS's words.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
/// </summary>
internal static class EventInvokeRules
{
    private const int ServicePart = 2;

    private static readonly Pattern Arn = new(
        @"^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)");

    private static readonly string[] Services = ["lambda", "sqs", "sns", "events", "s3"];

    /// <summary>The ARN of the request, always with a qualifier.</summary>
    public static Result<FunctionArn> Target(LambdaControlPlane plane, HttpContext context) =>
        FunctionReference.OfReader(plane, context).Select(arn => arn.Qualified);

    /// <summary>The failures of the model.</summary>
    public static IEnumerable<string?> CheckModel(EventInvokeRequest request) =>
    [
        Member.Within(request.MaximumRetryAttempts, "maximumRetryAttempts", 0, 2),
        Member.Within(request.MaximumEventAgeInSeconds, "maximumEventAgeInSeconds", 60, 21_600),
        .. CheckArn(request.DestinationConfig?.OnSuccess?.DestinationArn, "onSuccess"),
        .. CheckArn(request.DestinationConfig?.OnFailure?.DestinationArn, "onFailure"),
    ];

    /// <summary>Null if the request says anything at all.</summary>
    public static AwsError? CheckGiven(EventInvokeRequest request) => request is
    { MaximumRetryAttempts: null, MaximumEventAgeInSeconds: null, DestinationConfig: null }
        ? FunctionErrors.Invalid("You must specify at least one of error handling or destination setting.")
        : null;

    /// <summary>Null if there is such a function with such a version or alias.</summary>
    public static AwsError? CheckExists(LambdaControlPlane plane, FunctionArn arn) =>
        FunctionReference.Find(plane, arn).Is(out _, out _) ? null : FunctionErrors.NotFound("The function doesn't exist.");

    /// <summary>Null if records can go where they shall.</summary>
    public static AwsError? CheckDestinations(LambdaControlPlane plane, FunctionArn function, DestinationConfig? config)
    {
        string?[] arns = [config?.OnFailure?.DestinationArn, config?.OnSuccess?.DestinationArn];
        foreach (var arn in arns.OfType<string>().Where(a => a.Length > 0))
        {
            var service = arn.Split(':')[ServicePart];
            if (!Services.Contains(service))
            {
                return FunctionErrors.Invalid(
                    "The provided destination config DestinationConfig("
                    + $"onSuccess={Text("OnSuccess", config!.OnSuccess)}, onFailure={Text("OnFailure", config.OnFailure)}) is invalid.");
            }

            if (service == "lambda" && CheckFunction(plane, function, arn) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>404 of those who ask for what was not put.</summary>
    public static AwsError NoConfig(FunctionArn arn) => FunctionErrors.NotFound($"The function {arn} doesn't have an EventInvokeConfig");

    private static AwsError? CheckFunction(LambdaControlPlane plane, FunctionArn function, string destination)
    {
        var arn = FunctionArn.Parse(destination, function);
        if (arn is null || arn.Region != function.Region || !FunctionReference.Find(plane, arn).Is(out _, out _))
        {
            return FunctionErrors.Invalid($"The destination ARN {destination} is invalid.");
        }

        return arn.Key() == function.Key()
            ? FunctionErrors.Invalid("You can't specify the function as a destination for itself.")
            : null;
    }

    private static IEnumerable<string?> CheckArn(string? arn, string member)
    {
        var path = $"destinationConfig.{member}.destination";
        yield return Member.LengthAtMost(arn, path, 350);
        yield return Member.Matching(arn, path, Arn);
    }

    // As Java prints the structure.
    private static string Text(string name, Destination? destination) =>
        string.IsNullOrEmpty(destination?.DestinationArn) ? "null" : $"{name}(destination={destination.DestinationArn})";
}
