using System.Security.Cryptography;
using System.Text;

namespace Lambent.Support;

/// <summary>What a stopped Lambent must not leave on the host. Its things carry the hash of its data folder.</summary>
public static class Leftovers
{
    /// <summary>Links, groups, mounts, processes and files of the Lambent on this data folder.</summary>
    public static IReadOnlyList<string> Of(string data) =>
        [.. OfSandboxes(data), .. GroupsOf(data), .. Files(RunFolderOf(data))];

    /// <summary>The same of its sandboxes alone: what a running Lambent has, and loses with each sandbox that ends.</summary>
    public static IReadOnlyList<string> OfSandboxes(string data) =>
    [
        .. Directory.EnumerateDirectories("/sys/class/net", $"lb{InstanceOf(data)}*"),
        .. GroupsOf(data).SelectMany(Directory.EnumerateDirectories),
        .. File.ReadLines("/proc/mounts").Where(l => l.Contains(data, StringComparison.Ordinal) || l.Contains(RunFolderOf(data), StringComparison.Ordinal)),
        .. Processes(InstanceOf(data)),
        .. Files($"{RunFolderOf(data)}/sandboxes"),
        .. Files($"{RunFolderOf(data)}/oci"),
        .. Files(Path.Combine(data, "ephemeral")),
    ];

    private static string InstanceOf(string data) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..4];

    private static string RunFolderOf(string data) => $"/run/lambent/{InstanceOf(data)}";

    private static IEnumerable<string> GroupsOf(string data) =>
        Directory.EnumerateDirectories("/sys/fs/cgroup", "*").Select(c => $"{c}/lambent/{InstanceOf(data)}").Where(Directory.Exists);

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
