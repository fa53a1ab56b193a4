using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Lambent.Keys;

namespace Lambent.Deploy;

/// <summary>
/// A folder as a deployment package: the same bytes for the same files, whenever and wherever it is made. Executable bits are
/// kept, and links that stay in the folder; what tools leave behind is not taken.
/// </summary>
internal sealed class FolderPackage
{
    /// <summary>A Unix file, so that the upper half of its attributes is a mode: "version made by" of the zip format, 4.4.2.</summary>
    private const int UnixModeShift = 16, RegularFile = 0x8000, SymbolicLink = 0xA000;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const int ReadableMode = 0b110_100_100, ExecutableMode = 0b111_101_101, LinkMode = 0b111_111_111;

    /// <summary>The earliest that the format can say.</summary>
    private static readonly DateTimeOffset Always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] LeftOut = [".git", "__pycache__", ".venv", ".DS_Store", "node_modules/.cache"];

    private FolderPackage(byte[] zip) => Zip = zip;

    /// <summary>The archive.</summary>
    internal byte[] Zip { get; }

    /// <summary>As <c>CodeSha256</c> has it.</summary>
    internal string CodeSha256 => Convert.ToBase64String(SHA256.HashData(Zip));

    /// <summary>Packs the files below the folder.</summary>
    /// <exception cref="StartException">There are none, or a link leads out of the folder.</exception>
    internal static FolderPackage Of(string folder)
    {
        var root = Path.GetFullPath(folder);
        var files = FilesBelow(new DirectoryInfo(root), "").OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            throw new StartException($"There are no files in {root}.");
        }

        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            files.ForEach(f => Add(zip, f.Name, f.File, root));
        }

        return new FolderPackage(stream.ToArray());
    }

    private static IEnumerable<(string Name, FileSystemInfo File)> FilesBelow(DirectoryInfo folder, string prefix)
    {
        foreach (var found in folder.EnumerateFileSystemInfos().Where(f => !IsLeftOut(prefix + f.Name)))
        {
            if (found is DirectoryInfo { LinkTarget: null } below)
            {
                foreach (var file in FilesBelow(below, $"{prefix}{found.Name}/"))
                {
                    yield return file;
                }
            }
            else
            {
                yield return (prefix + found.Name, found);
            }
        }
    }

    private static bool IsLeftOut(string name) =>
        LeftOut.Any(l => name == l || name.EndsWith($"/{l}", StringComparison.Ordinal));

    private static void Add(ZipArchive zip, string name, FileSystemInfo file, string root)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
        entry.LastWriteTime = Always;
        entry.ExternalAttributes = ModeOf(file) << UnixModeShift;
        using var content = entry.Open();
        if (file.LinkTarget is { } target)
        {
            CheckLink(name, target, file, root);
            content.Write(Encoding.UTF8.GetBytes(target));
            return;
        }

        using var source = File.OpenRead(file.FullName);
        source.CopyTo(content);
    }

    private static int ModeOf(FileSystemInfo file) => file switch
    {
        { LinkTarget: not null } => SymbolicLink | LinkMode,
        _ when (file.UnixFileMode & Executable) != 0 => RegularFile | ExecutableMode,
        _ => RegularFile | ReadableMode,
    };

    private static void CheckLink(string name, string target, FileSystemInfo link, string root)
    {
        var end = Path.GetFullPath(target, Path.GetDirectoryName(link.FullName)!);
        if (Path.IsPathRooted(target) || !end.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new StartException($"The link {name} leads to {target}, out of {root}: put the file itself there.");
        }
    }
}
