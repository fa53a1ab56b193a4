namespace Lambent.Simulation;

/// <summary>A folder of its own, in memory where the machine has that: what is tested is crashes, not the disk.</summary>
internal sealed class TestFolder : IDisposable
{
    internal TestFolder()
    {
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        Path = Directory.CreateDirectory(System.IO.Path.Combine(parent, $"lambent-sim-{Guid.NewGuid():n}")).FullName;
    }

    internal string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
