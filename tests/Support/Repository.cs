namespace Lambent.Support;

/// <summary>The clone that the tests run from.</summary>
public static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The full path of one of its files.</summary>
    public static string PathOf(string file) => Path.Combine(Root, file);

    private static string Find()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Lambent.slnx")))
        {
            at = at.Parent ?? throw new InvalidOperationException("not in the repository");
        }

        return at.FullName;
    }
}
