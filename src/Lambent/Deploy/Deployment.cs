using System.Text.Json.Nodes;

namespace Lambent.Deploy;

/// <summary>What is to be deployed. A null setting is left as it is, or as Lambda has it by default.</summary>
internal sealed record DeploymentPlan
{
    /// <summary>The name of the function.</summary>
    public required string Name { get; init; }

    /// <summary>Where its files are.</summary>
    public required string Folder { get; init; }

    public string? Runtime { get; init; }

    public string? Handler { get; init; }

    /// <summary>ARN of the execution role.</summary>
    public string? Role { get; init; }

    public int? MemoryMb { get; init; }

    public int? TimeoutSeconds { get; init; }

    /// <summary>Variables in place of those that the function has.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>True gives it a function URL that anybody may call.</summary>
    public bool WithUrl { get; init; }
}

/// <summary>What was deployed.</summary>
/// <param name="Arn">Of the version.</param>
/// <param name="Version">Its number.</param>
/// <param name="Runtime">What it runs on.</param>
/// <param name="Handler">What is called.</param>
/// <param name="What"><c>created</c>, <c>updated</c> or <c>unchanged</c>.</param>
/// <param name="Url">The function URL, if there is one.</param>
internal sealed record Deployed(string Arn, string Version, string Runtime, string Handler, string What, string? Url);

/// <summary>
/// Brings a folder to a running Lambent by its public API: 1. the package, 2. the function (created, or its code and settings
/// updated where they differ), 3. a version, 4. the URL. Nothing is written when nothing changed.
/// </summary>
internal sealed class Deployment(LambdaClient client)
{
    private const string Urls = "/2021-10-31/functions", NotFound = "ResourceNotFoundException", Conflict = "ResourceConflictException";

    /// <summary>Does it.</summary>
    /// <exception cref="Keys.StartException">The folder or the server refuses.</exception>
    internal async Task<Deployed> RunAsync(DeploymentPlan plan)
    {
        var package = FolderPackage.Of(plan.Folder);
        var before = await client.TryCallAsync(HttpMethod.Get, $"{LambdaClient.Functions}/{plan.Name}/configuration", null, NotFound);
        var what = before is null ? await CreateAsync(plan, package) : await UpdateAsync(plan, package);
        var version = await client.CallAsync(HttpMethod.Post, $"{LambdaClient.Functions}/{plan.Name}/versions", new JsonObject());
        var url = plan.WithUrl ? await UrlAsync(plan.Name) : null;
        return new(Text(version, "FunctionArn"), Text(version, "Version"), Text(version, "Runtime"), Text(version, "Handler"), what, url);
    }

    private async Task<string> CreateAsync(DeploymentPlan plan, FolderPackage package)
    {
        var guess = FunctionGuess.Of(plan.Folder, plan.Runtime, plan.Handler);
        var body = Settings(plan with { Runtime = guess.Runtime, Handler = guess.Handler });
        body["FunctionName"] = plan.Name;
        body["Role"] = plan.Role ?? $"arn:aws:iam::{await client.AccountAsync()}:role/lambent-deploy";
        body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(package.Zip) };
        await client.CallAsync(HttpMethod.Post, LambdaClient.Functions, body);
        await client.SettledAsync(plan.Name);
        return "created";
    }

    private async Task<string> UpdateAsync(DeploymentPlan plan, FolderPackage package)
    {
        var function = $"{LambdaClient.Functions}/{plan.Name}";
        var now = await client.SettledAsync(plan.Name);
        var (what, wanted) = ("unchanged", Settings(plan));
        if (wanted.Any(s => !JsonNode.DeepEquals(Comparable(s.Key, now[s.Key]), s.Value)))
        {
            await client.CallAsync(HttpMethod.Put, $"{function}/configuration", wanted);
            now = await client.SettledAsync(plan.Name);
            what = "updated";
        }

        if ((string?)now["CodeSha256"] != package.CodeSha256)
        {
            await client.CallAsync(HttpMethod.Put, $"{function}/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(package.Zip) });
            await client.SettledAsync(plan.Name);
            what = "updated";
        }

        return what;
    }

    /// <summary>Only the variables: the answer has an error beside them.</summary>
    private static JsonNode? Comparable(string name, JsonNode? found) =>
        name == "Environment" && found is not null ? new JsonObject { ["Variables"] = found["Variables"]?.DeepClone() } : found;

    private static JsonObject Settings(DeploymentPlan plan)
    {
        var settings = new JsonObject
        {
            ["Runtime"] = plan.Runtime,
            ["Handler"] = plan.Handler,
            ["Role"] = plan.Role,
            ["MemorySize"] = plan.MemoryMb,
            ["Timeout"] = plan.TimeoutSeconds,
        };
        if (plan.Environment is { } variables)
        {
            settings["Environment"] = new JsonObject
            {
                ["Variables"] = new JsonObject(variables.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
            };
        }

        settings.Where(s => s.Value is null).ToList().ForEach(s => settings.Remove(s.Key));
        return settings;
    }

    /// <summary>A URL needs two permissions to be public. Source: "Control access to Lambda function URLs", Lambda Developer Guide.</summary>
    private async Task<string> UrlAsync(string name)
    {
        var found = await client.TryCallAsync(HttpMethod.Get, $"{Urls}/{name}/url", null, NotFound)
            ?? await client.CallAsync(HttpMethod.Post, $"{Urls}/{name}/url", new JsonObject { ["AuthType"] = "NONE" });
        if (Text(found, "AuthType") == "NONE")
        {
            await PermitAsync(name, new() { ["StatementId"] = "FunctionURLAllowPublicAccess", ["Action"] = "lambda:InvokeFunctionUrl", ["FunctionUrlAuthType"] = "NONE" });
            await PermitAsync(name, new() { ["StatementId"] = "FunctionURLAllowInvokeAction", ["Action"] = "lambda:InvokeFunction", ["InvokedViaFunctionUrl"] = true });
        }

        return Text(found, "FunctionUrl");
    }

    private Task PermitAsync(string name, JsonObject permission)
    {
        permission["Principal"] = "*";
        return client.TryCallAsync(HttpMethod.Post, $"{LambdaClient.Functions}/{name}/policy", permission, Conflict);
    }

    private static string Text(JsonNode answer, string member) => (string?)answer[member] ?? "";
}
