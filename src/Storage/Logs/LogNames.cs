using System.Security.Cryptography;
using System.Text;

namespace Lambent.Storage.Logs;

/// <summary>Names of groups and streams as names of files.</summary>
internal static class LogNames
{
    private const int LongestFileName = 200;

    /// <summary>Escaped as in a URL, never <c>.</c> or <c>..</c>, and cut with a hash where a file system would refuse it.</summary>
    internal static string FileName(string name)
    {
        var escaped = Uri.EscapeDataString(name).Replace("..", "%2E%2E", StringComparison.Ordinal);
        return escaped == "." ? "%2E"
            : escaped.Length <= LongestFileName ? escaped
            : $"{escaped[..LongestFileName]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";
    }

    /// <summary>The name of a file that was not cut; null if it was.</summary>
    internal static string? Name(string fileName) => fileName.Length > LongestFileName ? null : Uri.UnescapeDataString(fileName);
}
