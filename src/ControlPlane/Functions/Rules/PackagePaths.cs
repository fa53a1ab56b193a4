using System.IO.Compression;
using System.Text;

namespace Lambent.ControlPlane.Functions.Rules;

/// <summary>
/// Whether everything in a package lies in its folder. A name may not be absolute or climb; a link may climb only first, and
/// not above the package; nothing may lie behind a link; devices, pipes and sockets are refused.
/// </summary>
internal static class PackagePaths
{
    /// <summary>PATH_MAX of Linux: no real link is longer.</summary>
    private const int MaxLinkBytes = 4_096;

    private const int UnixModeShift = 16, TypeBits = 0xF000, Link = 0xA000, Regular = 0x8000, Folder = 0x4000;

    /// <summary>False if one of the entries is out of place.</summary>
    /// <exception cref="InvalidDataException">An entry cannot be read.</exception>
    public static bool AllInside(IReadOnlyCollection<ZipArchiveEntry> entries)
    {
        var links = entries.Where(IsLink).Select(e => Normal(e.FullName)).ToHashSet(StringComparer.Ordinal);
        return entries.All(e => IsInside(e.FullName)
            && (links.Count == 0 || !LiesBehind(links, Normal(e.FullName)))
            && TypeOf(e) switch
            {
                Link => LeadsInside(e),
                0 or Regular or Folder => true,
                _ => false,
            });
    }

    private static int TypeOf(ZipArchiveEntry entry) => (entry.ExternalAttributes >> UnixModeShift) & TypeBits;

    private static bool IsLink(ZipArchiveEntry entry) => TypeOf(entry) == Link;

    private static bool IsInside(string name) =>
        name.Length > 0
        && name[0] is not ('/' or '\\')
        && !name.Contains('\0', StringComparison.Ordinal)
        && !name.Split('/', '\\').Contains("..");

    private static string Normal(string name) => string.Join('/', Segments(name));

    private static IEnumerable<string> Segments(string path) => path.Split('/').Where(s => s is not ("" or "."));

    private static bool LiesBehind(HashSet<string> links, string name)
    {
        for (var slash = name.IndexOf('/'); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            if (links.Contains(name[..slash]))
            {
                return true;
            }
        }

        return false;
    }

    // With all climbing at its beginning, and its own folder a real one, a link ends within the package; what it leads through
    // then may be a link too, which is held to the same rule.
    private static bool LeadsInside(ZipArchiveEntry entry)
    {
        var target = ReadTarget(entry);
        var segments = Segments(target).ToList();
        var climbs = segments.TakeWhile(s => s == "..").Count();
        var depth = Segments(entry.FullName).Count() - 1;
        return target.Length > 0
            && target[0] != '/'
            && !target.Contains('\0', StringComparison.Ordinal)
            && climbs <= depth
            && !segments.Skip(climbs).Contains("..");
    }

    private static string ReadTarget(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var buffer = new byte[MaxLinkBytes + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length > MaxLinkBytes
            ? throw new InvalidDataException($"The link {entry.FullName} is too long.")
            : Encoding.UTF8.GetString(buffer, 0, length);
    }
}
