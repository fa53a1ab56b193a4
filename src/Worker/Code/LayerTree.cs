using System.Runtime.InteropServices;

namespace Lambent.Worker.Code;

/// <summary>
/// Lays unpacked layers over each other, as they are seen at <c>/opt</c>: what a later layer has covers what has the same path in
/// an earlier one, folders of the same path become one. Files are hard links, so a tree costs no room.
/// Source: "Accessing layer content", Lambda Developer Guide.
/// </summary>
internal static partial class LayerTree
{
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_101_101;

    /// <summary>Puts the files of one more layer into the tree. Nothing of the tree is ever reached through a link.</summary>
    /// <param name="layer">Whole, and of nobody else's making.</param>
    /// <param name="tree">The same file system.</param>
    internal static void Add(DirectoryInfo layer, string tree)
    {
        foreach (var entry in layer.EnumerateFileSystemInfos())
        {
            var path = Path.Combine(tree, entry.Name);
            var isFolder = entry is DirectoryInfo && entry.LinkTarget is null;
            MakeRoom(path, isFolder);
            if (entry.LinkTarget is { } target)
            {
                File.CreateSymbolicLink(path, target);
            }
            else if (isFolder)
            {
                Directory.CreateDirectory(path, FolderMode);
                Add((DirectoryInfo)entry, path);
            }
            else if (HardLink(entry.FullName, path) != 0)
            {
                throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }
    }

    /// <summary>Removes what an earlier layer has at the path, but for a folder where a folder comes.</summary>
    private static void MakeRoom(string path, bool isFolder)
    {
        var there = new FileInfo(path);
        if (there.LinkTarget is not null || there.Exists)
        {
            File.Delete(path);
        }
        else if (!isFolder && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int HardLink(string from, string to);
}
