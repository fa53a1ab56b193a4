using System.Security.Cryptography;
using Lambent.Contracts;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Counts who refers to a package (records, and requests that are about to make one) and removes it with the last of them.
/// </summary>
internal sealed class HeldPackages(ICodePackages packages)
{
    private readonly Lock counting = new();
    private readonly Dictionary<string, int> holders = new(StringComparer.Ordinal);

    /// <summary>The hash of a package in lower-case hexadecimal.</summary>
    public static string HashOf(ReadOnlySpan<byte> package) => Convert.ToHexStringLower(SHA256.HashData(package));

    /// <summary>Stores a package, held from before its first byte until the returned hold is disposed of.</summary>
    public async Task<IDisposable> PutAsync(string hash, ReadOnlyMemory<byte> package, CancellationToken cancellation)
    {
        Hold([hash]);
        var hold = new TemporaryHold(this, [hash]);
        try
        {
            await packages.PutAsync(package, cancellation);
            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Keeps packages that somebody holds until the hold is disposed of.</summary>
    public IDisposable Keep(IReadOnlyCollection<string> hashes)
    {
        Hold(hashes);
        return new TemporaryHold(this, hashes);
    }

    /// <summary>One more holder of each.</summary>
    public void Hold(IEnumerable<string> hashes)
    {
        lock (counting)
        {
            foreach (var hash in hashes)
            {
                holders[hash] = holders.GetValueOrDefault(hash) + 1;
            }
        }
    }

    /// <summary>One holder less of each; those without any are removed.</summary>
    public void Release(IEnumerable<string> hashes)
    {
        lock (counting)
        {
            foreach (var hash in hashes)
            {
                if (--holders[hash] == 0)
                {
                    holders.Remove(hash);
                    packages.Remove(hash);
                }
            }
        }
    }

    private sealed class TemporaryHold(HeldPackages owner, IReadOnlyCollection<string> hashes) : IDisposable
    {
        public void Dispose() => owner.Release(hashes);
    }
}
