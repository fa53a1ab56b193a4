using Lambent.Keys;

namespace Lambent;

/// <summary>One process for each data folder: the kernel holds the lock, so it goes with the process however that ends.</summary>
internal sealed class DataFolderLock : IAsyncDisposable
{
    private readonly FileStream file;

    /// <exception cref="StartException">Another Lambent runs on this folder.</exception>
    internal DataFolderLock(string dataFolder)
    {
        try
        {
            file = new FileStream(Path.Combine(dataFolder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StartException($"Another Lambent runs on {dataFolder}: stop it, or choose another folder with --data. ({e.Message})");
        }
    }

    /// <summary>True while a Lambent runs on the folder.</summary>
    internal static bool IsHeld(string dataFolder)
    {
        try
        {
            using var file = new FileStream(Path.Combine(dataFolder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
