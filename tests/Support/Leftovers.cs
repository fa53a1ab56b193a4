using System.Security.Cryptography;
using System.Text;

namespace Lambent.Support;

/// <summary>What a stopped Lambent must not leave on the host. Its things carry the hash of its data folder.</summary>
public static class Leftovers
{
    /// <summary>Links, groups, mounts, processes and files of the Lambent on this data folder.</summary>
    public static IReadOnlyList<string> Of(string data)
    {
        var instance = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..4];
        return
        [
            .. Directory.EnumerateDirectories("/sys/class/net", $"lb{instance}*"),
            .. Directory.EnumerateDirectories("/sys/fs/cgroup", "*").Select(c => $"{c}/lambent/{instance}").Where(Directory.Exists),
            .. File.ReadLines("/proc/mounts").Where(l => l.Contains(data, StringComparison.Ordinal) || l.Contains($"/run/lambent/{instance}", StringComparison.Ordinal)),
            .. Processes(instance),
            .. Files($"/run/lambent/{instance}"),
            .. Files(Path.Combine(data, "ephemeral")),
        ];
    }

    private static IEnumerable<string> Files(string folder) => Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder) : [];

    private static IEnumerable<string> Processes(string instance)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string groups;
            try
            {
                groups = File.ReadAllText($"{folder}/cgroup");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // it has ended in between
            }

            if (groups.Contains($"/lambent/{instance}/", StringComparison.Ordinal))
            {
                yield return folder;
            }
        }
    }
}
