namespace Lambent.Storage;

/// <summary>Files with secrets: readable by their owner alone, and there as a whole or not at all.</summary>
public static class OwnerFile
{
    /// <summary>Writes the file beside its place, and moves it there once it is on the disk.</summary>
    /// <param name="path">Where it goes; the folder must be there.</param>
    /// <param name="content">All of it.</param>
    /// <param name="overwrite">True replaces one that is there; false refuses to.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool overwrite = false)
    {
        var aside = $"{path}.new";
        File.Delete(aside);
        using (var file = new FileStream(aside, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite);
    }
}
