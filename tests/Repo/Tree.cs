using System.Diagnostics;
using System.Text;

namespace Lambent.Repo;

/// <summary>The project's folder, as a clone has it: what git tracks or would track, without what is built.</summary>
internal static class Tree
{
    private static readonly string[] Binary = [".zip", ".png", ".jpg", ".gif", ".ico", ".gz", ".woff2"];

    internal static string Root { get; } = FindRoot();

    /// <summary>Paths relative to <see cref="Root"/>, with <c>/</c>.</summary>
    internal static IReadOnlyList<string> Files { get; } =
        [.. Run("git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Where(f => File.Exists(Full(f))).Order(StringComparer.Ordinal)];

    internal static IEnumerable<string> TextFiles => Files.Where(f => !Binary.Contains(Path.GetExtension(f)));

    internal static string Full(string file) => Path.Combine(Root, file);

    internal static string Read(string file) => File.ReadAllText(Full(file));

    internal static IEnumerable<string> Under(string folder, params string[] extensions) =>
        Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && extensions.Contains(Path.GetExtension(f)));

    /// <summary>What a program prints to stdout; its failure fails the test, with what it said.</summary>
    internal static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = new StringBuilder();
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within 30 s.");
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? output.GetAwaiter().GetResult()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lambent.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Lambent.slnx is not above this test.");
    }
}
