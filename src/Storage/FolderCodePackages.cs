using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lambent.Contracts;

namespace Lambent.Storage;

/// <summary>Packages as files of one folder, <c>HASH.zip</c>: written aside, flushed, then renamed, so that a name means whole bytes.</summary>
public sealed partial class FolderCodePackages : ICodePackages
{
    private readonly string folder;

    /// <summary>Makes the folder if need be.</summary>
    public FolderCodePackages(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <inheritdoc/>
    public async Task<string> PutAsync(ReadOnlyMemory<byte> package, CancellationToken cancellation)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(package.Span));
        var file = FileOf(hash);
        if (File.Exists(file))
        {
            return hash;
        }

        var aside = $"{file}.{Guid.NewGuid():n}";
        await using (var stream = new FileStream(aside, FileMode.CreateNew))
        {
            await stream.WriteAsync(package, cancellation);
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, file, overwrite: true);
        FlushFolder();
        return hash;
    }

    /// <inheritdoc/>
    public Stream Open(string sha256Hex) => File.OpenRead(FileOf(sha256Hex));

    /// <inheritdoc/>
    public void Remove(string sha256Hex) => File.Delete(FileOf(sha256Hex));

    /// <summary>A rename is durable when its folder is: .NET has no API for that.</summary>
    private void FlushFolder()
    {
        var fd = Open(folder, flags: 0);
        if (fd >= 0)
        {
            _ = FSync(fd);
            _ = Close(fd);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int fd);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    private string FileOf(string hash) => Path.Combine(folder, $"{hash}.zip");
}
