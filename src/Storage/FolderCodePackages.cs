using System.Security.Cryptography;
using Lambent.Contracts;

namespace Lambent.Storage;

/// <summary>Packages as files of one folder, <c>HASH.zip</c>: written aside, flushed, then renamed, so that a name means whole bytes.</summary>
public sealed class FolderCodePackages : ICodePackages
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
        return hash;
    }

    /// <inheritdoc/>
    public Stream Open(string sha256Hex) => File.OpenRead(FileOf(sha256Hex));

    /// <inheritdoc/>
    public void Remove(string sha256Hex) => File.Delete(FileOf(sha256Hex));

    private string FileOf(string hash) => Path.Combine(folder, $"{hash}.zip");
}
