using System.IO.Compression;
using Lambent.Storage;
using Lambent.Worker.Code;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>A package comes from a stranger, and is unpacked by root.</summary>
public sealed class CodeCacheTests : IDisposable
{
    private const int Regular = 0x8000, Link = 0xA000;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-unit-");
    private readonly FolderCodePackages packages;
    private readonly CodeCache cache;

    public CodeCacheTests()
    {
        packages = new FolderCodePackages(Path.Combine(folder.FullName, "packages"));
        cache = new CodeCache(packages, Directory.CreateDirectory(Path.Combine(folder.FullName, "a", "b", "c", "code")).FullName);
    }

    private string Victim => Path.Combine(folder.FullName, "victim");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Files_come_out_readable_and_keep_their_execute_bit()
    {
        var code = await UnpackAsync(
            ("index.py", Regular | 0b110_000_000, "code"), ("bin/bootstrap", Regular | 0b111_101_101, "#!"), ("owner", Regular | 0b111_000_000, ""),
            ("plain", 0, "made on Windows"), ("empty/", 0, ""));
        File.ReadAllText(Path.Combine(code, "index.py")).ShouldBe("code");
        File.GetUnixFileMode(Path.Combine(code, "index.py")).ShouldBe((UnixFileMode)0b110_100_100);
        File.GetUnixFileMode(Path.Combine(code, "bin/bootstrap")).ShouldBe((UnixFileMode)0b111_101_101);
        File.GetUnixFileMode(Path.Combine(code, "owner")).ShouldBe((UnixFileMode)0b111_101_101);
        File.GetUnixFileMode(Path.Combine(code, "plain")).ShouldBe((UnixFileMode)0b110_100_100);
        File.GetUnixFileMode(Path.Combine(code, "empty")).ShouldBe((UnixFileMode)0b111_101_101);
    }

