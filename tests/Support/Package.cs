using System.IO.Compression;

namespace Lambent.Support;

/// <summary>Deployment packages.</summary>
public static class Package
{
    private const int ExecutableFile = 0b1_000_000_111_101_101; // a file, rwxr-xr-x

    /// <summary>A zip of these files, all of them executable.</summary>
    public static byte[] Zip(params ReadOnlySpan<(string Path, string Text)> files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (path, text) in files)
            {
                var entry = zip.CreateEntry(path);
                entry.ExternalAttributes = ExecutableFile << 16;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }
}
