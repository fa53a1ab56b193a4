using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Lambent.Contracts;
using Lambent.Invoke.Tests;
using Lambent.Worker.Drivers;
using Lambent.Worker.Runtimes;
using Shouldly;

namespace Lambent.Worker.Tests;

public sealed class RuntimeTests
{
    /// <summary>What the platform does not set: Python's interpreter sets the one, the runtime sets the other at each event.</summary>
    private static readonly string[] SetInTheSandbox = ["LC_CTYPE", "_X_AMZN_TRACE_ID"];

    /// <summary>What the runtime takes away before the function can see it.</summary>
    private static readonly string[] TakenInTheSandbox = ["_LAMBDA_TELEMETRY_LOG_FD"];

    [Theory]
    [InlineData("python3.12", "python3.12", true)]
    [InlineData("python3.14", "python3.13", false)]
    [InlineData("python3.9", "python3.10", false)]
    [InlineData("nodejs22.x", "nodejs22.19.0", true)]
    [InlineData("nodejs24.x", "nodejs22.19.0", false)]
    [InlineData("provided.al2023", "provided.al2023", true)]
    [InlineData("provided.al2", "provided.al2", true)]
    public void The_exact_version_serves_or_else_the_nearest(string runtime, string by, bool exact) =>
        Catalog("python3.10", "python3.13", "python3.12", "nodejs18.20.1", "nodejs22.19.0").Match(runtime).ShouldBe(new RuntimeMatch(runtime, by, exact));

    [Theory]
    [InlineData("java21")]
    [InlineData("ruby3.3")]
    [InlineData("dotnet8")]
    [InlineData("")]
    [InlineData("12")]
    public void A_language_that_is_not_here_is_served_by_none(string runtime) => Catalog("python3.12").Match(runtime).ShouldBeNull();

    [Fact]
    public void Without_interpreters_custom_runtimes_remain()
    {
        Catalog().Match("python3.12").ShouldBeNull();
        Catalog().Match("provided.al2023").ShouldNotBeNull();
    }

    /// <summary>The order of a folder's files is chance; which Python runs a function must not be.</summary>
    [Fact]
    public void Of_two_that_are_as_near_always_the_same_serves()
    {
        var one = Catalog("python3.11", "python3.13").Match("python3.12")!;
        var other = Catalog("python3.13", "python3.11").Match("python3.12")!;
        one.IsExact.ShouldBeFalse();
        one.ShouldBe(other);
    }

    [Theory]
    [InlineData("python3.12", "python", "handler.handler")]
    [InlineData("nodejs22.x", "nodejs", "index.handler")]
    [InlineData("provided.al2023", "provided", "function.handler")]
    public void The_environment_is_the_recorded_one(string runtime, string language, string handler)
    {
        var recorded = Recorded(runtime);
        var function = Samples.Function(runtime: runtime) with
        {
            Handler = handler, MemoryMb = 1024, Environment = ImmutableDictionary<string, string>.Empty.Add("TEST_KEY", "TEST_VAL"),
        };
        var environment = RuntimeEnvironment.Of(
            function, new RuntimeImage { Key = runtime, Language = language }, SandboxPaths.Aws, "169.254.100.1:9001", "stream", new RoleCredentials("a", "s", "t", DateTimeOffset.MaxValue));

        environment.Keys.Except(TakenInTheSandbox).Order().ShouldBe(recorded.Keys.Except(SetInTheSandbox).Order());
        foreach (var (key, value) in environment.Where(e => recorded.ContainsKey(e.Key) && !recorded[e.Key].Contains('<')))
        {
            value.ShouldBe(recorded[key], key);
        }
    }

    [Theory]
    [InlineData(null, null, "http://api")]
    [InlineData("AWS_ENDPOINT_URL", "http://own", null)]
    [InlineData("AWS_ENDPOINT_URL_STS", "http://own", "http://own")]
    public void The_SDK_finds_Lambent_unless_the_function_names_another_place(string? name, string? value, string? sts)
    {
        var own = ImmutableDictionary<string, string>.Empty;
        var environment = RuntimeEnvironment.Of(
            Samples.Function() with { Environment = name is null ? own : own.Add(name, value!) }, new RuntimeImage { Key = "python3.12", Language = "python" },
            SandboxPaths.Aws, "169.254.100.1:9001", "stream", new RoleCredentials("a", "s", "t", DateTimeOffset.MaxValue), awsApi: "http://api");
        environment.GetValueOrDefault("AWS_ENDPOINT_URL_STS").ShouldBe(sts);
        environment.GetValueOrDefault("AWS_ENDPOINT_URL_S3").ShouldBeNull();
    }

    /// <summary>Source: "Using AWS Lambda advanced logging controls", and awslambdaric, which reads both.</summary>
    [Theory]
    [InlineData("JSON", "WARN", "JSON WARN")]
    [InlineData("JSON", null, "JSON INFO")]
    [InlineData("Text", null, " ")]
    public void Format_and_level_of_the_log_are_told_in_JSON_only(string format, string? level, string told)
    {
        var environment = RuntimeEnvironment.Of(
            Samples.Function() with { LogFormat = format, ApplicationLogLevel = level }, new RuntimeImage { Key = "python3.12", Language = "python" },
            SandboxPaths.Aws, "169.254.100.1:9001", "stream", new RoleCredentials("a", "s", "t", DateTimeOffset.MaxValue));
        $"{environment.GetValueOrDefault("AWS_LAMBDA_LOG_FORMAT")} {environment.GetValueOrDefault("AWS_LAMBDA_LOG_LEVEL")}".ShouldBe(told);
    }

    [Fact]
    public void A_secret_is_not_printed() => new RoleCredentials("ASIA1", "secret", "token", DateTimeOffset.MaxValue).ToString().ShouldBe("ASIA1 (secret withheld)");

    private static RuntimeCatalog Catalog(params string[] images) => new(images.Select(key => new RuntimeImage
    {
        Key = key, Language = key.TrimEnd('.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), Version = key.TrimStart([.. "pythonodejs"]),
    }));

    private static Dictionary<string, string> Recorded(string runtime, [CallerFilePath] string here = "") =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "Data", "runtime-env-recorded.json")))![runtime];
}