    [Fact]
    public async Task A_package_is_unpacked_once()
    {
        var hash = await PutAsync(("f", Regular, "x"));
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => cache.FolderOfAsync(hash)));
        all.Distinct().ShouldHaveSingleItem();
        packages.Remove(hash);
        (await cache.FolderOfAsync(hash)).ShouldBe(all[0]);
        Folders().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("../victim")]
    [InlineData("a/../../victim")]
    [InlineData("../../../../victim")]
    [InlineData("/etc/lambent-victim")]
    public Task A_name_that_leads_out_is_refused(string name) => RefusedAsync((name, Regular, "evil"));

    [Theory]
    [InlineData("../victim")]
    [InlineData("/etc/passwd")]
    [InlineData("x/../../victim")]
    [InlineData("a-link/..")]
    public Task A_link_that_leads_out_is_refused(string target) => RefusedAsync(("link", Link, target));

    [Fact]
    public async Task A_link_inside_is_made()
    {
        var code = await UnpackAsync(("lib/real.so.1", Regular, "so"), ("lib/real.so", Link, "real.so.1"), ("top", Link, "lib/real.so"));
        new FileInfo(Path.Combine(code, "lib/real.so")).LinkTarget.ShouldBe("real.so.1");
        File.ReadAllText(Path.Combine(code, "top")).ShouldBe("so");
    }

    [Fact]
    public Task A_file_behind_a_link_is_refused() => RefusedAsync(("sub/", 0, ""), ("link", Link, "sub"), ("link/file", Regular, "x"));

    /// <summary>In the text of its path the second link stays inside; on disk it goes through the first one, and out.</summary>
    [Fact]
    public async Task A_file_is_not_written_through_links_that_lead_out_together()
    {
        await File.WriteAllTextAsync(Victim, "good");
        await RefusedAsync(
            ("p/q/r/s/t/u", Link, "../../../../.."), ("out", Link, "p/q/r/s/t/u/../../../../../victim"), ("out", Regular | 0b111_111_111, "evil"));
        (await File.ReadAllTextAsync(Victim)).ShouldBe("good");
    }

    [Fact]
    public async Task A_bomb_is_stopped_at_the_limit_and_leaves_nothing()
    {
        var hash = await packages.PutAsync(Bomb(), default);
        var error = await Should.ThrowAsync<InvalidDataException>(() => cache.FolderOfAsync(hash));
        error.Message.ShouldContain("262144000");
        Folders().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_no_zip_is_refused_each_time()
    {
        var hash = await packages.PutAsync("no zip"u8.ToArray(), default);
        await Should.ThrowAsync<InvalidDataException>(() => cache.FolderOfAsync(hash));
        await Should.ThrowAsync<InvalidDataException>(() => cache.FolderOfAsync(hash));
        Folders().ShouldBeEmpty();
    }

    /// <summary>What <see cref="CodeCache.FolderOfAsync"/> promises; others would be remembered as its answer for ever.</summary>
    [Fact]
    public async Task Whatever_is_wrong_with_a_package_is_said_as_one_of_two_exceptions()
    {
        await RefusedAsync(("a/", 0, ""), ("a", Regular, "a file where a folder is"));
        await RefusedAsync(("a", Regular, ""), ("a/b", Regular, "a folder where a file is"));
        await RefusedAsync(("nul\0name", Regular, ""));
        await RefusedAsync((new string('n', 300), Regular, ""));
        await RefusedAsync(("link", Link, ""));
    }

    [Fact]
    public async Task Without_layers_there_is_no_folder_and_one_layer_is_its_own_package()
    {
        (await cache.FolderOfLayersAsync([])).ShouldBeNull();
        var hash = await PutAsync(("python/m.py", Regular, "x"));
        (await cache.FolderOfLayersAsync([hash])).ShouldBe(await cache.FolderOfAsync(hash));
    }

    [Fact]
    public async Task A_later_layer_covers_an_earlier_one_and_folders_become_one()
    {
        var first = await PutAsync(
            ("bin/tool", Regular | 0b111_101_101, "first"), ("bin/only-first", Regular, "1"), ("lib", Link, "lib64"), ("lib64/a.so", Regular, "a"),
            ("was-file", Regular, "x"), ("was-folder/x", Regular, "x"), ("was-link", Link, "bin"));
        var second = await PutAsync(
            ("bin/tool", Regular | 0b111_101_101, "second"), ("bin/only-second", Link, "tool"), ("lib/b.so", Regular, "b"), ("was-file/x", Regular, "y"),
            ("was-folder", Regular, "y"), ("was-link", Regular, "y"));
        var merged = (await cache.FolderOfLayersAsync([first, second]))!;

        Read("bin/tool").ShouldBe("second");
        Read("bin/only-first").ShouldBe("1");
        Read("bin/only-second").ShouldBe("second");
        Read("lib/b.so").ShouldBe("b");
        Read("lib64/a.so").ShouldBe("a");
        File.Exists(Path.Combine(merged, "lib64/b.so")).ShouldBeFalse(); // nothing was written through the first layer's link
        Read("was-file/x").ShouldBe("y");
        Read("was-folder").ShouldBe("y");
        Read("was-link").ShouldBe("y");
        new FileInfo(Path.Combine(merged, "was-link")).LinkTarget.ShouldBeNull();
        File.GetUnixFileMode(Path.Combine(merged, "bin/tool")).ShouldBe((UnixFileMode)0b111_101_101);
        File.ReadAllText(Path.Combine(await cache.FolderOfAsync(first), "bin/tool")).ShouldBe("first");

        string Read(string file) => File.ReadAllText(Path.Combine(merged, file));
    }

    [Fact]
    public async Task The_order_of_layers_is_part_of_their_name_and_a_merge_is_made_once()
    {
        var (first, second) = (await PutAsync(("f", Regular, "1")), await PutAsync(("f", Regular, "2")));
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => cache.FolderOfLayersAsync([first, second])));
        var one = all.Distinct().ShouldHaveSingleItem()!;
        File.ReadAllText(Path.Combine(one, "f")).ShouldBe("2");
        File.ReadAllText(Path.Combine((await cache.FolderOfLayersAsync([second, first]))!, "f")).ShouldBe("1");
    }

    [Fact]
    public async Task A_merge_that_fails_leaves_nothing_and_is_tried_again()
    {
        var good = await PutAsync(("f", Regular, "1"));
        var bad = await packages.PutAsync("no zip"u8.ToArray(), default);
        await Should.ThrowAsync<InvalidDataException>(() => cache.FolderOfLayersAsync([good, bad]));
        await Should.ThrowAsync<InvalidDataException>(() => cache.FolderOfLayersAsync([good, bad]));
        Folders().ShouldHaveSingleItem(); // the good layer alone
    }

    private async Task RefusedAsync(params (string Name, int Mode, string Text)[] entries)
    {
        var hash = await PutAsync(entries);
        var error = await Should.ThrowAsync<Exception>(() => cache.FolderOfAsync(hash));
        (error is InvalidDataException or IOException).ShouldBeTrue($"{entries[^1].Name}: {error.GetType().Name}: {error.Message}");
        Folders().ShouldBeEmpty();
        File.Exists("/etc/lambent-victim").ShouldBeFalse();
    }

    private async Task<string> UnpackAsync(params (string Name, int Mode, string Text)[] entries) => await cache.FolderOfAsync(await PutAsync(entries));

    private Task<string> PutAsync(params (string Name, int Mode, string Text)[] entries)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, mode, text) in entries)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = mode << 16;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(text);
            }
        }

        return packages.PutAsync(bytes.ToArray(), default);
    }

    private static byte[] Bomb()
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in new[] { "first", "second" })
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                var zeros = new byte[1 << 20];
                for (var i = 0; i < 140; i++)
                {
                    entry.Write(zeros);
                }
            }
        }

        return bytes.ToArray();
    }

    private string[] Folders() => Directory.GetFileSystemEntries(Path.Combine(folder.FullName, "a", "b", "c", "code"));
}
