namespace Lambent;

/// <summary>Where Lambent itself lies: the folder with <c>runtimes/</c> and <c>examples/</c>.</summary>
internal static class InstallFolder
{
    /// <summary>The nearest folder above the program that has the runtimes.</summary>
    internal static string Path { get; } = Find();

    internal static string Runtimes => System.IO.Path.Combine(Path, "runtimes");

    internal static string Examples => System.IO.Path.Combine(Path, "examples");

    /// <summary>PID 1 of the sandboxes, built by <c>eng/build-guest.sh</c>.</summary>
    internal static string Guest => System.IO.Path.Combine(Path, "artifacts", "guest", "lambent-init");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(System.IO.Path.Combine(folder.FullName, "runtimes", "python")))
            {
                return folder.FullName;
            }
        }

        throw new Keys.StartException("The folder 'runtimes' is not above this program: run Lambent from its clone.");
    }
}
