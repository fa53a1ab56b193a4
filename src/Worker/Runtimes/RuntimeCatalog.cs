using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lambent.Contracts;

namespace Lambent.Worker.Runtimes;

/// <summary>
/// The interpreters of this machine. A runtime is served by exactly its version where the host has it, else by the nearest of
/// the same language.
/// </summary>
public sealed partial class RuntimeCatalog : IRuntimeDirectory
{
    private static readonly string[] InterpreterFolders = ["/usr/bin", "/usr/local/bin"];

    private readonly IReadOnlyList<RuntimeImage> images;

    /// <summary>A catalog of these images; the custom-runtime image is always there.</summary>
    public RuntimeCatalog(IEnumerable<RuntimeImage> interpreters) => images = [.. interpreters, Custom];

    /// <summary>The image of <c>provided.*</c>: a sandbox without interpreter.</summary>
    public static RuntimeImage Custom { get; } = new() { Key = "provided", Language = "provided" };

    /// <summary>Every image that a sandbox can be made of.</summary>
    public IReadOnlyList<RuntimeImage> Images => images;

    /// <summary>Looks for interpreters on this machine. <paramref name="runtimesFolder"/> has our bootstraps.</summary>
    public static async Task<RuntimeCatalog> DiscoverAsync(string runtimesFolder, CancellationToken cancellation)
    {
        var node = await NodeAsync(runtimesFolder, cancellation);
        return new RuntimeCatalog([.. Pythons(runtimesFolder), .. node]);
    }

    /// <inheritdoc/>
    public RuntimeMatch? Match(string runtime)
    {
        var image = Find(runtime);
        return image is null ? null : image == Custom
            ? new RuntimeMatch(runtime, runtime, IsExact: true)
            : new RuntimeMatch(runtime, image.Language + image.Version, IsExact(runtime, image));
    }

    /// <summary>The image that serves a runtime identifier, or null.</summary>
    public RuntimeImage? Find(string runtime)
    {
        if (LambdaRuntimes.IsCustom(runtime))
        {
            return Custom;
        }

        var shape = Identifier().Match(runtime);
        var wanted = VersionOf(shape.Groups["version"].Value);
        return images
            .Where(i => i.Language == shape.Groups["language"].Value)
            .OrderBy(i => Math.Abs(Distance(VersionOf(i.Version)) - Distance(wanted)))
            .ThenByDescending(i => Distance(VersionOf(i.Version))) // of two as near, the newer
            .FirstOrDefault();
    }

    private static bool IsExact(string runtime, RuntimeImage image)
    {
        var wanted = VersionOf(Identifier().Match(runtime).Groups["version"].Value);
        var has = VersionOf(image.Version);
        return image.Language == "python" ? has == wanted : has.Major == wanted.Major;
    }

    private static (int Major, int Minor) VersionOf(string text)
    {
        var parts = text.Split('.');
        return (Number(parts.ElementAtOrDefault(0)), Number(parts.ElementAtOrDefault(1)));

        static int Number(string? part) => int.TryParse(part, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static int Distance((int Major, int Minor) version) => (version.Major * 1000) + version.Minor;

    private static IEnumerable<RuntimeImage> Pythons(string runtimesFolder) =>
        from folder in InterpreterFolders
        where Directory.Exists(folder)
        from file in Directory.EnumerateFiles(folder, "python3.*")
        let version = PythonName().Match(Path.GetFileName(file)).Groups["version"].Value
        where version.Length > 0
        select new RuntimeImage
        {
            Key = $"python{version}",
            Language = "python",
            Version = version,
            Interpreter = file,
            BootstrapFolder = Path.Combine(runtimesFolder, "python"),
            BootstrapFile = "bootstrap.py",
            LangBin = [("python3", file), ("python", file), ($"python{version}", file)],
        };

    private static async Task<IReadOnlyList<RuntimeImage>> NodeAsync(string runtimesFolder, CancellationToken cancellation)
    {
        var file = InterpreterFolders.Select(f => Path.Combine(f, "node")).FirstOrDefault(File.Exists);
        if (file is null)
        {
            return [];
        }

        using var process = Process.Start(new ProcessStartInfo(file, "--version") { RedirectStandardOutput = true })!;
        var version = (await process.StandardOutput.ReadToEndAsync(cancellation)).Trim().TrimStart('v');
        return
        [
            new RuntimeImage
            {
                Key = $"nodejs{VersionOf(version).Major}",
                Language = "nodejs",
                Version = version,
                Interpreter = file,
                BootstrapFolder = Path.Combine(runtimesFolder, "nodejs"),
                BootstrapFile = "bootstrap.cjs",
                LangBin = [("node", file)],
            },
        ];
    }

    [GeneratedRegex(@"^(?<language>[a-z]+)(?<version>[\d.]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^python(?<version>3\.\d+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex PythonName();
}
