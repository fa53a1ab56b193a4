using Lambent.ControlPlane.Functions.Rules;
using Lambent.Storage;
using Lambent.Worker.Code;
using Shouldly;

namespace Lambent.Fuzz;

/// <summary>Packages of strangers: checked by the control plane, unpacked by root of the worker.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-fuzz-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public Task A_package_is_taken_or_refused() => new Fuzzer("package").RunAsync(3_000, input =>
    {
        if (PackageRules.CheckZip(input) is { } error)
        {
            (error.Status, error.Type).ShouldBe((400, "InvalidParameterValueException"));
        }
    });

    [Fact]
    public async Task A_package_is_unpacked_into_its_folder_or_not_at_all()
    {
        var packages = new FolderCodePackages(Path.Combine(folder.FullName, "packages"));
        var above = Directory.CreateDirectory(Path.Combine(folder.FullName, "a", "b"));
        var cache = new CodeCache(packages, above.CreateSubdirectory("code").FullName);

        await new Fuzzer("package").RunAsync(2_000, async input =>
        {
            var hash = await packages.PutAsync(input, CancellationToken.None);
            try
            {
                var unpacked = new DirectoryInfo(await cache.FolderOfAsync(hash));
                Below(unpacked).ShouldAllBe(f => LeadsInside(f, unpacked.FullName));
                unpacked.Delete(recursive: true);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // Refused, as FolderOfAsync says it does.
            }

            packages.Remove(hash);
            Directory.EnumerateFileSystemEntries(Path.Combine(above.FullName, "code")).ShouldBeEmpty("a refused package leaves nothing");
            Directory.EnumerateFileSystemEntries(above.FullName).Count().ShouldBe(1, "nothing is beside it");
            Directory.EnumerateFileSystemEntries(folder.FullName).Count().ShouldBe(2, "nor above it");
        });
    }

    /// <summary>Everything in a folder, without going through links.</summary>
    private static IEnumerable<FileSystemInfo> Below(DirectoryInfo folder) => folder.EnumerateFileSystemInfos()
        .SelectMany(f => f is DirectoryInfo { LinkTarget: null } below ? Below(below).Prepend(f) : [f]);

    /// <summary>True unless it is a link that the kernel follows to somewhere else; one that leads nowhere is harmless.</summary>
    private static bool LeadsInside(FileSystemInfo file, string root)
    {
        if (file.LinkTarget is null)
        {
            return file.Attributes.HasFlag(FileAttributes.Directory) || (file is FileInfo && (File.GetUnixFileMode(file.FullName) & ~(UnixFileMode)0b111_101_101) == 0);
        }

        var real = RealPath(Path.GetDirectoryName(file.FullName)!, file.LinkTarget, root, depth: 0);
        return real is null || real == root || real.StartsWith(root + "/", StringComparison.Ordinal);
    }

    /// <summary>Where a path leads, a segment at a time as the kernel goes: <c>..</c> after a link is the folder above its target.</summary>
    private static string? RealPath(string from, string target, string root, int depth)
    {
        if (depth > 40)
        {
            return null; // ELOOP
        }

        var at = target.StartsWith('/') ? "/" : from;
        foreach (var segment in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(s => s != "."))
        {
            at = segment == ".." ? Path.GetDirectoryName(at) ?? "/" : Path.Combine(at, segment);
            if (new FileInfo(at).LinkTarget is { } link)
            {
                var led = RealPath(Path.GetDirectoryName(at)!, link, root, depth + 1);
                if (led is null)
                {
                    return null;
                }

                at = led;
            }
        }

        return at;
    }
}
