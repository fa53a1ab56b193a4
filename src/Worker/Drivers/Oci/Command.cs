using System.ComponentModel;
using System.Diagnostics;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>Runs one of the machine's own tools (<c>crun</c>, <c>ip</c>, <c>nft</c>, <c>mkfs.ext4</c>) to its end.</summary>
internal static class Command
{
    /// <exception cref="SandboxFailedException">It is not there, or it failed; the message has what it wrote to stderr.</exception>
    internal static void Run(string program, params string[] arguments) => RunWithInput("", program, arguments);

    internal static void RunWithInput(string input, string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.StandardOutput.Close(); // what these tools say there is of no use
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Check(process, error);
    }

    /// <param name="launcher">Where it starts, if not simply here.</param>
    internal static async Task RunAsync(
        string program, IEnumerable<string> arguments, string input, CancellationToken cancellation, RuntimeLauncher? launcher = null)
    {
        using var process = launcher is null ? Start(program, arguments) : await launcher.StartAsync(StartInfo(program, arguments));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        process.StandardOutput.Close();
        var error = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Check(process, error);
    }

    /// <summary>True if the program is in one of the system's folders.</summary>
    internal static bool Exists(string program) => Find(program) is not null;

    private static string? Find(string program) =>
        ((string[])["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"])
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments)
    {
        var path = Find(program) ?? throw new SandboxFailedException($"{program} is not installed");
        return new ProcessStartInfo(path, arguments) { RedirectStandardError = true, RedirectStandardInput = true, RedirectStandardOutput = true };
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(StartInfo(program, arguments))!;
        }
        catch (Win32Exception e)
        {
            throw new SandboxFailedException($"{program}: {e.Message}", e);
        }
    }

    private static void Check(Process process, string error)
    {
        if (process.ExitCode != 0)
        {
            throw new SandboxFailedException($"{process.StartInfo.FileName} ended with {process.ExitCode}: {error.Trim()}");
        }
    }
}
