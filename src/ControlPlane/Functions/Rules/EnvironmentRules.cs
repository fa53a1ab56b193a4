using System.Text;
using System.Text.Json;
using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// What Lambda refuses of an environment. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
/// </summary>
internal static class EnvironmentRules
{
    /// <summary>4 KB. Source: "Lambda quotas", environment variables.</summary>
    private const int MaxBytes = 4_096;

    private const string Unable =
        "Lambda was unable to configure your environment variables because the environment variables you have provided ";

    // "Reserved environment variables" of the page above.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    };

    /// <summary>Null if the environment may be set.</summary>
    public static AwsError? Check(EnvironmentVariables? environment)
    {
        if (environment?.Variables is not { Count: > 0 } variables)
        {
            return null;
        }

        var reserved = variables.Keys.Where(Reserved.Contains).ToList();
        if (reserved.Count > 0)
        {
            return FunctionErrors.Invalid(
                $"{Unable}contains reserved keys that are currently not supported for modification. "
                + $"Reserved keys used in this request: {string.Join(", ", reserved)}");
        }

        var json = JsonSerializer.Serialize(variables, ControlPlaneJson.Wire.IReadOnlyDictionaryStringString);
        return Encoding.UTF8.GetByteCount(json) > MaxBytes
            ? FunctionErrors.Invalid($"{Unable}exceeded the 4KB limit. String measured: {json}")
            : null;
    }
}
