using System.CommandLine;
using System.Security.Cryptography;
using Lambent.ControlPlane.CodeSigning;
using Lambent.Keys;

namespace Lambent.Commands;

/// <summary><c>lambent sign PACKAGE</c>: a package with a signature that Lambent verifies.</summary>
internal static class SignCommand
{
    internal static Command Create()
    {
        var package = new Argument<FileInfo>("PACKAGE") { Description = "The zip to sign." };
        var key = new Option<FileInfo>("--key") { Description = "The private key (ECDSA, PEM).", Required = true };
        var profile = new Option<string>("--profile-version") { Description = "ARN of the signing profile version that the key belongs to.", Required = true };
        var output = new Option<FileInfo>("--output") { Description = "Where the signed package goes.", Required = true };
        var command = new Command(
            "sign",
            """
            Sign a deployment package or layer for a function with a code signing configuration.

              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 365 -subj /CN=build -keyout key.pem -out cert.pem
              mkdir -p ~/.lambent/signing-profiles/000000000000/build
              cp cert.pem ~/.lambent/signing-profiles/000000000000/build/aaaaaaaaaa.pem
              ./lambent sign app.zip --key key.pem --output signed.zip \
                  --profile-version arn:aws:signer:us-east-1:000000000000:/signing-profiles/build/aaaaaaaaaa
            """)
        {
            package, key, profile, output,
        };
        command.SetAction(parsed => Sign(parsed.GetValue(package)!, parsed.GetValue(key)!, parsed.GetValue(profile)!, parsed.GetValue(output)!));
        return command;
    }

    private static int Sign(FileInfo package, FileInfo keyFile, string profile, FileInfo output)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(keyFile.FullName));
            var signer = profile.Split("/signing-profiles/")[0];
            var signed = PackageSignature.Sign(File.ReadAllBytes(package.FullName), profile, $"{signer}/signing-jobs/{Guid.NewGuid()}", key);
            File.WriteAllBytes(output.FullName, signed);
            Console.WriteLine($"Signed: {output.FullName}");
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or CryptographicException or ArgumentException or UnauthorizedAccessException)
        {
            throw new StartException($"{package.Name} could not be signed: {e.Message}");
        }
    }
}
