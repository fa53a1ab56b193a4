namespace Lambent.Contracts;

/// <summary>
/// Deployment packages by the SHA-256 of their bytes. The control plane puts them in, workers take them out. A package that
/// was put is durable when the task completes.
/// </summary>
public interface ICodePackages
{
    /// <summary>Stores a package; storing the same bytes again does nothing.</summary>
    /// <returns>The hash in lower-case hexadecimal.</returns>
    Task<string> PutAsync(ReadOnlyMemory<byte> package, CancellationToken cancellation);

    /// <summary>Opens a package for reading.</summary>
    /// <exception cref="FileNotFoundException">There is none of that hash.</exception>
    Stream Open(string sha256Hex);

    /// <summary>Removes a package that no function refers to any more; nothing if it is not there.</summary>
    void Remove(string sha256Hex);
}
