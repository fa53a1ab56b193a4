using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Lambent.ControlPlane.CodeSigning;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>Code is held to the code signing configuration of its function.</summary>
public sealed class CodeSigningTests : IDisposable
{
    private const string Profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/build/aaaaaaaaaa";
    private const string Job = "arn:aws:signer:us-east-1:123456789012:/signing-jobs/1";
    private const string Code = $"{TestPlane.Functions}/f/code", OfFunction = "/2020-06-30/functions/f/code-signing-config";
    private readonly string profiles = Directory.CreateTempSubdirectory("lambent-test-").FullName;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(profiles, recursive: true);
    }

    [Fact]
    public async Task What_an_allowed_publisher_signed_is_deployed_and_who_it_was_is_shown_and_kept()
    {
        Trust(key, 2026);
        await using var plane = await StartAsync();
        var config = await ConfigAsync(plane, "Enforce");
        (await CreateAsync(plane, config, Signed("x = 1"))).Status.ShouldBe(201);
        await plane.Plane.Lifecycle.IdleAsync();
        var made = await plane.GetAsync("f");
        ((string?)made["SigningProfileVersionArn"], (string?)made["SigningJobArn"]).ShouldBe((Profile, Job));
        (await plane.SendAsync("GET", OfFunction)).Text.ShouldBe($$"""{"CodeSigningConfigArn":"{{config}}","FunctionName":"f"}""");

        Refusal(await UpdateAsync(plane, TestPlane.ZipBytes(("index.py", "x = 2")))).ShouldBe((400, "CodeVerificationFailedException"));
        (await UpdateAsync(plane, Signed("x = 2"))).Status.ShouldBe(200);
        await plane.Plane.Lifecycle.IdleAsync();
        (await plane.SendAsync("DELETE", OfFunction)).Status.ShouldBe(204);
        (await UpdateAsync(plane, TestPlane.ZipBytes(("index.py", "x = 3")))).Json["SigningJobArn"].ShouldBeNull();
    }

    [Fact]
    public async Task What_is_not_signed_or_by_nobody_trusted_is_refused_or_warned_of_as_the_policy_says()
    {
        Trust(key, 2026);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await using var plane = await StartAsync();
        var (enforced, warned) = (await ConfigAsync(plane, "Enforce"), await ConfigAsync(plane, "Warn"));
        var unsigned = TestPlane.ZipBytes(("index.py", "x = 1"));
        var other = PackageSignature.Sign(unsigned, Profile.Replace("build", "other", StringComparison.Ordinal), Job, stranger);
        foreach (var package in new[] { unsigned, other })
        {
            var refused = await CreateAsync(plane, enforced, package);
            Refusal(refused).ShouldBe((400, "CodeVerificationFailedException"));
            refused.Message!.ShouldStartWith("Lambda cannot deploy the function. The function or layer might be signed using a signature that the client");
            (await CreateAsync(plane, warned, package)).Status.ShouldBe(201);
            await plane.Plane.Lifecycle.IdleAsync();
            (await plane.GetAsync("f"))["SigningProfileVersionArn"].ShouldBeNull();
            await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f");
        }
    }

    [Theory]
    [InlineData("Enforce")]
    [InlineData("Warn")]
    public async Task What_was_changed_after_it_was_signed_is_refused_whatever_the_policy(string policy)
    {
        Trust(key, 2026);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await using var plane = await StartAsync();
        var config = await ConfigAsync(plane, policy);
        byte[][] broken = [Changed(Signed("x = 1"), "index.py"), Changed(Signed("x = 1"), "more.py"), PackageSignature.Sign(TestPlane.ZipBytes(("index.py", "x = 1")), Profile, Job, stranger)];
        foreach (var package in broken)
        {
            Refusal(await CreateAsync(plane, config, package)).ShouldBe((400, "InvalidCodeSignatureException"));
        }
    }

    [Fact]
    public async Task A_profile_that_expired_or_was_revoked_is_trusted_no_more()
    {
        await using var plane = await StartAsync();
        var config = await ConfigAsync(plane, "Enforce");
        Refusal(await CreateAsync(plane, config, Signed("x = 1"))).ShouldBe((400, "CodeVerificationFailedException"));
        Trust(key, 2024);
        Refusal(await CreateAsync(plane, config, Signed("x = 1"))).ShouldBe((400, "CodeVerificationFailedException"));
        Trust(key, 2026);
        (await CreateAsync(plane, config, Signed("x = 1"))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Layers_are_held_to_it_too()
    {
        Trust(key, 2026);
        await using var plane = await StartAsync();
        var config = await ConfigAsync(plane, "Enforce");
        var (signed, unsigned) = (await LayerAsync(plane, "s", Signed("y = 1")), await LayerAsync(plane, "u", TestPlane.ZipBytes(("lib.py", "y = 1"))));
        Refusal(await CreateAsync(plane, config, Signed("x = 1"), unsigned)).ShouldBe((400, "CodeVerificationFailedException"));
        (await CreateAsync(plane, config, Signed("x = 1"), signed)).Status.ShouldBe(201);
        await plane.Plane.Lifecycle.IdleAsync();
        const string configuration = $"{TestPlane.Functions}/f/configuration";
        Refusal(await plane.SendAsync("PUT", configuration, $$"""{"Layers":["{{unsigned}}"]}""")).ShouldBe((400, "CodeVerificationFailedException"));
        (await plane.SendAsync("PUT", configuration, """{"Timeout":7}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_configuration_that_is_not_there_is_named()
    {
        await using var plane = await StartAsync();
        const string gone = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-00000000000000000";
        var refused = await CreateAsync(plane, gone, Signed("x = 1"));
        (refused.Status, refused.ErrorType).ShouldBe((404, "CodeSigningConfigNotFoundException"));
        refused.Message.ShouldBe($"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {gone}.");
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/f")).Status.ShouldBe(404);
    }

    private Task<TestPlane> StartAsync() => TestPlane.StartAsync(new ControlPlaneOptions { SigningProfiles = profiles });

    private byte[] Signed(string code) => PackageSignature.Sign(TestPlane.ZipBytes(("index.py", code)), Profile, Job, key);

    /// <summary>Makes the key that of the profile, in a certificate of that year.</summary>
    private void Trust(ECDsa trusted, int year)
    {
        var start = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = new CertificateRequest("CN=build", trusted, HashAlgorithmName.SHA384).CreateSelfSigned(start, start.AddYears(1));
        var folder = Directory.CreateDirectory(Path.Combine(profiles, TestPlane.Account, "build"));
        File.WriteAllText(Path.Combine(folder.FullName, "aaaaaaaaaa.pem"), certificate.ExportCertificatePem());
    }

    private static byte[] Changed(byte[] zip, string name)
    {
        var changed = new MemoryStream();
        changed.Write(zip);
        using (var archive = new System.IO.Compression.ZipArchive(changed, System.IO.Compression.ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.GetEntry(name)?.Delete();
            using var writer = new StreamWriter(archive.CreateEntry(name).Open());
            writer.Write("import os");
        }

        return changed.ToArray();
    }

    private static async Task<string> ConfigAsync(TestPlane plane, string policy) => (string)(await plane.SendAsync(
        "POST", "/2020-04-22/code-signing-configs",
        $$$"""{"AllowedPublishers":{"SigningProfileVersionArns":["{{{Profile}}}"]},"CodeSigningPolicies":{"UntrustedArtifactOnDeployment":"{{{policy}}}"}}"""))
        .Json["CodeSigningConfig"]!["CodeSigningConfigArn"]!;

    private static async Task<string> LayerAsync(TestPlane plane, string name, byte[] zip) => (string)(await plane.SendAsync(
        "POST", $"/2018-10-31/layers/{name}/versions", $$$"""{"Content":{"ZipFile":"{{{Convert.ToBase64String(zip)}}}"}}""")).Json["LayerVersionArn"]!;

    private static Task<Answer> CreateAsync(TestPlane plane, string config, byte[] zip, params string[] layers) => plane.CreateAsync("f", f =>
    {
        f["CodeSigningConfigArn"] = config;
        f["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) };
        f["Layers"] = new JsonArray([.. layers.Select(l => (JsonNode)l)]);
    });

    private static Task<Answer> UpdateAsync(TestPlane plane, byte[] zip) =>
        plane.SendAsync("PUT", Code, $$"""{"ZipFile":"{{Convert.ToBase64String(zip)}}"}""");

    private static (int Status, string Type) Refusal(Answer answer) => (answer.Status, answer.ErrorType);
}
