using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Lambent.Contracts;

namespace Lambent.Worker.Code;

/// <summary>
/// Unpacked packages, one folder for each hash, shared read-only by all sandboxes that run it. Unpacked aside and renamed, so
/// that a folder means whole code.
/// </summary>
public sealed class CodeCache(ICodePackages packages, string folder)
{
    /// <summary>262,144,000 bytes. Source: "Lambda quotas", deployment package unzipped.</summary>
    public const long MaxUnzippedBytes = 262_144_000;

    private const int SymbolicLink = 0xA000, TypeBits = 0xF000, ExecuteBits = 0b001_001_001, UnixModeShift = 16, MaxLinkBytes = 4096;

    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> unpacked = new(StringComparer.Ordinal);

    /// <summary>Removes what an earlier process left: half-unpacked code, and code whose package is gone.</summary>
    public void Sweep()
    {
        Directory.CreateDirectory(folder);
        foreach (var left in Directory.EnumerateDirectories(folder).Where(f => !IsPackage(Path.GetFileName(f))))
        {
            Directory.Delete(left, recursive: true);
        }
    }

    private bool IsPackage(string name)
    {
        try
        {
            packages.Open(name).Dispose();
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The folder of a package's files; unpacks it at the first call.</summary>
    /// <exception cref="InvalidDataException">The package is no zip, too large, or reaches out of its folder.</exception>
    public Task<string> FolderOfAsync(string sha256Hex) => OnceAsync(sha256Hex, () => Task.Run(() => Unpack(sha256Hex)));

    /// <summary>
    /// The folder of these layers, laid over each other in this order; null if there are none. It is made at the first call of a
    /// process, named after the list, and costs no room beside the layers' own folders.
    /// </summary>
    /// <exception cref="InvalidDataException">A package is no zip, too large, or reaches out of its folder.</exception>
    public async Task<string?> FolderOfLayersAsync(ImmutableArray<string> sha256Hexes) => sha256Hexes switch
    {
        [] => null,
        [var only] => await FolderOfAsync(only),
        _ => await MergedAsync(sha256Hexes),
    };

    /// <summary>Makes everything ready that a version's sandboxes show.</summary>
    public async Task PrepareAsync(FunctionSnapshot function)
    {
        await FolderOfAsync(function.CodeSha256Hex);
        await FolderOfLayersAsync(function.LayerSha256Hexes);
    }

    private Task<string> MergedAsync(ImmutableArray<string> hashes)
    {
        var name = $"layers-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('+', hashes))))}";
        return OnceAsync(name, async () =>
        {
            var layers = await Task.WhenAll(hashes.Select(FolderOfAsync));
            return Make(name, tree =>
            {
                foreach (var layer in layers)
                {
                    LayerTree.Add(new DirectoryInfo(layer), tree);
                }
            });
        });
    }

    /// <summary>Makes a folder once, whoever asks for it.</summary>
    private async Task<string> OnceAsync(string name, Func<Task<string>> make)
    {
        var making = unpacked.GetOrAdd(name, _ => new Lazy<Task<string>>(make));
        try
        {
            return await making.Value;
        }
        catch (Exception e)
        {
            unpacked.TryRemove(name, out _); // the next call tries again
            throw e is IOException or InvalidDataException ? e : new InvalidDataException($"The package cannot be unpacked: {e.Message}", e);
        }
    }

    private string Unpack(string hash) => Make(hash, aside =>
    {
        using var stream = packages.Open(hash);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        var left = MaxUnzippedBytes;
        foreach (var entry in zip.Entries)
        {
            left -= Extract(entry, aside, left);
        }
    });

    /// <summary>Fills a folder aside and renames it, unless it is there.</summary>
    private string Make(string name, Action<string> fill)
    {
        var target = Path.Combine(folder, name);
        if (Directory.Exists(target))
        {
            return target;
        }

        var aside = $"{target}.{Guid.NewGuid():n}";
        Directory.CreateDirectory(aside);
        File.SetUnixFileMode(aside, (UnixFileMode)0b111_101_101);
        try
        {
            fill(aside);
            Directory.Move(aside, target);
            return target;
        }
        catch
        {
            Directory.Delete(aside, recursive: true);
            throw;
        }
    }

    /// <summary>Writes one entry; bytes are counted as they come, since a header may lie.</summary>
    private static long Extract(ZipArchiveEntry entry, string root, long left)
    {
        var path = Inside(root, Path.Combine(root, entry.FullName));
        var mode = entry.ExternalAttributes >> UnixModeShift;
        if (entry.FullName.EndsWith('/'))
        {
            MakeFolder(path, root);
            return 0;
        }

        MakeFolder(Path.GetDirectoryName(path)!, root);
        RefuseLink(path);
        if ((mode & TypeBits) == SymbolicLink)
        {
            Link(entry, path, root);
            return 0;
        }

        var copied = Copy(entry, path, left);
        var readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(path, readable | ((mode & ExecuteBits) != 0 ? (UnixFileMode)ExecuteBits : 0));
        return copied;
    }

    private static long Copy(ZipArchiveEntry entry, string path, long left)
    {
        using var source = entry.Open();
        using var file = new FileStream(path, FileMode.Create);
        var buffer = new byte[81_920];
        for (long copied = 0; ;)
        {
            var count = source.Read(buffer);
            if (count == 0)
            {
                return copied;
            }

            copied += count;
            if (copied > left)
            {
                throw new InvalidDataException($"Unzipped size must be smaller than {MaxUnzippedBytes} bytes");
            }

            file.Write(buffer.AsSpan(0, count));
        }
    }

    private static void Link(ZipArchiveEntry entry, string path, string root)
    {
        if (entry.Length > MaxLinkBytes)
        {
            throw new InvalidDataException($"The link {entry.FullName} is too long.");
        }

        using var reader = new StreamReader(entry.Open());
        var target = reader.ReadToEnd();
        Inside(root, Path.Combine(Path.GetDirectoryName(path)!, target));
        if (Path.IsPathRooted(target) || target.Split('/').SkipWhile(s => s is "." or "..").Contains("..")) // a/.. is elsewhere if a is a link
        {
            throw new InvalidDataException($"The link {entry.FullName} leads out of the package.");
        }

        File.CreateSymbolicLink(path, target);
    }

    private static void MakeFolder(string path, string root)
    {
        for (var at = path; at.Length > root.Length; at = Path.GetDirectoryName(at)!)
        {
            RefuseLink(at);
        }

        Directory.CreateDirectory(path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Nothing is written through a link, wherever it leads.</summary>
    private static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new InvalidDataException("A file of the package lies behind a link.");
        }
    }

    private static string Inside(string root, string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith(root + "/", StringComparison.Ordinal) || full == root
            ? full
            : throw new InvalidDataException("A file of the package leads out of it.");
    }
}
