using System.IO.Compression;
using System.Text;
using Lambent.ControlPlane.Functions.Rules;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Zips that nobody should unpack.</summary>
public class PackageTests
{
    private const string CannotUnzip = "Could not unzip uploaded file. Please check your file, then try to upload again.";

    private const int Link = 0xA1FF, Fifo = 0x11FF, Regular = 0x81ED;

    [Fact]
    public void An_ordinary_package_is_accepted() => Check(
        ("index.py", "x", Regular), ("node_modules/.bin/tool", "../tool/cli.js", Link), ("node_modules/tool/cli.js", "x", 0),
        ("bin/", "", 0x41ED), ("a..b/c", "x", 0), ("self", ".", Link)).ShouldBeNull();

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("a/..")]
    [InlineData("/etc/passwd")]
    [InlineData(@"..\evil")]
    [InlineData(@"\evil")]
    [InlineData("a\0b")]
    public void A_name_that_leads_out_is_refused(string name) => Check((name, "x", 0)).ShouldBe(CannotUnzip);

    [Theory]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "..")]
    [InlineData("a/link", "../../etc")]
    [InlineData("link", "a/../..")]
    [InlineData("link", "")]
    public void A_link_that_leads_out_is_refused(string name, string target) => Check((name, target, Link)).ShouldBe(CannotUnzip);

    [Fact]
    public void Links_that_lead_out_together_are_refused() =>
        Check(("p/q/deep", "../..", Link), ("out", "p/q/deep/..", Link)).ShouldBe(CannotUnzip);

    [Fact]
    public void A_file_behind_a_link_is_refused() =>
        Check(("link", "real", Link), ("real/x", "x", 0), ("link/y", "x", 0)).ShouldBe(CannotUnzip);

    [Fact]
    public void A_pipe_is_refused() => Check(("pipe", "", Fifo)).ShouldBe(CannotUnzip);

    [Fact]
    public void A_zip_that_unzips_to_250_MB_is_refused_whatever_its_header_says()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("zeros", CompressionLevel.Fastest).Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 250; i++)
            {
                entry.Write(zeros);
            }
        }

        PackageRules.CheckZip(bytes.ToArray())!.Message.ShouldBe("Unzipped size must be smaller than 262144000 bytes");
    }

    [Fact]
    public void A_damaged_zip_is_refused_or_accepted_but_never_a_fault()
    {
        var random = new Random(7);
        var whole = Zip(("index.py", new string('x', 500), Regular), ("link", "index.py", Link), ("b/c", "y", 0));
        for (var i = 0; i < 3_000; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var j = random.Next(1, 5); j > 0; j--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            var error = PackageRules.CheckZip(random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            (error is null || error.Status == 400).ShouldBeTrue();
        }
    }

    private static string? Check(params (string Name, string Content, int Mode)[] entries) =>
        PackageRules.CheckZip(Zip(entries))?.Message;

    private static byte[] Zip(params (string Name, string Content, int Mode)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content, mode) in entries)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = mode << 16;
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return bytes.ToArray();
    }
}
