using System.Xml.Linq;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html</summary>
internal static class AccountSummary
{
    internal static IEnumerable<(string Name, IamOperation Run)> Operations => [("GetAccountSummary", Get)];

    private static IamOutcome Get(IamAccount account, IamRequest request)
    {
        (string Key, int Value)[] summary =
        [
            ("Users", account.Users.Count), ("UsersQuota", 5000),
            ("Groups", account.Groups.Count), ("GroupsQuota", 300),
            ("Roles", account.Roles.Count), ("RolesQuota", 1000),
            ("Policies", account.Policies.Count), ("PoliciesQuota", 1500),
            ("PolicySizeQuota", 6144), ("VersionsPerPolicyQuota", 5), ("AccessKeysPerUserQuota", 2), ("GroupsPerUserQuota", 10),
            ("AttachedPoliciesPerUserQuota", 10), ("AttachedPoliciesPerGroupQuota", 10), ("AttachedPoliciesPerRoleQuota", 10),
            ("UserPolicySizeQuota", 2048), ("GroupPolicySizeQuota", 5120), ("RolePolicySizeQuota", 10_240), ("AssumeRolePolicySizeQuota", 2048),
            ("AccountAccessKeysPresent", 1), ("AccountMFAEnabled", 0), ("MFADevices", 0), ("MFADevicesInUse", 0),
            ("InstanceProfiles", 0), ("Providers", 0), ("ServerCertificates", 0),
        ];
        return new XElement[] { new("SummaryMap", summary.Select(s => new XElement("entry", new XElement("key", s.Key), new XElement("value", s.Value)))) };
    }
}
