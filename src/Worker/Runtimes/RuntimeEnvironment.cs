using Lambent.Contracts;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.Runtimes;

/// <summary>
/// The environment variables of a runtime, key by key as AWS was seen to set them (<c>runtime-env-recorded.json</c>, recorded
/// January 2026 for 25 runtimes). The function's own variables win, but the reserved ones cannot be set by the API.
/// </summary>
public static class RuntimeEnvironment
{
    private static readonly HashSet<string> OnlyForTheRuntime = new(StringComparer.Ordinal)
    {
        "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
        "_LAMBDA_TELEMETRY_LOG_FD",
    };

    /// <summary>
    /// The services that Lambent speaks for, as SDKs name them in variables. Only these: all others are where they always are. Source:
    /// "Service-specific endpoints", AWS SDKs and Tools Reference Guide.
    /// </summary>
    private static readonly string[] ServedHere = ["LAMBDA", "IAM", "STS", "CLOUDWATCH_LOGS"];

    /// <summary>What is the same for every function of an image, and known when the interpreter starts.</summary>
    public static Dictionary<string, string> OfImage(RuntimeImage image, SandboxPaths paths, string runtime)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LANG"] = "en_US.UTF-8",
            ["TZ"] = ":UTC",
            ["PATH"] = $"{paths.LangBin}:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            ["LD_LIBRARY_PATH"] =
                $"/var/lang/lib:/lib64:/usr/lib64:{paths.RuntimeDir}:{paths.RuntimeDir}/lib:{paths.TaskRoot}:{paths.TaskRoot}/lib:/opt/lib",
            ["LAMBDA_TASK_ROOT"] = paths.TaskRoot,
            ["LAMBDA_RUNTIME_DIR"] = paths.RuntimeDir,
        };
        switch (image.Language)
        {
            case "python":
                environment["PYTHONPATH"] = paths.RuntimeDir;
                break;
            case "nodejs":
                environment["NODE_PATH"] =
                    $"/opt/nodejs/node{NodeMajor(runtime)}/node_modules:/opt/nodejs/node_modules:{paths.RuntimeDir}/node_modules:{paths.RuntimeDir}:{paths.TaskRoot}";
                break;
        }

        return environment;
    }

    /// <summary>The complete environment of a function. With <paramref name="awsApi"/> its SDK finds Lambent there, unless it names an endpoint itself.</summary>
    public static Dictionary<string, string> Of(
        FunctionSnapshot function, RuntimeImage image, SandboxPaths paths, string runtimeApi, string logStream, RoleCredentials credentials,
        string initializationType = StartRequest.OnDemand, string? awsApi = null)
    {
        var environment = OfImage(image, paths, function.Runtime);
        if (!LambdaRuntimes.IsCustom(function.Runtime))
        {
            environment["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{function.Runtime}";
            environment["PWD"] = paths.TaskRoot;
            environment["SHLVL"] = "0";
            environment["_LAMBDA_TELEMETRY_LOG_FD"] = "1"; // taken away by the runtime before the function sees it; decision 0015
        }

        if (function.LogFormat == "JSON")
        {
            environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
            environment["AWS_LAMBDA_LOG_LEVEL"] = function.ApplicationLogLevel ?? "INFO";
        }

        environment["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        environment["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        environment["AWS_SESSION_TOKEN"] = credentials.SessionToken;
        environment["AWS_REGION"] = function.Arn.Region;
        environment["AWS_DEFAULT_REGION"] = function.Arn.Region;
        environment["AWS_LAMBDA_FUNCTION_NAME"] = function.Arn.Name;
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = function.Arn.Qualifier!;
        environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = function.MemoryMb.ToString(System.Globalization.CultureInfo.InvariantCulture);
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = initializationType;
        environment["AWS_LAMBDA_LOG_GROUP_NAME"] = function.LogGroup;
        environment["AWS_LAMBDA_LOG_STREAM_NAME"] = logStream;
        environment["AWS_LAMBDA_RUNTIME_API"] = runtimeApi;
        environment["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";
        environment["AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1:2000";
        environment["_AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1";
        environment["_AWS_XRAY_DAEMON_PORT"] = "2000";
        environment["_HANDLER"] = function.Handler;
        if (awsApi is not null && !function.Environment.ContainsKey("AWS_ENDPOINT_URL"))
        {
            Array.ForEach(ServedHere, service => environment[$"AWS_ENDPOINT_URL_{service}"] = awsApi);
        }

        foreach (var (key, value) in function.Environment)
        {
            environment[key] = value;
        }

        return environment;
    }

    /// <summary>What extensions get of it. Source: "Lambda Extensions API", environment variables.</summary>
    public static IReadOnlyDictionary<string, string> OfExtensions(IReadOnlyDictionary<string, string> runtime) =>
        runtime.Where(v => !OnlyForTheRuntime.Contains(v.Key)).ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);

    private static string NodeMajor(string runtime) => runtime["nodejs".Length..].Split('.')[0];
}
