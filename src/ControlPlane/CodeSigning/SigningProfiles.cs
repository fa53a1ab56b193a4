using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Lambent.ControlPlane.CodeSigning;

/// <summary>
/// The signing profile versions that this Lambent trusts: <c>ACCOUNT/PROFILE/VERSION.pem</c> below a folder, each a certificate with
/// an ECDSA key. Read whenever they are asked for, so that a file that is taken away is a profile that is revoked.
/// </summary>
/// <param name="folder">Need not be there; null trusts nobody.</param>
internal sealed partial class SigningProfiles(string? folder)
{
    /// <summary>The certificate; null if there is none, or no such ARN.</summary>
    public X509Certificate2? Find(string profileVersionArn)
    {
        if (folder is null || ProfileVersion().Match(profileVersionArn) is not { Success: true } match)
        {
            return null;
        }

        var file = Path.Combine(folder, match.Groups["account"].Value, match.Groups["profile"].Value, $"{match.Groups["version"].Value}.pem");
        try
        {
            return File.Exists(file) ? X509CertificateLoader.LoadCertificateFromFile(file) : null;
        }
        catch (CryptographicException)
        {
            return null; // what is no certificate vouches for nobody
        }
    }

    [GeneratedRegex(@"\Aarn:aws[a-z-]*:signer:[a-z0-9-]+:(?<account>[0-9]{12}):/signing-profiles/(?<profile>[A-Za-z0-9_]{2,64})/(?<version>[A-Za-z0-9]{10})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ProfileVersion();
}
