using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Lambent.Keys;

namespace Lambent.Commands;

/// <summary><c>lambent env</c>: the environment that makes AWS's tools talk to a running Lambent.</summary>
internal static partial class EnvCommand
{
    /// <summary>The first AWS CLI that reads <c>AWS_ENDPOINT_URL</c>. Source: its changelog, 2.13.0.</summary>
    private static readonly Version FirstWithEndpointUrl = new(2, 13);

    internal static Command Create()
    {
        var data = Settings.DataOption();
        var account = new Option<string?>("--account") { Description = "Another account than the first, see ./lambent account." };
        var command = new Command(
            "env",
            """
            Print the environment for AWS's tools, to be evaluated by a shell.

              eval "$(./lambent env)"
            """)
        {
            data, account,
        };
        command.SetAction((parsed, _) => Task.FromResult(Print(Path.GetFullPath(parsed.GetValue(data)!), parsed.GetValue(account))));
        return command;
    }

    /// <summary>The Lambent that runs on a folder.</summary>
    /// <exception cref="StartException">None does.</exception>
    internal static (EndpointFile File, RootKey Key) Running(string dataFolder, string? account = null)
    {
        var running = EndpointFile.Read(dataFolder)
            ?? throw new StartException($"No Lambent runs on {dataFolder}. Start one with ./lambent up, or name its folder with --data.");
        return DataFolderLock.IsHeld(dataFolder)
            ? (running, KeyOf(dataFolder, account))
            : throw new StartException($"The Lambent of {dataFolder} does not run any more. Start it again with ./lambent up.");
    }

    private static int Print(string dataFolder, string? account)
    {
        var (running, key) = Running(dataFolder, account);
        Export("AWS_ENDPOINT_URL", running.Endpoint);
        Export("AWS_REGION", running.Region);
        Export("AWS_DEFAULT_REGION", running.Region);
        Export("AWS_ACCESS_KEY_ID", key.AccessKeyId);
        Export("AWS_SECRET_ACCESS_KEY", key.SecretAccessKey);
        Export("LAMBENT_ACCOUNT_ID", key.AccountId);
        Export("LAMBENT_DATA", dataFolder);
        Console.WriteLine("unset AWS_SESSION_TOKEN AWS_PROFILE");
        if (IsOldCli())
        {
            Console.WriteLine("# This AWS CLI is older than 2.13 and does not read AWS_ENDPOINT_URL, so it is told by an option:");
            Console.WriteLine("aws() { command aws --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }");
        }

        return 0;
    }

    private static RootKey KeyOf(string dataFolder, string? account)
    {
        var first = RootKey.Obtain(dataFolder);
        return account is null || account == first.AccountId ? first
            : AccountFile.Read(dataFolder).Find(account) is { Keys: [var key, ..] } ? new RootKey(key.Id, key.Secret, account)
            : throw new StartException($"There is no account {account} with a key. ./lambent account create {account} adds it.");
    }

    private static void Export(string name, string value) => Console.WriteLine($"export {name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'");

    private static bool IsOldCli()
    {
        try
        {
            using var aws = Process.Start(new ProcessStartInfo("aws", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var match = CliVersion().Match(aws.StandardOutput.ReadToEnd() + aws.StandardError.ReadToEnd());
            return match.Success && Version.Parse(match.Groups["version"].Value) < FirstWithEndpointUrl;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no AWS CLI here
        }
    }

    [GeneratedRegex(@"aws-cli/(?<version>\d+\.\d+)", RegexOptions.ExplicitCapture)]
    private static partial Regex CliVersion();
}
