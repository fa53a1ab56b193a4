using System.CommandLine;
using System.Text.RegularExpressions;
using Lambent.Aws;
using Lambent.Deploy;
using Lambent.Keys;
using Spectre.Console;

namespace Lambent.Commands;

/// <summary><c>lambent deploy FOLDER</c>: a folder becomes a function, or the new code of one.</summary>
internal sealed partial class DeployCommand
{
    private readonly Argument<DirectoryInfo> folder = new("FOLDER") { Description = "The function's files." };

    private readonly Option<string?> name = new("--name") { Description = "Name of the function; the folder's if not given." };

    private readonly Option<string?> runtime = new("--runtime") { Description = "For example python3.13, nodejs22.x, provided.al2023; guessed from the files if not given." };

    private readonly Option<string?> handler = new("--handler") { Description = "FILE.FUNCTION; guessed from the files if not given." };

    private readonly Option<int?> memory = new("--memory") { Description = "MB." };

    private readonly Option<int?> timeout = new("--timeout") { Description = "Seconds." };

    private readonly Option<string[]> environment = new("--env") { Description = "NAME=VALUE, once for each variable; all together replace those of before." };

    private readonly Option<string?> role = new("--role") { Description = "ARN of the execution role." };

    private readonly Option<bool> url = new("--url") { Description = "Give it a function URL that anybody may call." };

    private readonly Option<string?> data = new("--data") { Description = "Folder of the running Lambent." };

    private readonly Option<string?> endpoint = new("--endpoint") { Description = "URL of a Lambent elsewhere; the key is AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY." };

    internal static Command Create()
    {
        var it = new DeployCommand();
        var command = new Command(
            "deploy",
            """
            Make a function of a folder, or give the function its new code and settings, and publish a version.

              ./lambent deploy examples/python-hello
              ./lambent deploy ./api --url --env STAGE=test --memory 512
              ./lambent deploy ./job --name nightly --runtime python3.13 --handler job.run --timeout 300

            Which Lambent: --data, --endpoint, else AWS_ENDPOINT_URL, else the one of ~/.lambent. What no option names stays as it is.
            Left out: .git, __pycache__, .venv, .DS_Store and node_modules/.cache.
            """)
        {
            it.folder, it.name, it.runtime, it.handler, it.memory, it.timeout, it.environment, it.role, it.url, it.data, it.endpoint,
        };
        it.environment.Validators.Add(r =>
        {
            foreach (var token in r.Tokens.Where(t => !Variable().IsMatch(t.Value)))
            {
                r.AddError($"--env takes NAME=VALUE, but is '{token.Value}'.");
            }
        });
        command.SetAction((parsed, _) => it.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var plan = Read(parsed);
        var (address, key, region) = Target(parsed.GetValue(data), parsed.GetValue(endpoint));
        using var client = new LambdaClient(address, key, region);
        var deployed = await new Deployment(client).RunAsync(plan);
        AnsiConsole.MarkupLineInterpolated($"[bold]{plan.Name}[/] {deployed.What}: {deployed.Runtime}, {deployed.Handler}");
        Console.WriteLine($"Version {deployed.Version}");
        Console.WriteLine(deployed.Arn);
        if (deployed.Url is { } found)
        {
            Console.WriteLine(found);
            Console.WriteLine($"Call it:   curl {found}");
        }

        Console.WriteLine($"Invoke it: aws lambda invoke --function-name {plan.Name} --payload '{{}}' --cli-binary-format raw-in-base64-out /dev/stdout");
        return 0;
    }

    private DeploymentPlan Read(ParseResult parsed)
    {
        var path = parsed.GetValue(folder)!;
        if (!path.Exists)
        {
            throw new StartException(File.Exists(path.FullName) ? $"{path.FullName} is a file: deploy takes its folder." : $"There is no folder {path.FullName}.");
        }

        var variables = parsed.GetValue(environment) is { Length: > 0 } given ? given.Select(v => v.Split('=', 2)) : null;
        return new DeploymentPlan
        {
            Name = parsed.GetValue(name) ?? NameOf(path),
            Folder = path.FullName,
            Runtime = parsed.GetValue(runtime),
            Handler = parsed.GetValue(handler),
            Role = parsed.GetValue(role),
            MemoryMb = parsed.GetValue(memory),
            TimeoutSeconds = parsed.GetValue(timeout),
            Environment = variables?.GroupBy(v => v[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last()[1]),
            WithUrl = parsed.GetValue(url),
        };
    }

    private static string NameOf(DirectoryInfo folder)
    {
        var made = NoName().Replace(folder.Name, "-").Trim('-');
        return made.Length is > 0 and <= 64 ? made : throw new StartException($"'{folder.Name}' makes no function name: say --name.");
    }

    private static (Uri Endpoint, AccessKey Key, string Region) Target(string? data, string? endpoint)
    {
        var elsewhere = endpoint ?? (data is null ? Variable("AWS_ENDPOINT_URL") : null);
        if (elsewhere is null)
        {
            var running = EnvCommand.Running(Path.GetFullPath(data ?? LambentOptions.DefaultDataFolder));
            return (new Uri(running.File.Endpoint), running.Key.ToAccessKey(), running.File.Region);
        }

        if (!Uri.TryCreate(elsewhere, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new StartException($"The endpoint must be an http or https URL, but is '{elsewhere}'.");
        }

        if (Variable("AWS_ACCESS_KEY_ID") is not { } id || Variable("AWS_SECRET_ACCESS_KEY") is not { } secret)
        {
            throw new StartException($"{elsewhere} needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run eval \"$(./lambent env)\".");
        }

        var key = new AccessKey(id, secret, "", "", "", Variable("AWS_SESSION_TOKEN"));
        return (address, key, Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? "us-east-1");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]+=", RegexOptions.Singleline)]
    private static partial Regex Variable();

    [GeneratedRegex("[^a-zA-Z0-9_-]+")]
    private static partial Regex NoName();
}
