using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam;

/// <summary>
/// The policies of AWS that users of Lambda attach, from <c>AwsManagedPolicies.json</c>. The documents say what AWS's say, but for
/// <c>ReadOnlyAccess</c>, which here has the services that functions are built with, summed up by wildcards.
/// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
/// </summary>
internal static class AwsManagedPolicies
{
    /// <summary>Whose they are, in their ARNs.</summary>
    internal const string Owner = "aws";

    private static readonly FrozenDictionary<string, ManagedPolicy> ByArn = Read().ToFrozenDictionary(p => p.Arn(Owner), StringComparer.Ordinal);

    internal static IEnumerable<ManagedPolicy> All => ByArn.Values;

    internal static ManagedPolicy? Find(string arn) => ByArn.GetValueOrDefault(arn);

    internal static bool Is(ManagedPolicy policy) => ReferenceEquals(Find(policy.Arn(Owner)), policy);

    private static IEnumerable<ManagedPolicy> Read()
    {
        using var file = typeof(AwsManagedPolicies).Assembly.GetManifestResourceStream("AwsManagedPolicies.json")!;
        using var json = JsonDocument.Parse(file);
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            var slash = entry.Name.LastIndexOf('/');
            var created = DateTimeOffset.Parse(entry.Value.GetProperty("created").GetString()!, CultureInfo.InvariantCulture);
            var number = entry.Value.GetProperty("version").GetInt32();
            yield return new ManagedPolicy
            {
                Name = entry.Name[(slash + 1)..], Path = entry.Name[..(slash + 1)], Id = IdOf(entry.Name), Created = created, Updated = created,
                Versions = [new(number, entry.Value.GetProperty("document").GetRawText(), created)], Default = number, LastNumber = number,
            };
        }
    }

    /// <summary>The same at each start.</summary>
    private static string IdOf(string name) => "ANPA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..17]
        .Replace('0', 'G').Replace('1', 'H').Replace('8', 'I').Replace('9', 'J');
}
